/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tables do not say of IPv6 and of mapped addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net_matrix.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int udp6(void)
{
	return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void seen_as(int fd, const char *source, const char *what)
{
	char line[LINE_SIZE], seen[64] = "";

	tap_errno(net_receive(fd, PATIENCE, line, NULL), 0, "udp6: %s answers", what);
	(void)sscanf(line, "%*s %63s", seen);
	tap_text(seen, source, "udp6: %s, seen from", what);
}

/* One socket, both families, without and with a connection. */
static void both_families(void)
{
	static const char *const to[] = {"peer6", "peer", "far6", "near", "peer6"};
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	int fd = udp6(), was6 = 0;

	for (size_t i = 0; i < COUNT(to); i++) {
		if (!who(to[i]) || !count_own(strchr(who(to[i]), ':') != NULL))
			continue;
		tap_errno(net_sendto(fd, who(to[i]), PORT_ANY, "?", 0), 0,
			  "udp6: sendto %s", to[i]);
		seen_as(fd, expected_source(who(to[i])), to[i]);
	}
	(void)close(fd);
	fd = udp6();
	for (size_t i = 0; i < COUNT(to); i++) {
		int six;

		if (!who(to[i]))
			continue;
		six = strchr(who(to[i]), ':') != NULL;
		if (!count_own(six))
			continue;
		/* a limit: from the first IPv6 peer on it is v6only */
		was6 |= six;
		tap_errno(net_connect(fd, who(to[i]), PORT_ANY),
			  six || !was6 ? 0 : EADDRNOTAVAIL, "udp6: connect %s", to[i]);
		if (send(fd, "?", 1, MSG_NOSIGNAL) == 1)
			seen_as(fd, expected_source(who(to[i])), to[i]);
		(void)connect(fd, &unspec, sizeof(unspec));
	}
	(void)close(fd);
}

static int send_pktinfo(int fd, const char *source, const char *to)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {.space = {0}};
	struct in6_pktinfo info = {.ipi6_ifindex = 0};
	struct sockaddr_storage addr;
	struct iovec iov = {(char[]){"?"}, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	char mapped[64];

	(void)snprintf(mapped, sizeof(mapped), "%s%s",
		       strchr(source, ':') ? "" : "::ffff:", source);
	(void)inet_pton(AF_INET6, mapped, &info.ipi6_addr);
	*c = (struct cmsghdr){.cmsg_level = IPPROTO_IPV6,
			      .cmsg_type = IPV6_PKTINFO,
			      .cmsg_len = CMSG_LEN(sizeof(info))};
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (to) {
		(void)net_address(fd, to, PORT_ANY, &addr, &m.msg_namelen);
		m.msg_name = &addr;
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static void pktinfo(const char *source, const char *to, bool connected, bool own)
{
	char what[LINE_SIZE], line[LINE_SIZE];
	int error, fd = udp6();

	wire_saw(0, line);
	(void)snprintf(what, sizeof(what), "IPV6_PKTINFO %s%s", source,
		       connected ? ", connected" : "");
	if (connected)
		(void)net_connect(fd, who(to), PORT_ANY);
	error = send_pktinfo(fd, who(source), connected ? NULL : who(to));
	wire_saw(error ? 0 : own ? PATIENCE : SILENCE, line);
	if (own) {
		tap_errno(error, 0, "udp6: %s", what);
		tap_text(line, who(source), "udp6: %s, seen from", what);
	} else if (!tap(!strcmp(line, "nobody") || is_own(line), "udp6: %s is not seen",
			what)) {
		tap_note("%s, seen from '%s'", net_errno(error), line);
	}
	(void)close(fd);
}

static void sources(void)
{
	static const struct {
		const char *source, *to;
		bool own;
	} asked[] = {
		{"own6-0", "peer6", true}, {"own6-1", "peer6", true},
		{"host6", "peer6", false}, {"neigh6", "peer6", false},
		{"peer6", "peer6", false}, {"own1", "peer", true},
		{"host", "peer", false},   {"neigh", "peer", false},
	};

	for (size_t i = 0; i < COUNT(asked); i++) {
		const char *source = who(asked[i].source), *to = who(asked[i].to);

		if (!source || !to || !count_own(strchr(to, ':') != NULL))
			continue;
		pktinfo(asked[i].source, asked[i].to, false, asked[i].own);
		pktinfo(asked[i].source, asked[i].to, true, asked[i].own);
	}
}

static void sendto_then_connect(void)
{
	int fd = udp6();

	tap_errno(net_sendto(fd, who("peer6"), PORT_ANY, "?", 0), 0, "udp6: sendto");
	seen_as(fd, expected_source(who("peer6")), "sendto");
	tap_errno(net_connect(fd, who("peer6"), PORT_ANY), EADDRNOTAVAIL,
		  "udp6: and then connect");
	(void)close(fd);
}

/* An IPv4 address as it is, on an AF_INET6 socket of datagrams: Linux takes it. */
static void unmapped(const char *to, unsigned int port, bool connected, bool wanted)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	int error = 0, fd = udp6();
	char line[LINE_SIZE] = "", seen[64] = "";

	(void)inet_pton(AF_INET, who(to), &a.sin_addr);
	if (connected && connect(fd, (struct sockaddr *)&a, sizeof(a)))
		error = errno;
	if (!error && sendto(fd, "?", 1, 0, connected ? NULL : (struct sockaddr *)&a,
			     connected ? 0 : sizeof(a)) < 0)
		error = errno;
	if (!error)
		error = net_receive(fd, wanted ? PATIENCE : SILENCE, line, NULL);
	if (wanted) {
		tap_errno(error, 0, "udp6: %s to AF_INET %s",
			  connected ? "connect" : "sendto", to);
		(void)sscanf(line, "%*s %63s", seen);
		tap_text(seen, expected_source(who(to)), "udp6: AF_INET %s, seen from",
			 to);
	} else {
		tap(error != 0, "udp6: %s to AF_INET %s is silent",
		    connected ? "connect" : "sendto", to);
	}
	(void)close(fd);
}

static void all_unmapped(void)
{
	for (int connected = 0; connected < 2; connected++) {
		unmapped("peer", PORT_ANY, connected, true);
		unmapped("lo", PORT_LOOPBACK, connected, false);
		unmapped("lo", PORT_ANY, connected, false);
		unmapped("odd", PORT_ANY, connected, false);
		unmapped("host-alias", PORT_LOOPBACK, connected, false);
	}
}

void cases_ip6(void)
{
	if (!count_own(true) || !who("peer6"))
		return;
	both_families();
	sources();
	sendto_then_connect();
	if (count_own(false))
		all_unmapped();
}
