/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets by text. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "net.h"

const char *net_errno(int error)
{
	const char *name = error ? strerrorname_np(error) : "0";

	return name ? name : "?";
}

void net_set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static int family_of(int fd)
{
	int family = 0;
	socklen_t len = sizeof(family);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	return family;
}

bool net_address(int fd, const char *addr, unsigned int port,
		 struct sockaddr_storage *ret, socklen_t *ret_len)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	char mapped[LINE_SIZE];

	*ret = (struct sockaddr_storage){0};
	if (family_of(fd) == AF_INET) {
		if (inet_pton(AF_INET, addr, &in.sin_addr) != 1)
			return false;
		memcpy(ret, &in, *ret_len = sizeof(in));
		return true;
	}
	(void)snprintf(mapped, sizeof(mapped), "%s%s",
		       strchr(addr, ':') ? "" : "::ffff:", addr);
	if (inet_pton(AF_INET6, mapped, &in6.sin6_addr) != 1)
		return false;
	memcpy(ret, &in6, *ret_len = sizeof(in6));
	return true;
}

static void print_address(const struct sockaddr_storage *a, struct name *ret)
{
	const struct sockaddr_in *in = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;

	*ret = (struct name){.text = "-"};
	if (a->ss_family == AF_INET) {
		(void)inet_ntop(AF_INET, &in->sin_addr, ret->text, sizeof(ret->text));
		ret->port = ntohs(in->sin_port);
	} else if (a->ss_family == AF_INET6) {
		bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);

		(void)inet_ntop(mapped ? AF_INET : AF_INET6,
				in6->sin6_addr.s6_addr + (mapped ? 12 : 0), ret->text,
				sizeof(ret->text));
		ret->port = ntohs(in6->sin6_port);
	}
}

int net_local(int fd, struct name *ret)
{
	struct sockaddr_storage a = {0};
	socklen_t len = sizeof(a);
	int r = getsockname(fd, (struct sockaddr *)&a, &len) ? errno : 0;

	print_address(&a, ret);
	return r;
}

int net_remote(int fd, struct name *ret)
{
	struct sockaddr_storage a = {0};
	socklen_t len = sizeof(a);
	int r = getpeername(fd, (struct sockaddr *)&a, &len) ? errno : 0;

	print_address(&a, ret);
	return r;
}

int net_bind(int fd, const char *addr, unsigned int port)
{
	struct sockaddr_storage a;
	socklen_t len;

	if (!net_address(fd, addr, port, &a, &len))
		return EINVAL;
	return bind(fd, (struct sockaddr *)&a, len) ? errno : 0;
}

int net_connect(int fd, const char *addr, unsigned int port)
{
	return net_connect_within(fd, addr, port, PATIENCE);
}

int net_connect_within(int fd, const char *addr, unsigned int port, int ms)
{
	struct timeval patience = {ms / 1000, ms % 1000 * 1000L};
	struct sockaddr_storage a;
	socklen_t len;

	if (!net_address(fd, addr, port, &a, &len))
		return EINVAL;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&a, len))
		return 0;
	return errno == EINPROGRESS ? ETIMEDOUT : errno;
}

int net_sendto(int fd, const char *addr, unsigned int port, const char *text, int flags)
{
	struct timeval patience = {.tv_sec = PATIENCE / 1000};
	struct sockaddr_storage a;
	socklen_t len;

	if (!net_address(fd, addr, port, &a, &len))
		return EINVAL;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (sendto(fd, text, strlen(text), flags | MSG_NOSIGNAL, (struct sockaddr *)&a,
		   len) >= 0)
		return 0;
	return errno == EINPROGRESS ? ETIMEDOUT : errno;
}

int net_receive(int fd, int ms, char *line, struct name *ret_from)
{
	struct sockaddr_storage from = {0};
	socklen_t len = sizeof(from);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;

	line[0] = '\0';
	if (poll(&p, 1, ms) <= 0)
		return ETIMEDOUT;
	n = recvfrom(fd, line, LINE_SIZE - 1, 0, (struct sockaddr *)&from, &len);
	if (n < 0)
		return errno;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (ret_from)
		print_address(&from, ret_from);
	return 0;
}

