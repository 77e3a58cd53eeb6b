/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of the matrix: families, what bind answers, who is reached, and who reaches
 * a server inside. */
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "net_matrix.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* ---- families ---- */

enum { REFUSED, ALLOWED, WITH6 };

static const struct family {
	const char *name;
	int family, type, protocol, what;
} families[] = {
	{"unix stream", AF_UNIX, SOCK_STREAM, 0, ALLOWED},
	{"unix datagram", AF_UNIX, SOCK_DGRAM, 0, ALLOWED},
	{"netlink route", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, ALLOWED},
	{"tcp", AF_INET, SOCK_STREAM, 0, ALLOWED},
	{"tcp by number", AF_INET, SOCK_STREAM, IPPROTO_TCP, ALLOWED},
	{"udp", AF_INET, SOCK_DGRAM, 0, ALLOWED},
	{"icmp echo", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, ALLOWED},
	{"tcp6", AF_INET6, SOCK_STREAM, 0, WITH6},
	{"udp6", AF_INET6, SOCK_DGRAM, 0, WITH6},
	{"icmp6 echo", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, WITH6},
	{"raw icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP, REFUSED},
	{"raw udp", AF_INET, SOCK_RAW, IPPROTO_UDP, REFUSED},
	{"raw with header", AF_INET, SOCK_RAW, IPPROTO_RAW, REFUSED},
	{"raw icmp6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, REFUSED},
	{"packet", AF_PACKET, SOCK_RAW, 0, REFUSED},
	{"packet datagram", AF_PACKET, SOCK_DGRAM, 0, REFUSED},
	{"old packet", AF_INET, SOCK_PACKET, 0, REFUSED},
	{"mptcp", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, REFUSED},
	{"mptcp6", AF_INET6, SOCK_STREAM, IPPROTO_MPTCP, REFUSED},
	{"udplite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, REFUSED},
	{"udplite6", AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE, REFUSED},
	{"sctp", AF_INET, SOCK_STREAM, IPPROTO_SCTP, REFUSED},
	{"sctp packets", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, REFUSED},
	{"dccp", AF_INET, SOCK_DCCP, IPPROTO_DCCP, REFUSED},
	{"l2tp", AF_INET, SOCK_DGRAM, 115, REFUSED},
	{"smc", 43, SOCK_STREAM, 0, REFUSED},
	{"smc under inet", AF_INET, SOCK_STREAM, 256, REFUSED},
	{"vsock", 40, SOCK_STREAM, 0, REFUSED},
	{"xdp", 44, SOCK_RAW, 0, REFUSED},
	{"tipc", 30, SOCK_STREAM, 0, REFUSED},
	{"rds", 21, SOCK_SEQPACKET, 0, REFUSED},
	{"can", 29, SOCK_RAW, 1, REFUSED},
	{"bluetooth", 31, SOCK_STREAM, 3, REFUSED},
	{"alg", 38, SOCK_SEQPACKET, 0, REFUSED},
	{"key", 15, SOCK_RAW, 2, REFUSED},
	{"netlink audit", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, REFUSED},
	{"netlink sock_diag", AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, REFUSED},
	{"netlink netfilter", AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, REFUSED},
	{"netlink generic", AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, REFUSED},
	{"netlink uevent", AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT, REFUSED},
};

void cases_families(void)
{
	for (size_t i = 0; i < COUNT(families); i++) {
		const struct family *f = &families[i];
		int fd = socket(f->family, f->type, f->protocol),
		    error = fd < 0 ? errno : 0;
		bool open = f->what == ALLOWED || (f->what == WITH6 && count_own(true));

		if (open || f->what == WITH6)
			tap_errno(error, open ? 0 : EAFNOSUPPORT, "socket: %s", f->name);
		else if (!tap(error == EPROTONOSUPPORT || error == EAFNOSUPPORT,
			      "socket: %s is refused", f->name))
			tap_note("got %s", net_errno(error));
		if (fd >= 0)
			(void)close(fd);
	}
}

/* ---- bind ---- */

/* What getsockname says after it: of TCP and of UDP. */
static const struct {
	const char *addr;
	int error;
	const char *tcp, *udp;
} binds[] = {
	{"any", 0, "any", "own0"},           {"own0", 0, "own0", "own0"},
	{"own1", 0, "own1", "own1"},         {"lo", 0, "lo", "lo"},
	{"lo53", 0, "lo53", "lo53"},         {"lo63", 0, "lo63", "lo63"},
	{"lo11", 0, "lo11", "lo11"},         {"host", EADDRNOTAVAIL, 0, 0},
	{"neigh", EADDRNOTAVAIL, 0, 0},      {"peer", EADDRNOTAVAIL, 0, 0},
	{"lo64", EADDRNOTAVAIL, 0, 0},       {"odd", EADDRNOTAVAIL, 0, 0},
	{"127.0.2.1", EADDRNOTAVAIL, 0, 0},  {"127.255.255.254", EADDRNOTAVAIL, 0, 0},
	{"alias", EADDRNOTAVAIL, 0, 0},      {"neigh-alias", EADDRNOTAVAIL, 0, 0},
	{"host-alias", EADDRNOTAVAIL, 0, 0}, {"group", EADDRNOTAVAIL, 0, 0},
	{"all", EADDRNOTAVAIL, 0, 0},        {"own6-0", 0, "own6-0", "own6-0"},
	{"own6-1", 0, "own6-1", "own6-1"},   {"lo6", 0, "lo6", "lo6"},
	{"host6", EADDRNOTAVAIL, 0, 0},      {"neigh6", EADDRNOTAVAIL, 0, 0},
	{"peer6", EADDRNOTAVAIL, 0, 0},
};

static const struct {
	const char *name;
	int family, type, level, option;
} binders[] = {
	{"tcp", AF_INET, SOCK_STREAM, 0, 0},
	{"udp", AF_INET, SOCK_DGRAM, 0, 0},
	{"tcp freebind", AF_INET, SOCK_STREAM, IPPROTO_IP, IP_FREEBIND},
	{"udp freebind", AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_FREEBIND},
	{"tcp transparent", AF_INET, SOCK_STREAM, IPPROTO_IP, IP_TRANSPARENT},
	{"udp transparent", AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_TRANSPARENT},
	{"tcp without port", AF_INET, SOCK_STREAM, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT},
	{"tcp reuseport", AF_INET, SOCK_STREAM, SOL_SOCKET, SO_REUSEPORT},
	{"udp reuseport", AF_INET, SOCK_DGRAM, SOL_SOCKET, SO_REUSEPORT},
	{"udp reuseaddr", AF_INET, SOCK_DGRAM, SOL_SOCKET, SO_REUSEADDR},
	{"tcp6", AF_INET6, SOCK_STREAM, 0, 0},
	{"udp6", AF_INET6, SOCK_DGRAM, 0, 0},
	{"tcp6 freebind", AF_INET6, SOCK_STREAM, IPPROTO_IPV6, IPV6_FREEBIND},
	{"udp6 freebind", AF_INET6, SOCK_DGRAM, IPPROTO_IPV6, IPV6_FREEBIND},
};

static void bind_one(size_t how, size_t to, const char *addr)
{
	bool tcp = binders[how].type == SOCK_STREAM;
	const char *word = tcp ? binds[to].tcp : binds[to].udp;
	int error, fd = socket(binders[how].family, binders[how].type | SOCK_CLOEXEC, 0);
	struct name local;

	if (fd < 0) {
		tap_errno(errno, 0, "%s: a socket to bind", binders[how].name);
		return;
	}
	if (binders[how].option)
		net_set(fd, binders[how].level, binders[how].option, 1);
	error = net_bind(fd, addr, 0);
	if (tap_errno(error, binds[to].error, "%s: bind %s", binders[how].name,
		      binds[to].addr) &&
	    !error) {
		(void)net_local(fd, &local);
		tap_text(local.text, who(word), "%s: bind %s, getsockname",
			 binders[how].name, binds[to].addr);
	}
	(void)close(fd);
}

/* :: is IPv6 and IPv4, but for UDP, whose one address is of either. */
static void bind_any6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct name local;

	tap_errno(net_bind(fd, "::", 0), 0, "tcp6: bind ::");
	(void)net_local(fd, &local);
	tap_text(local.text, "::", "tcp6: bind ::, getsockname");
	(void)close(fd);
	for (int only = 0; only < 2; only++) {
		fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		net_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, only);
		tap_errno(net_bind(fd, "::", next_port()), 0, "udp6: bind ::, v6only %d",
			  only);
		(void)net_local(fd, &local);
		if (!tap(!strcmp(local.text, who("own6-0")) ||
				 (!only && count_own(false) &&
				  !strcmp(local.text, who("own0"))),
			 "udp6: bind ::, v6only %d, getsockname says the first address",
			 only))
			tap_note("got %s", local.text);
		(void)close(fd);
	}
}

/* A bind that was refused counts for nothing. */
static void bind_again(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct name local;

	if (fd < 0)
		return;
	tap_errno(net_bind(fd, who("odd"), 0), EADDRNOTAVAIL, "udp: bind refused");
	tap_errno(net_bind(fd, who("own0"), 0), 0, "udp: and bind again");
	(void)net_local(fd, &local);
	tap_text(local.text, who("own0"), "udp: and getsockname");
	tap_errno(net_bind(fd, who("own0"), 0), EINVAL, "udp: a third bind");
	(void)close(fd);
}

void cases_bind(void)
{
	for (size_t how = 0; how < COUNT(binders); how++) {
		if (!count_own(binders[how].family == AF_INET6))
			continue;
		for (size_t to = 0; to < COUNT(binds); to++) {
			const char *addr = who(binds[to].addr);
			bool v6 = addr && strchr(addr, ':');

			if (!addr || (v6 && binders[how].family == AF_INET) ||
			    (!v6 && !count_own(false)))
				continue;
			bind_one(how, to, addr);
		}
	}
	if (count_own(true))
		bind_any6();
	if (count_own(false))
		bind_again();
}

/* ---- who is reached ---- */

enum via { CONNECT, SENDTO, FASTOPEN, FASTOPEN_CONNECT };

static const struct how {
	const char *name;
	int family, type;
	enum via via;
	const char *device;
} hows[] = {
	{"tcp connect", AF_INET, SOCK_STREAM, CONNECT, NULL},
	{"tcp fast open", AF_INET, SOCK_STREAM, FASTOPEN, NULL},
	{"tcp fast open connect", AF_INET, SOCK_STREAM, FASTOPEN_CONNECT, NULL},
	{"udp connect", AF_INET, SOCK_DGRAM, CONNECT, NULL},
	{"udp sendto", AF_INET, SOCK_DGRAM, SENDTO, NULL},
	{"tcp6 connect", AF_INET6, SOCK_STREAM, CONNECT, NULL},
	{"tcp6 fast open", AF_INET6, SOCK_STREAM, FASTOPEN, NULL},
	{"udp6 connect", AF_INET6, SOCK_DGRAM, CONNECT, NULL},
	{"udp6 sendto", AF_INET6, SOCK_DGRAM, SENDTO, NULL},
};

/* Port 0: not for this protocol. A label in brackets answers if there are HOST_SERVICES.
 */
static const struct {
	const char *to;
	unsigned int tcp, udp;
	int error;
	const char *label;
} reaches[] = {
	{"peer", PORT_ANY, PORT_ANY, 0, "wire"},
	{"near", PORT_ANY, PORT_ANY, 0, "wire"},
	{"far", PORT_ANY, PORT_ANY, 0, "wire"},
	{"host", PORT_ANY, PORT_ANY, 0, "host"},
	{"neigh", PORT_ANY, PORT_UDP_INSIDE, 0, "neighbour"},
	/* the host listens on 0.0.0.0 there; its UDP would answer, which is told */
	{"own0", PORT_ANY, 0, ECONNREFUSED, NULL},
	{"own1", PORT_ANY, 0, ECONNREFUSED, NULL},
	{"any", PORT_ANY, PORT_ANY, ECONNREFUSED, NULL},
	{"lo", PORT_ANY, PORT_ANY, ECONNREFUSED, NULL},
	{"lo53", PORT_ANY, PORT_ANY, ECONNREFUSED, NULL},
	{"lo", PORT_LOOPBACK, PORT_LOOPBACK, ECONNREFUSED, NULL},
	{"lo", PORT_SERVICE, PORT_SERVICE, ECONNREFUSED, "(host)"},
	{"lo53", PORT_SERVICE, PORT_SERVICE, ECONNREFUSED, NULL},
	{"lo64", PORT_ANY, PORT_ANY, ENETUNREACH, NULL},
	{"odd", PORT_ANY, PORT_ANY, ENETUNREACH, NULL},
	{"alias", PORT_ANY, PORT_ANY, ENETUNREACH, NULL},
	{"neigh-alias", PORT_LOOPBACK, PORT_LOOPBACK, ENETUNREACH, NULL},
	{"host-alias", PORT_LOOPBACK, PORT_LOOPBACK, ENETUNREACH, NULL},
	{"peer6", PORT_ANY, PORT_ANY, 0, "wire"},
	{"far6", PORT_ANY, PORT_ANY, 0, "wire"},
	{"host6", PORT_ANY, PORT_ANY, 0, "host"},
	{"neigh6", PORT_ANY, PORT_UDP_INSIDE, 0, "neighbour"},
	{"own6-0", PORT_ANY, 0, ECONNREFUSED, NULL},
	{"lo6", PORT_ANY, PORT_ANY, ECONNREFUSED, NULL},
	{"lo6", PORT_LOOPBACK, PORT_LOOPBACK, ECONNREFUSED, NULL},
};

struct reached {
	char line[LINE_SIZE];
	struct name local, remote, from;
};

/* The error of the call itself, or of what came of it. */
static int reach(const struct how *h, const char *addr, unsigned int port, int ms,
		 struct reached *ret)
{
	int error, fd = socket(h->family, h->type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	if (h->via == FASTOPEN_CONNECT)
		net_set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	if (h->via == SENDTO)
		error = net_sendto(fd, addr, port, "?", 0);
	else if (h->via == FASTOPEN)
		error = net_sendto(fd, addr, port, "?", MSG_FASTOPEN);
	else
		error = net_connect(fd, addr, port);
	if (!error &&
	    (h->via == FASTOPEN_CONNECT ||
	     (h->type == SOCK_DGRAM && h->via == CONNECT)) &&
	    send(fd, "?", 1, MSG_NOSIGNAL) < 0)
		error = errno;
	if (!error)
		error = net_receive(fd, ms, ret->line, &ret->from);
	(void)net_local(fd, &ret->local);
	(void)net_remote(fd, &ret->remote);
	(void)close(fd);
	return error;
}

static void reach_somebody(const struct how *h, const char *to, unsigned int port,
			   const char *label)
{
	const char *addr = who(to), *source = expected_source(addr);
	struct reached r = {.line = ""};
	char wanted[LINE_SIZE], got[LINE_SIZE] = "", seen[LINE_SIZE] = "";
	int error = reach(h, addr, port, PATIENCE, &r);
	unsigned int seen_port = 0;

	if (!tap_errno(error, 0, "%s: %s port %u answers", h->name, to, port))
		return;
	(void)sscanf(r.line, "%31s %63s %u", got, seen, &seen_port);
	tap_text(got, label, "%s: %s port %u, by whom", h->name, to, port);
	/* what the host's own service sees of a context is not said */
	if (strcmp(addr, who("lo")))
		tap_text(seen, source, "%s: %s sees our address", h->name, to);
	if (h->via == SENDTO) {
		(void)snprintf(wanted, sizeof(wanted), "%s %u", addr, port);
		(void)snprintf(got, sizeof(got), "%s %u", r.from.text, r.from.port);
		tap_text(got, wanted, "%s: %s by recvfrom", h->name, to);
		return;
	}
	(void)snprintf(wanted, sizeof(wanted), "%s %u", addr, port);
	(void)snprintf(got, sizeof(got), "%s %u", r.remote.text, r.remote.port);
	tap_text(got, wanted, "%s: %s by getpeername", h->name, to);
	(void)snprintf(wanted, sizeof(wanted), "%s %u", seen, seen_port);
	(void)snprintf(got, sizeof(got), "%s %u", r.local.text, r.local.port);
	if (strcmp(addr, who("lo")))
		tap_text(got, wanted, "%s: %s, getsockname", h->name, to);
}

/* A datagram that nobody may hear ends in one of several ways, all of them silent. */
static void reach_nobody(const struct how *h, const char *to, unsigned int port,
			 int wanted)
{
	struct reached r = {.line = ""};
	int error =
		reach(h, who(to), port, h->type == SOCK_DGRAM ? SILENCE : PATIENCE, &r);

	if (h->type == SOCK_STREAM || wanted != ECONNREFUSED) {
		tap_errno(error, wanted, "%s: %s port %u", h->name, to, port);
	} else if (!tap(error == ECONNREFUSED || error == EPERM || error == ETIMEDOUT,
			"%s: %s port %u is silent", h->name, to, port)) {
		tap_note("got %s, '%s'", net_errno(error), r.line);
	}
}

static void reach_one(const struct how *h, size_t i)
{
	const char *addr = who(reaches[i].to), *label = reaches[i].label;
	unsigned int port = h->type == SOCK_STREAM ? reaches[i].tcp : reaches[i].udp;
	bool v6 = addr && strchr(addr, ':');

	if (!addr || !port || (v6 && h->family == AF_INET) || !count_own(v6))
		return;
	/* ::ffff:0.0.0.0 is nobody's */
	if (h->family == AF_INET6 && !strcmp(addr, who("any")))
		return;
	if (label && label[0] == '(')
		label = has_services() ? "host" : NULL;
	if (label)
		reach_somebody(h, reaches[i].to, port, label);
	else
		reach_nobody(h, reaches[i].to, port, reaches[i].error);
}

void cases_reach(void)
{
	for (size_t h = 0; h < COUNT(hows); h++) {
		if (!count_own(hows[h].family == AF_INET6))
			continue;
		for (size_t i = 0; i < COUNT(reaches); i++)
			reach_one(&hows[h], i);
	}
}

/* ---- who reaches a server inside ---- */

enum {
	ANY = 1u << 0,
	OWN0 = 1u << 1,
	OWN1 = 1u << 2,
	LO = 1u << 3,
	LO53 = 1u << 4,
	ANY6 = 1u << 5, /* without IPv4 */
	DUAL = 1u << 6,
	OWN6 = 1u << 7,
	LO6 = 1u << 8,
	UDP_ANY = 1u << 9, /* the first address */
	UDP_DUAL = 1u << 10,
};

static const struct kind {
	const char *name;
	int family, type;
	const char *addr; /* NULL: not bound */
	unsigned int bit;
	bool v6only;
} kinds[] = {
	{"tcp any", AF_INET, SOCK_STREAM, "any", ANY, false},
	{"tcp without bind", AF_INET, SOCK_STREAM, NULL, ANY, false},
	{"tcp own0", AF_INET, SOCK_STREAM, "own0", OWN0, false},
	{"tcp own1", AF_INET, SOCK_STREAM, "own1", OWN1, false},
	{"tcp lo", AF_INET, SOCK_STREAM, "lo", LO, false},
	{"tcp lo53", AF_INET, SOCK_STREAM, "lo53", LO53, false},
	{"tcp6 any mapped", AF_INET6, SOCK_STREAM, "any", ANY, false},
	{"tcp6 own1 mapped", AF_INET6, SOCK_STREAM, "own1", OWN1, false},
	{"tcp6 ::", AF_INET6, SOCK_STREAM, "any6", DUAL, false},
	{"tcp6 without bind", AF_INET6, SOCK_STREAM, NULL, DUAL, false},
	{"tcp6 :: alone", AF_INET6, SOCK_STREAM, "any6", ANY6, true},
	{"tcp6 own6", AF_INET6, SOCK_STREAM, "own6-0", OWN6, false},
	{"tcp6 ::1", AF_INET6, SOCK_STREAM, "lo6", LO6, false},
	{"udp any", AF_INET, SOCK_DGRAM, "any", UDP_ANY, false},
	{"udp own0", AF_INET, SOCK_DGRAM, "own0", OWN0, false},
	{"udp own1", AF_INET, SOCK_DGRAM, "own1", OWN1, false},
	{"udp lo", AF_INET, SOCK_DGRAM, "lo", LO, false},
	{"udp lo53", AF_INET, SOCK_DGRAM, "lo53", LO53, false},
	{"udp6 own1 mapped", AF_INET6, SOCK_DGRAM, "own1", OWN1, false},
	{"udp6 lo mapped", AF_INET6, SOCK_DGRAM, "lo", LO, false},
	{"udp6 ::", AF_INET6, SOCK_DGRAM, "any6", UDP_DUAL, false},
	{"udp6 own6", AF_INET6, SOCK_DGRAM, "own6-0", OWN6, false},
	{"udp6 ::1", AF_INET6, SOCK_DGRAM, "lo6", LO6, false},
};

#define ALL4 (ANY | DUAL)
#define ALL6 (ANY6 | DUAL)
#define UDPS (UDP_ANY | UDP_DUAL)

/* Who is to be answered by which kinds; of those in may nothing is promised: that a
 * context's own loopback is apart from its own addresses is not. */
static const struct {
	const char *from, *source, *to;
	unsigned int answers, may;
} visits[] = {
	{"self", "-", "own0", ALL4 | OWN0 | UDP_ANY, UDP_DUAL},
	{"self", "-", "own1", ALL4 | OWN1, UDPS},
	{"self", "-", "lo", ALL4 | LO, UDPS | OWN0},
	{"self", "-", "lo53", LO53, ALL4 | UDPS | OWN0},
	{"wire", "-", "own0", ALL4 | OWN0 | UDP_ANY, UDP_DUAL},
	{"wire", "-", "own1", ALL4 | OWN1, 0},
	{"wire", "-", "host", 0, 0},
	{"wire", "-", "neigh", 0, 0},
	{"host", "-", "own0", ALL4 | OWN0 | UDP_ANY, UDP_DUAL},
	{"host", "-", "own1", ALL4 | OWN1, 0},
	{"host", "-", "lo", 0, 0},
	{"host", "-", "host", 0, 0},
	{"host", "-", "alias", 0, 0},
	{"host", "alias", "alias", 0, 0},
	{"host", "lo", "alias", 0, 0},
	{"neigh", "-", "own0", ALL4 | OWN0 | UDP_ANY, UDP_DUAL},
	{"neigh", "-", "own1", ALL4 | OWN1, 0},
	{"neigh", "-", "lo", 0, 0},
	{"neigh", "-", "alias", 0, 0},
	{"self", "-", "own6-0", ALL6 | OWN6, UDP_DUAL | LO6},
	{"self", "-", "lo6", ALL6 | LO6, UDP_DUAL | OWN6},
	{"wire", "-", "own6-0", ALL6 | OWN6, UDP_DUAL},
	{"wire", "-", "own6-1", ALL6, UDP_DUAL},
	{"wire", "-", "host6", 0, 0},
	{"host", "-", "own6-0", ALL6 | OWN6, UDP_DUAL},
	{"host", "-", "lo6", 0, 0},
	{"neigh", "-", "own6-0", ALL6 | OWN6, UDP_DUAL},
	{"neigh", "-", "lo6", 0, 0},
};

/* What the server saw of an answered visit, and the visitor of it. */
static void judge_answer(const struct kind *k, size_t i, const struct visit *v)
{
	const char *from = visits[i].from, *to = who(visits[i].to), *source = NULL;
	bool v6 = strchr(to, ':');
	char seen[64] = "";

	(void)sscanf(v->line, "%*s %63s", seen);
	if (!strcmp(from, "wire"))
		source = who(v6 ? "peer6" : "peer");
	else if (!strcmp(from, "self"))
		source = strcmp(to, who("lo53")) ? expected_source(to) : NULL;
	if (source)
		tap_text(seen, source, "%s: %s visits %s from", k->name, from,
			 visits[i].to);
	if (k->type == SOCK_STREAM)
		tap_text(v->local.text, to, "%s: %s visits %s, getsockname", k->name,
			 from, visits[i].to);
}

static void visit_one(const struct kind *k, size_t i, int fd, unsigned int port)
{
	const char *source = who(visits[i].source), *to = who(visits[i].to);
	bool wanted = (k->bit & visits[i].answers) != 0;
	char request[LINE_SIZE];
	struct visit v;

	if (!strcmp(visits[i].source, "-"))
		source = "-";
	if (!source || !to || (k->bit & visits[i].may))
		return;
	/* a neighbour without IPv6 */
	if (!strcmp(visits[i].from, "neigh") && strchr(to, ':') && !who("neigh6"))
		return;
	(void)snprintf(request, sizeof(request), "%s %s %s %u %d",
		       k->type == SOCK_STREAM ? "tcp" : "udp", source, to, port,
		       wanted ? PATIENCE : SILENCE);
	if (!visit(visits[i].from, request, &fd, 1, &v))
		return;
	if (!tap(visited(&v) == wanted && (wanted || v.served < 0),
		 "%s: %s%s visits %s: %s", k->name, visits[i].from,
		 visits[i].source[0] == '-' ? "" : " by another source", visits[i].to,
		 wanted ? "answered" : "nobody"))
		tap_note("request '%s': '%s'", request, v.line);
	else if (wanted)
		judge_answer(k, i, &v);
}

static void listen_one(const struct kind *k)
{
	int error = 0, fd = socket(k->family, k->type | SOCK_CLOEXEC, 0);
	unsigned int port = next_port();
	struct name local;

	if (fd < 0) {
		tap_errno(errno, 0, "%s: a socket", k->name);
		return;
	}
	if (k->v6only)
		net_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (k->addr)
		error = net_bind(fd, who(k->addr), port);
	if (!error && k->type == SOCK_STREAM && listen(fd, 64))
		error = errno;
	if (!tap_errno(error, 0, "%s: bind and listen", k->name)) {
		(void)close(fd);
		return;
	}
	(void)net_local(fd, &local);
	if (k->type == SOCK_STREAM)
		tap_text(local.text,
			 who(k->addr                ? k->addr
			     : k->family == AF_INET ? "any"
						    : "any6"),
			 "%s: getsockname", k->name);
	if (k->addr)
		tap(local.port == port, "%s: getsockname says the port", k->name);
	for (size_t i = 0; i < COUNT(visits); i++)
		visit_one(k, i, fd, local.port);
	(void)close(fd);
}

void cases_listen(void)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const char *addr = kinds[i].addr ? who(kinds[i].addr) : "";

		if (addr && count_own(kinds[i].family == AF_INET6) &&
		    (count_own(false) || (kinds[i].addr && strchr(addr, ':'))))
			listen_one(&kinds[i]);
	}
}
