/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sources of datagrams: chosen, asked for, and forged. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net_matrix.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int udp(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void seen_as(int fd, const char *source, const char *what)
{
	char line[LINE_SIZE], seen[64] = "";

	/* the host and others may hear a broadcast too */
	do {
		if (net_receive(fd, PATIENCE, line, NULL))
			break;
		(void)sscanf(line, "%*s %63s", seen);
	} while (strncmp(line, "wire ", 5));
	tap_text(seen, source, "udp: %s, seen from", what);
}

/* Not seen at all, or from an own address. */
static void seen_as_own(int error, const char *what)
{
	char line[LINE_SIZE];

	wire_saw(error ? 0 : SILENCE, line);
	if (!tap(!strcmp(line, "nobody") || is_own(line), "udp: %s is not seen", what))
		tap_note("%s, seen from '%s'", net_errno(error), line);
}

/* ---- connect, sendto and both ---- */

static void sendto_then_connect(void)
{
	int fd = udp();

	tap_errno(net_sendto(fd, who("peer"), PORT_ANY, "?", 0), 0, "udp: sendto");
	seen_as(fd, expected_source(who("peer")), "sendto");
	tap_errno(net_connect(fd, who("peer"), PORT_ANY), EADDRNOTAVAIL,
		  "udp: and then connect");
	(void)close(fd);
}

static void many_destinations(void)
{
	static const char *const to[] = {"peer", "near", "far", "peer"};
	int fd = udp();

	for (size_t i = 0; i < COUNT(to); i++) {
		if (!who(to[i]))
			continue;
		tap_errno(net_sendto(fd, who(to[i]), PORT_ANY, "?", 0), 0,
			  "udp: one socket sends to %s", to[i]);
		seen_as(fd, expected_source(who(to[i])), to[i]);
	}
	(void)close(fd);
}

static void connect_again(void)
{
	static const char *const to[] = {"peer", "near", "lo", "peer"};
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	int fd = udp();
	struct name local;

	for (size_t i = 0; i < COUNT(to); i++) {
		if (!who(to[i]))
			continue;
		tap_errno(net_connect(fd, who(to[i]), PORT_ANY), 0, "udp: connect %s",
			  to[i]);
		(void)net_local(fd, &local);
		tap_text(local.text, expected_source(who(to[i])),
			 "udp: getsockname then");
		if (strcmp(to[i], "lo") && send(fd, "?", 1, 0) == 1)
			seen_as(fd, expected_source(who(to[i])), "chosen again");
		tap_errno(connect(fd, &unspec, sizeof(unspec)) ? errno : 0, 0,
			  "udp: AF_UNSPEC");
	}
	(void)close(fd);
}

static void bound_sender(const char *addr, const char *source)
{
	int fd = udp();

	tap_errno(net_bind(fd, who(addr), 0), 0, "udp: bind %s to send", addr);
	tap_errno(net_sendto(fd, who("peer"), PORT_ANY, "?", 0), 0, "udp: and send");
	seen_as(fd, who(source), addr);
	tap_errno(net_connect(fd, who("peer"), PORT_ANY), 0, "udp: and connect");
	if (send(fd, "?", 1, 0) == 1)
		seen_as(fd, who(source), addr);
	(void)close(fd);
}

/* A connected socket may still be told another destination. */
static void connected_elsewhere(void)
{
	static const char *const nobody[] = {"lo", "odd", "alias", "neigh-alias",
					     "host-alias"};
	int fd = udp();
	char line[LINE_SIZE];

	tap_errno(net_connect(fd, who("peer"), PORT_ANY), 0, "udp: connected");
	for (size_t i = 0; i < COUNT(nobody); i++) {
		if (who(nobody[i]) &&
		    !net_sendto(fd, who(nobody[i]), PORT_LOOPBACK, "?", 0)) {
			bool silent = net_receive(fd, SILENCE, line, NULL) != 0;

			tap(silent, "udp: connected, sendto %s is silent", nobody[i]);
		}
	}
	(void)close(fd);
}

/* No answer is not enough: nobody elsewhere hears what is sent to the loopback. */
static void loopback_unheard(bool connected)
{
	static const unsigned int ports[] = {PORT_ANY, PORT_LOOPBACK};
	static const char *const others[] = {"host", "neigh"};
	char line[LINE_SIZE];

	for (size_t i = 0; i < COUNT(others); i++) {
		if (!who(others[i]))
			continue;
		was_seen(others[i], 0, line);
		for (size_t p = 0; p < COUNT(ports); p++) {
			int fd = udp();

			if (connected && !net_connect(fd, who("lo"), ports[p]))
				(void)send(fd, "?", 1, MSG_NOSIGNAL);
			else if (!connected)
				(void)net_sendto(fd, who("lo"), ports[p], "?", 0);
			(void)close(fd);
		}
		was_seen(others[i], SILENCE, line);
		tap_text(line, "nobody", "udp: what is %s to lo is not heard by %s",
			 connected ? "connected" : "sent", others[i]);
	}
}

static void loopback_pair(void)
{
	unsigned int port = next_port();
	int fd = udp(), server = net_server(AF_INET, SOCK_DGRAM, who("lo"), port, false);
	struct name local, remote, from;
	char line[LINE_SIZE];

	tap_errno(server < 0 ? errno : 0, 0, "udp: a server on lo");
	tap_errno(net_sendto(fd, who("lo"), port, "?", 0), 0, "udp: sendto lo");
	net_answer(server, "inside", &local, &remote);
	tap_text(remote.text, who("lo"), "udp: recvfrom of the server on lo");
	tap_errno(net_receive(fd, PATIENCE, line, &from), 0, "udp: its answer");
	tap_text(from.text, who("lo"), "udp: recvfrom of its client");
	tap(from.port == port, "udp: and the port");
	tap_errno(net_sendto(fd, who("peer"), PORT_ANY, "?", 0), 0,
		  "udp: the same socket sends to the wire");
	seen_as(fd, expected_source(who("peer")), "after the loopback");
	(void)close(fd);
	(void)close(server);
}

/* ---- IP_PKTINFO ---- */

enum { PLAIN, BOUND, CONNECTED };

static int send_pktinfo(int fd, bool named, const char *source, int ifindex)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = {.space = {0}};
	struct in_pktinfo info = {.ipi_ifindex = ifindex};
	struct sockaddr_storage to;
	struct iovec iov = {(char[]){"?"}, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	(void)inet_pton(AF_INET, source, &info.ipi_spec_dst);
	*c = (struct cmsghdr){.cmsg_level = IPPROTO_IP,
			      .cmsg_type = IP_PKTINFO,
			      .cmsg_len = CMSG_LEN(sizeof(info))};
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (named) {
		(void)net_address(fd, who("peer"), PORT_ANY, &to, &m.msg_namelen);
		m.msg_name = &to;
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static void pktinfo_one(int how, const char *source, bool own)
{
	static const char *const names[] = {"plain", "bound", "connected"};
	char what[LINE_SIZE];
	char line[LINE_SIZE];
	int error, fd = udp();

	wire_saw(0, line);
	if (how == BOUND)
		(void)net_bind(fd, who("own0"), 0);
	if (how == CONNECTED)
		(void)net_connect(fd, who("peer"), PORT_ANY);
	error = send_pktinfo(fd, how != CONNECTED, who(source), 0);
	(void)snprintf(what, sizeof(what), "IP_PKTINFO %s, %s", source, names[how]);
	if (!own) {
		seen_as_own(error, what);
	} else {
		tap_errno(error, 0, "udp: %s", what);
		wire_saw(PATIENCE, line);
		tap_text(line, who(source), "udp: %s, seen from", what);
	}
	(void)close(fd);
}

static void pktinfo(void)
{
	static const char *const own[] = {"own0", "own1"};
	static const char *const foreign[] = {"host", "neigh", "peer",
					      "lo",   "odd",   "alias"};

	for (int how = PLAIN; how <= CONNECTED; how++) {
		for (size_t i = 0; i < COUNT(own); i++)
			if (who(own[i]))
				pktinfo_one(how, own[i], true);
		for (size_t i = 0; i < COUNT(foreign); i++)
			if (who(foreign[i]))
				pktinfo_one(how, foreign[i], false);
	}
}

/* Servers that answer from the address they were asked on (dnsmasq, unbound). */
static void pktinfo_received(void)
{
	unsigned int port = next_port();
	int fd = net_server(AF_INET, SOCK_DGRAM, who("any"), port, false);
	char request[LINE_SIZE], control[256], text[INET_ADDRSTRLEN] = "";
	struct iovec iov = {request, sizeof(request)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct visit v;

	net_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
	(void)snprintf(request, sizeof(request), "send - %s %u 0", who("own0"), port);
	if (visit("wire", request, NULL, 0, &v)) {
		ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

		for (int i = 0; n < 0 && i < PATIENCE / 10; i++) {
			(void)usleep(10000);
			n = recvmsg(fd, &m, MSG_DONTWAIT);
		}
		for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m); c;
		     c = CMSG_NXTHDR(&m, c)) {
			const struct in_pktinfo *info = (void *)CMSG_DATA(c);

			if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
				(void)inet_ntop(AF_INET, &info->ipi_addr, text,
						sizeof(text));
		}
		tap_text(text, who("own0"), "udp any: IP_PKTINFO says where it came to");
	}
	(void)close(fd);
}

/* One that was never bound sits on every address in the kernel, and hears its own. */
static void unbound(bool disconnected)
{
	static const struct {
		const char *from, *to;
		bool heard;
	} sent[] = {
		{"wire", "own0", true},   {"wire", "host", false},
		{"wire", "neigh", false}, {"wire", "group", false},
		{"wire", "all", false},   {"host", "lo", false},
		{"host", "alias", false}, {"host", "host", false},
		{"neigh", "lo", false},
	};
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};
	char request[LINE_SIZE], line[LINE_SIZE];
	struct name local;
	struct visit v;
	int fd = udp();

	if (disconnected) {
		(void)net_connect(fd, who("peer"), PORT_ANY);
		(void)connect(fd, &unspec, sizeof(unspec));
	}
	tap_errno(net_sendto(fd, who("peer"), PORT_ANY, "?", 0), 0, "udp: never bound");
	seen_as(fd, expected_source(who("peer")), "never bound");
	(void)net_local(fd, &local);
	for (size_t i = 0; i < COUNT(sent); i++) {
		const char *to = who(sent[i].to);

		(void)snprintf(request, sizeof(request), "send - %s %u 0", to ? to : "",
			       local.port);
		if (!to || !visit(sent[i].from, request, NULL, 0, &v))
			continue;
		tap(!net_receive(fd, sent[i].heard ? PATIENCE : SILENCE, line, NULL) ==
			    sent[i].heard,
		    "udp: never bound, what the %s sends to %s is %sheard", sent[i].from,
		    sent[i].to, sent[i].heard ? "" : "not ");
	}
	(void)close(fd);
}

/* The same port of a neighbour. */
static void beside(void)
{
	int fd = net_server(AF_INET, SOCK_DGRAM, who("any"), PORT_UDP_INSIDE, false);
	char request[LINE_SIZE];
	struct visit v;

	if (!who("neigh"))
		return;
	tap_errno(fd < 0 ? errno : 0, 0, "udp any, where the neighbour has the port too");
	(void)snprintf(request, sizeof(request), "udp - %s %u %d", who("own0"),
		       PORT_UDP_INSIDE, PATIENCE);
	if (visit("wire", request, &fd, 1, &v))
		tap(visited(&v), "udp: ours answers on our address");
	(void)snprintf(request, sizeof(request), "udp - %s %u %d", who("neigh"),
		       PORT_UDP_INSIDE, PATIENCE);
	if (visit("wire", request, &fd, 1, &v))
		tap(!strncmp(v.line, "neighbour ", 10),
		    "udp: the neighbour's on its own");
	(void)close(fd);
}

/* Same uid, both flags on both sides. */
static void steal(void)
{
	static const char *const to[][2] = {
		{"host", "host"}, {"neigh", "neighbour"}, {"lo", "host"}};
	int fd = net_server(AF_INET, SOCK_DGRAM, who("any"), PORT_REUSE, true);
	char request[LINE_SIZE];
	struct visit v = {.line = ""};

	for (size_t i = 0; i < COUNT(to); i++) {
		const char *addr = who(to[i][0]), *from = i < 2 ? "wire" : "host";
		int good = 0, n = 0;

		for (; addr && n < 8; n++) {
			(void)snprintf(request, sizeof(request), "udp - %s %u %d", addr,
				       PORT_REUSE, PATIENCE);
			if (visit(from, request, &fd, fd < 0 ? 0 : 1, &v))
				good += !strncmp(v.line, to[i][1], strlen(to[i][1]));
		}
		if (n &&
		    !tap(good == n, "udp any with reuseport: %s on %s keeps its port",
			 to[i][1], to[i][0]))
			tap_note("%d of %d, the last '%s'", good, n, v.line);
	}
	if (fd >= 0)
		(void)close(fd);
}

void cases_udp(void)
{
	if (!count_own(false) || !who("peer"))
		return;
	sendto_then_connect();
	many_destinations();
	connect_again();
	bound_sender("any", "own0");
	bound_sender("own0", "own0");
	bound_sender("own1", "own1");
	connected_elsewhere();
	loopback_pair();
	loopback_unheard(false);
	loopback_unheard(true);
	pktinfo();
	pktinfo_received();
	unbound(false);
	unbound(true);
	beside();
	steal();
}

/* ---- multicast, broadcast, options, devices ---- */

static void group_from(const char *word)
{
	struct ip_mreqn m = {.imr_ifindex = 0};
	int error = 0, fd = udp();
	char what[LINE_SIZE], line[LINE_SIZE];

	wire_saw(0, line);
	(void)snprintf(what, sizeof(what), "multicast by IP_MULTICAST_IF %s", word);
	(void)inet_pton(AF_INET, who(word), &m.imr_address);
	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &m, sizeof(m)))
		error = errno;
	if (!error)
		error = net_sendto(fd, MULTICAST, PORT_ANY, "?", 0);
	seen_as_own(error, what);
	(void)close(fd);
}

