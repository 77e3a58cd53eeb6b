/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The servers on the wire, on the host and in a neighbour, and what they do when asked.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net.h"

#define MAX 48

/* Whose datagram came last, for the children that answer controls. */
static struct name *last;

struct held {
	struct pollfd fd[MAX];
	nfds_t n;
};

static bool hold(struct held *h, int fd)
{
	if (fd < 0 || h->n == MAX)
		return false;
	h->fd[h->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
	return true;
}

/* ---- visits ---- */

/* What a visitor heard, or the errno, as a line. */
static void visit(int type, const char *source, const char *addr, unsigned int port,
		  int ms, char *line)
{
	int family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	int error = 0, fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		error = errno;
	if (!error && strcmp(source, "-"))
		error = net_bind(fd, source, 0);
	if (!error)
		error = net_connect_within(fd, addr, port, ms);
	if (!error && type == SOCK_DGRAM && send(fd, "?", 1, MSG_NOSIGNAL) < 0)
		error = errno;
	if (!error)
		error = net_receive(fd, ms, line, NULL);
	if (!error && !line[0])
		error = ECONNRESET;
	if (error)
		(void)snprintf(line, LINE_SIZE, "! %s", net_errno(error));
	if (fd >= 0)
		(void)close(fd);
}

static void send_only(const char *addr, unsigned int port, char *line)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	net_set(fd, SOL_SOCKET, SO_BROADCAST, 1);
	error = net_sendto(fd, addr, port, "?", 0);
	(void)snprintf(line, LINE_SIZE, "%s%s", error ? "! " : "ok",
		       error ? net_errno(error) : "");
	(void)close(fd);
}

/* Who has pinged us since it was asked last. */
static void who_pinged(char *line)
{
	static int fd = -1;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	unsigned char packet[512];

	(void)snprintf(line, LINE_SIZE, "nobody");
	if (fd < 0)
		fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	while (recvfrom(fd, packet, sizeof(packet), MSG_DONTWAIT,
			(struct sockaddr *)&from, &len) > 20)
		if (packet[(packet[0] & 15) * 4] == ICMP_ECHO)
			(void)inet_ntop(AF_INET, &from.sin_addr, line, LINE_SIZE);
}

static int listen_dual(const char *addr, unsigned int port)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -1;
	net_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	error = net_bind(fd, addr, port);
	if (!error && !listen(fd, 64))
		return fd;
	(void)close(fd);
	errno = error ? error : errno;
	return -1;
}

static void do_request(struct held *h, const char *verb, const char *source,
		       const char *addr, unsigned int port, int ms, char *line)
{
	if (!strcmp(verb, "tcp")) {
		visit(SOCK_STREAM, source, addr, port, ms, line);
	} else if (!strcmp(verb, "udp")) {
		visit(SOCK_DGRAM, source, addr, port, ms, line);
	} else if (!strcmp(verb, "send")) {
		send_only(addr, port, line);
	} else if (!strcmp(verb, "pinged")) {
		who_pinged(line);
	} else if (!strcmp(verb, "seen")) {
		(void)snprintf(line, LINE_SIZE, "%s",
			       last && last->port ? last->text : "nobody");
		if (last)
			last->port = 0;
	} else if (!strcmp(verb, "listen")) {
		bool ok = hold(h, strchr(addr, ':') ? listen_dual(addr, port)
						    : net_server(AF_INET, SOCK_STREAM,
								 addr, port, false));

		(void)snprintf(line, LINE_SIZE, "%s%s", ok ? "ok" : "! ",
			       ok ? "" : net_errno(errno));
	} else {
		while (h->n > 1)
			(void)close(h->fd[--h->n].fd);
		(void)snprintf(line, LINE_SIZE, "ok");
	}
}

