/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket made here and used there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net.h"

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

static struct sockaddr_un unix_name(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return a;
}

/* PATH tcp|udp|listen|bound ADDRESS PORT: makes it and gives it to who takes at PATH. */
int net_give(char **args)
{
	struct sockaddr_un name = unix_name(args[0]);
	int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	union control control = {.space = {0}};
	struct iovec iov = {(char[]){"?"}, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	bool bound = args[2] && args[3];
	char end;

	if (!strcmp(args[1], "listen") && bound)
		fd = net_server(AF_INET, SOCK_STREAM, args[2],
				(unsigned int)atoi(args[3]), false);
	else if (!strcmp(args[1], "bound") && bound)
		fd = net_server(AF_INET, SOCK_DGRAM, args[2], (unsigned int)atoi(args[3]),
				false);
	else
		fd = socket(AF_INET, !strcmp(args[1], "udp") ? SOCK_DGRAM : SOCK_STREAM,
			    0);
	if (fd < 0 || connect(door, (struct sockaddr *)&name, sizeof(name))) {
		printf("give: %s\n", net_errno(errno));
		return 1;
	}
	*c = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(fd))};
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(door, &m, MSG_NOSIGNAL) < 0) {
		printf("give: %s\n", net_errno(errno));
		return 1;
	}
	/* until it is done with: the end of this process must not be what refuses */
	return read(door, &end, 1) < 0;
}

static int take(const char *path, int *ret_door)
{
	struct sockaddr_un name = unix_name(path);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;
	union control control = {.space = {0}};
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c;

	(void)unlink(path);
	if (bind(listener, (struct sockaddr *)&name, sizeof(name)) || chmod(path, 0777) ||
	    listen(listener, 1))
		return -1;
	*ret_door = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (*ret_door < 0 || recvmsg(*ret_door, &m, MSG_CMSG_CLOEXEC) < 0)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* What one deed did, a line each. */
static void act(int fd, char *deed)
{
	char *save = NULL, *verb = strtok_r(deed, ",", &save),
	     *addr = strtok_r(NULL, ",", &save), *text = strtok_r(NULL, ",", &save);
	unsigned int port = text ? (unsigned int)atoi(text) : 0;
	struct name local, remote;
	char line[LINE_SIZE] = "";
	int error;

	if (!strcmp(verb, "bind") && addr) {
		error = net_bind(fd, addr, port);
	} else if (!strcmp(verb, "listen")) {
		error = listen(fd, 8) ? errno : 0;
	} else if (!strcmp(verb, "connect") && addr) {
		error = net_connect(fd, addr, port);
		/* a datagram asks, a stream hears */
		if (!error && send(fd, "?", 1, MSG_NOSIGNAL) >= 0)
			error = net_receive(fd, PATIENCE, line, NULL);
	} else if (!strcmp(verb, "sendto") && addr) {
		error = net_sendto(fd, addr, port, "?", 0);
		if (!error)
			error = net_receive(
				fd, addr[0] == '1' && addr[1] == '2' ? SILENCE : PATIENCE,
				line, NULL);
	} else if (!strcmp(verb, "answer")) {
		error = 0;
		net_answer(fd, "taker", &local, &remote);
		(void)snprintf(line, sizeof(line), "%s", remote.text);
	} else {
		error = net_local(fd, &local);
		(void)snprintf(line, sizeof(line), "%s %u", local.text, local.port);
	}
	printf("%s%s%s\n", net_errno(error), line[0] ? " " : "", line);
	(void)fflush(stdout);
}

/* PATH DEED...: bind,A,P listen connect,A,P sendto,A,P answer name, one after the other.
 */
int net_take(char **args)
{
	int door = -1, fd = take(args[0], &door);

	if (fd < 0) {
		printf("take: %s\n", net_errno(errno));
		return 1;
	}
	for (args++; *args; args++)
		act(fd, *args);
	return 0;
}