static void send_many(const char *to, const char *what)
{
	int fd = udp();
	char line[LINE_SIZE];

	wire_saw(0, line);
	net_set(fd, SOL_SOCKET, SO_BROADCAST, 1);
	tap_errno(net_sendto(fd, who(to), PORT_ANY, "?", 0), 0, "udp: %s, sendto", what);
	wire_saw(PATIENCE, line);
	if (!tap(is_own(line), "udp: %s, seen from an own address", what))
		tap_note("seen from '%s'", line);
	(void)close(fd);
}

/* What the wire sends to an address: does a server on ours hear it? */
static void hear(const char *bound, const char *to, bool group, bool wanted)
{
	unsigned int port = next_port();
	int fd = net_server(AF_INET, SOCK_DGRAM, who(bound), port, true);
	struct ip_mreqn m = {.imr_ifindex = 0};
	char request[LINE_SIZE], line[LINE_SIZE];
	struct visit v;

	if (wanted)
		tap_errno(fd < 0 ? errno : 0, 0, "udp: bind %s", bound);
	if (group) {
		(void)inet_pton(AF_INET, MULTICAST, &m.imr_multiaddr);
		(void)setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m));
	}
	(void)snprintf(request, sizeof(request), "send - %s %u 0", who(to), port);
	if (fd < 0 || !visit("wire", request, NULL, 0, &v))
		return;
	tap(!net_receive(fd, wanted ? PATIENCE : SILENCE, line, NULL) == wanted,
	    "udp on %s: what is sent to %s is %sheard", bound, to, wanted ? "" : "not ");
	(void)close(fd);
}