void net_control(int control, const char *label)
{
	char line[LINE_SIZE], verb[16], source[64], addr[64];
	struct held h = {.n = 0};
	struct name local, remote;
	unsigned int port;
	int ms;

	(void)hold(&h, control);
	for (;;) {
		if (poll(h.fd, h.n, -1) < 0)
			return;
		for (nfds_t i = 1; i < h.n; i++)
			if (h.fd[i].revents)
				net_answer(h.fd[i].fd, label, &local, &remote);
		if (!h.fd[0].revents)
			continue;
		if (net_receive(control, 0, line, NULL) ||
		    sscanf(line, "%15s %63s %63s %u %d", verb, source, addr, &port,
			   &ms) != 5)
			return;
		do_request(&h, verb, source, addr, port, ms, line);
		(void)strcat(line, "\n");
		if (send(control, line, strlen(line), MSG_NOSIGNAL) < 0)
			return;
	}
}

/* ---- servers ---- */

static void start_control(int listener, const char *label)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (fork() == 0) {
		net_control(fd, label);
		_exit(0);
	}
	(void)close(fd);
}

static void open_family(struct held *h, int family, const char *any, const char *loopback)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
	static const unsigned int ports[] = {PORT_LOOPBACK, PORT_SERVICE};

	(void)hold(h, net_server(family, SOCK_STREAM, any, PORT_ANY, false));
	for (size_t t = 0; t < 2; t++) {
		(void)hold(h, net_server(family, types[t], any, PORT_REUSE, true));
		for (size_t p = 0; p < 2; p++)
			(void)hold(h, net_server(family, types[t], loopback, ports[p],
						 false));
	}
}

/* Of the wire and the host, which hear broadcasts and the group. */
static int open_datagrams(unsigned int port)
{
	int fd = net_server(AF_INET, SOCK_DGRAM, "0.0.0.0", port, false);
	struct ip_mreqn group = {.imr_ifindex = 0};

	if (fd < 0)
		return -1;
	(void)inet_pton(AF_INET, MULTICAST, &group.imr_multiaddr);
	(void)setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
	net_set(fd, IPPROTO_IP, IP_RECVOPTS, 1);
	net_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
	return fd;
}

/* LABEL ADDRESS PORT: one TCP server. */
int net_serve_on(char **args)
{
	int fd = net_server(strchr(args[1], ':') ? AF_INET6 : AF_INET, SOCK_STREAM,
			    args[1], (unsigned int)atoi(args[2]), false);
	struct name local, remote;

	if (fd < 0) {
		fprintf(stderr, "serve-on %s: %s\n", args[0], net_errno(errno));
		return 1;
	}
	for (;;)
		net_answer(fd, args[0], &local, &remote);
}

static int type_of(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	return type;
}

int net_serve(char **args)
{
	struct name local, remote;
	struct held h = {.n = 0};
	const char *label = args[0];
	unsigned int port = args[0] && args[1] ? (unsigned int)atoi(args[1]) : 0;
	nfds_t controls;

	if (!port || signal(SIGCHLD, SIG_IGN) == SIG_ERR)
		return 2;
	last = mmap(NULL, sizeof(*last), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (last == MAP_FAILED)
		return 1;
	/* one family or both */
	(void)hold(&h, net_server(AF_INET, SOCK_STREAM, "0.0.0.0", PORT_CONTROL, false));
	(void)hold(&h, net_server(AF_INET6, SOCK_STREAM, "::", PORT_CONTROL, false));
	controls = h.n;
	if (!controls) {
		fprintf(stderr, "serve %s: %s\n", label, net_errno(errno));
		return 1;
	}
	(void)hold(&h, open_datagrams(port));
	if (hold(&h, net_server(AF_INET6, SOCK_DGRAM, "::", port, false)))
		net_set(h.fd[h.n - 1].fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	open_family(&h, AF_INET, "0.0.0.0", "127.0.0.1");
	open_family(&h, AF_INET6, "::", "::1");
	while (poll(h.fd, h.n, -1) >= 0 || errno == EINTR) {
		for (nfds_t i = 0; i < controls; i++)
			if (h.fd[i].revents)
				start_control(h.fd[i].fd, label);
		for (nfds_t i = controls; i < h.n; i++) {
			if (!h.fd[i].revents)
				continue;
			remote.port = 0;
			net_answer(h.fd[i].fd, label, &local, &remote);
			if (remote.port && type_of(h.fd[i].fd) == SOCK_DGRAM)
				*last = remote;
		}
	}
	return 1;
}