int net_server(int family, int type, const char *addr, unsigned int port, bool reuse)
{
	int error = 0, fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* :: of ours is IPv6 alone where it is not said otherwise: 0.0.0.0 stands beside
	 * it */
	if (family == AF_INET6 && addr && strchr(addr, ':'))
		net_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (type == SOCK_STREAM || reuse)
		net_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (reuse)
		net_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (addr)
		error = net_bind(fd, addr, port);
	if (!error && type == SOCK_STREAM && listen(fd, 64))
		error = errno;
	if (!error)
		return fd;
	(void)close(fd);
	errno = error;
	return -1;
}

/* Did the connection come with IP options? */
static const char *options_of(int fd)
{
	unsigned char options[64];
	socklen_t len = sizeof(options);

	if (family_of(fd) != AF_INET ||
	    getsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, &len) || !len)
		return "";
	return " options";
}

static void answer_stream(int listener, const char *label, struct name *ret_local,
			  struct name *ret_remote)
{
	const struct timeval brief = {.tv_usec = 100000};
	char line[LINE_SIZE];
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	(void)net_local(fd, ret_local);
	(void)net_remote(fd, ret_remote);
	(void)snprintf(line, sizeof(line), "%s %s %u%s\n", label, ret_remote->text,
		       ret_remote->port, options_of(fd));
	(void)send(fd, line, strlen(line), MSG_NOSIGNAL);
	/* with something unread, close would be a reset, which takes the peer's name away
	 */
	(void)shutdown(fd, SHUT_WR);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof(brief));
	while (recv(fd, line, sizeof(line), 0) > 0)
		continue;
	(void)close(fd);
}

/* Leaves of what came along the address that was asked, for the answer to come from it:
 * where the socket was told to say it. */
static void answer_from(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct in_pktinfo *info;
	struct in6_pktinfo *info6;

	while (c && !(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) &&
	       !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO))
		c = CMSG_NXTHDR(m, c);
	if (!c) {
		m->msg_control = NULL;
		m->msg_controllen = 0;
		return;
	}
	info = (void *)CMSG_DATA(c);
	info6 = (void *)CMSG_DATA(c);
	if (c->cmsg_level == IPPROTO_IP)
		info->ipi_ifindex = 0;
	else
		info6->ipi6_ifindex = 0;
	m->msg_control = c;
	m->msg_controllen = CMSG_SPACE(c->cmsg_len - CMSG_LEN(0));
}

static void answer_datagram(int fd, const char *label, struct name *ret_local,
			    struct name *ret_remote)
{
	char line[LINE_SIZE], got[64], control[256];
	struct sockaddr_storage from = {0};
	struct iovec iov = {got, sizeof(got)};
	struct msghdr m = {.msg_name = &from,
			   .msg_namelen = sizeof(from),
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	bool options = false;

	if (recvmsg(fd, &m, MSG_DONTWAIT) < 0)
		return;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		options |= c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVOPTS &&
			   c->cmsg_len > CMSG_LEN(0);
	answer_from(&m);
	(void)net_local(fd, ret_local);
	print_address(&from, ret_remote);
	(void)snprintf(line, sizeof(line), "%s %s %u%s\n", label, ret_remote->text,
		       ret_remote->port, options ? " options" : "");
	iov = (struct iovec){line, strlen(line)};
	(void)sendmsg(fd, &m, MSG_NOSIGNAL);
}

void net_answer(int fd, const char *label, struct name *ret_local,
		struct name *ret_remote)
{
	int type = 0;
	socklen_t len = sizeof(type);

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	(type == SOCK_STREAM ? answer_stream : answer_datagram)(fd, label, ret_local,
								ret_remote);
}