static void options(int type, const unsigned char *bytes, size_t n, const char *what)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), error;
	char line[LINE_SIZE] = "";

	error = setsockopt(fd, IPPROTO_IP, IP_OPTIONS, bytes, (socklen_t)n) ? errno : 0;
	if (!error && type == SOCK_DGRAM) {
		error = net_sendto(fd, who("peer"), PORT_ANY, "?", 0);
	} else if (!error) {
		/* the packets vanish: no use to wait for long */
		struct timeval wait = {.tv_usec = SILENCE * 1000L};
		struct sockaddr_storage a;
		socklen_t len;

		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
		(void)net_address(fd, who("peer"), PORT_ANY, &a, &len);
		error = connect(fd, (struct sockaddr *)&a, len) ? errno : 0;
	}
	if (!error)
		(void)net_receive(fd, SILENCE, line, NULL);
	if (!tap(!strstr(line, "options"), "%s does not arrive", what))
		tap_note("%s, '%s'", net_errno(error), line);
	(void)close(fd);
}

static void ip_options(void)
{
	unsigned char record[] = {IPOPT_RR, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, IPOPT_EOL};
	unsigned char nops[] = {IPOPT_NOOP, IPOPT_NOOP, IPOPT_NOOP, IPOPT_NOOP};
	unsigned char route[] = {IPOPT_LSRR, 7, 4, 0, 0, 0, 0, IPOPT_EOL};
	static const int types[] = {SOCK_DGRAM, SOCK_STREAM};

	if (who("near"))
		(void)inet_pton(AF_INET, who("near"), route + 3);
	for (size_t i = 0; i < COUNT(types); i++) {
		const char *what = i ? "tcp: an IP option" : "udp: an IP option";

		options(types[i], record, sizeof(record), what);
		options(types[i], nops, sizeof(nops), what);
		options(types[i], route, sizeof(route), what);
	}
}

static void device(const char *name)
{
	int error, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char line[LINE_SIZE], seen[64] = "";

	(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name));
	tap_errno(net_bind(fd, who("odd"), 0), EADDRNOTAVAIL,
		  "SO_BINDTODEVICE %s: bind an odd address", name);
	if (who("host"))
		tap_errno(net_bind(fd, who("host"), 0), EADDRNOTAVAIL,
			  "SO_BINDTODEVICE %s: bind the host's address", name);
	if (!strcmp(name, "lo")) {
		tap_errno(net_connect(fd, who("lo"), PORT_LOOPBACK), ECONNREFUSED,
			  "SO_BINDTODEVICE lo: the host's loopback");
	} else {
		error = net_connect(fd, who("peer"), PORT_ANY);
		if (!error)
			error = net_receive(fd, PATIENCE, line, NULL);
		tap_errno(error, 0, "SO_BINDTODEVICE %s: connect to the wire", name);
		if (!error)
			(void)sscanf(line, "%*s %63s", seen);
		tap_text(seen, expected_source(who("peer")),
			 "SO_BINDTODEVICE %s: seen from", name);
	}
	(void)close(fd);
}

void cases_ip(void)
{
	static const char *const sources[] = {"own0", "own1", "host", "neigh"};

	if (!count_own(false) || !who("peer"))
		return;
	for (size_t i = 0; i < COUNT(sources); i++)
		if (who(sources[i]))
			group_from(sources[i]);
	send_many("group", "multicast");
	send_many("all", "broadcast to all");
	if (who("bcast"))
		send_many("bcast", "broadcast");
	else if (who("net-bcast"))
		send_many("net-bcast", "broadcast");
	hear("any", "group", true, false);
	hear("own0", "group", true, false);
	if (who("bcast")) {
		hear("bcast", "bcast", false, true);
	} else if (who("net-bcast")) {
		int fd = net_server(AF_INET, SOCK_DGRAM, who("net-bcast"), next_port(),
				    false);

		tap_errno(fd < 0 ? errno : 0, EADDRNOTAVAIL,
			  "udp: bind a broadcast address that is not the root's");
		hear("own0", "net-bcast", false, false);
	}
	ip_options();
	device("lo");
	if (who("dev"))
		device(who("dev"));
}

/* ---- ICMP echo ---- */

/* Sends one and says what came: 0 for a reply. */
static int echo(int fd, const char *to)
{
	struct icmphdr h = {.type = ICMP_ECHO, .un.echo.sequence = htons(1)};
	struct sockaddr_storage a;
	socklen_t len;
	char line[LINE_SIZE];

	if (to && net_address(fd, to, 0, &a, &len)) {
		if (sendto(fd, &h, sizeof(h), MSG_NOSIGNAL, (struct sockaddr *)&a, len) <
		    0)
			return errno;
	} else if (send(fd, &h, sizeof(h), MSG_NOSIGNAL) < 0) {
		return errno;
	}
	return net_receive(fd, SILENCE, line, NULL);
}

/* Whom the wire has seen ping it since it was asked last. */
static void pinged(struct visit *v)
{
	(void)visit("wire", "pinged - - 0 0", NULL, 0, v);
}

static int ping(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
}

static void ping_connected(const char *to)
{
	int fd = ping();
	struct name local;
	struct visit v;

	tap_errno(net_connect(fd, who(to), 0), 0, "icmp: connect %s", to);
	(void)net_local(fd, &local);
	tap_text(local.text, expected_source(who(to)), "icmp: %s, getsockname", to);
	pinged(&v);
	tap_errno(echo(fd, NULL), 0, "icmp: %s replies", to);
	pinged(&v);
	if (strcmp(to, "lo"))
		tap_text(v.line, expected_source(who(to)), "icmp: %s, seen from", to);
	(void)close(fd);
}

/* Own, or not sent: sendto of a ping socket has no hook, so "ping wants -I". */
static void ping_from(const char *source)
{
	int error = 0, fd = ping();
	struct visit v;

	pinged(&v);
	if (source)
		error = net_bind(fd, who(source), 0);
	if (!error)
		error = echo(fd, who("peer"));
	pinged(&v);
	if (source && !strncmp(source, "own", 3)) {
		tap_errno(error, 0, "icmp: bind %s and sendto", source);
		tap_text(v.line, who(source), "icmp: bind %s, seen from", source);
	} else if (!tap(!strcmp(v.line, "nobody") || !strcmp(v.line, who("own0")) ||
				!strcmp(v.line, expected_source(who("peer"))),
			"icmp: sendto, bound to %s, is not seen from elsewhere",
			source ? source : "nothing")) {
		tap_note("%s, seen from '%s'", net_errno(error), v.line);
	}
	(void)close(fd);
}

void cases_icmp(void)
{
	static const char *const nowhere[] = {"odd", "lo64", "alias", "neigh-alias"};
	int fd;

	if (!count_own(false) || !who("peer"))
		return;
	ping_connected("peer");
	if (who("near"))
		ping_connected("near");
	ping_connected("lo");
	for (size_t i = 0; i < COUNT(nowhere); i++) {
		if (!who(nowhere[i]))
			continue;
		fd = ping();
		tap_errno(net_connect(fd, who(nowhere[i]), 0), ENETUNREACH,
			  "icmp: connect %s", nowhere[i]);
		(void)close(fd);
	}
	ping_from("own0");
	ping_from("own1");
	ping_from("any");
	ping_from(NULL);
	ping_from("host");
	if (who("neigh"))
		ping_from("neigh");
}
