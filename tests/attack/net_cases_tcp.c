/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports: whose they are, who shares them, and what takes nobody's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net_matrix.h"

#define SPREAD 4
#define SPREAD_VISITS 48

/* fn of as_person: a server with SO_REUSEPORT. */
static int share_port(const char *addr, unsigned int port)
{
	return net_server(AF_INET, SOCK_STREAM, addr, port, true) < 0 ? errno : 0;
}

static int take(int type, const char *addr, unsigned int port)
{
	int fd = net_server(AF_INET, type, addr, port, false);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int take_port(const char *addr, unsigned int port)
{
	return take(SOCK_STREAM, addr, port);
}

static int take_udp_port(const char *addr, unsigned int port)
{
	return take(SOCK_DGRAM, addr, port);
}

/* A server that has to come up. */
static int server(const char *addr, unsigned int port, bool reuse, const char *what)
{
	int fd = net_server(strchr(addr, ':') ? AF_INET6 : AF_INET, SOCK_STREAM, addr,
			    port, reuse);

	tap_errno(fd < 0 ? errno : 0, 0, "%s", what);
	return fd;
}

static bool asked(const char *from, const char *verb, const char *addr, unsigned int port)
{
	char request[LINE_SIZE];
	struct visit v;

	(void)snprintf(request, sizeof(request), "%s - %s %u 0", verb, addr, port);
	return visit(from, request, NULL, 0, &v) && !strcmp(v.line, "ok");
}

/* n visits: all of them have to be answered so. */
static void all_answered(const char *from, const char *to, unsigned int port, int fd,
			 const char *label, int n)
{
	const char *addr = who(to);
	struct visit v = {.line = ""};
	int good = 0;

	for (int i = 0; i < n && addr; i++) {
		if (!visit_tcp(from, addr, port, &fd, 1, &v))
			return;
		good += !strncmp(v.line, label, strlen(label));
	}
	if (addr && !tap(good == n, "%s visits %s, where '%s' answers", from, to, label))
		tap_note("port %u: %d of %d, the last '%s'", port, good, n, v.line);
}

/* ---- one port, several contexts ---- */

static void beside(const char *other, const char *other_addr, const char *label,
		   bool other_first)
{
	unsigned int port = next_port();
	char what[LINE_SIZE];
	int fd = -1;

	if (!who(other))
		return;
	(void)snprintf(what, sizeof(what), "tcp any, %s %s on %s as well",
		       other_first ? "after" : "before", label, other_addr);
	if (!other_first)
		fd = server(who("any"), port, false, what);
	if (!tap(asked(other, "listen", other_addr, port), "%s listens on %s, %s us",
		 label, other_addr, other_first ? "before" : "after"))
		tap_note("port %u", port);
	if (other_first)
		fd = server(who("any"), port, false, what);
	all_answered("wire", "own0", port, fd, "inside", 2);
	if (strcmp(other_addr, "::"))
		all_answered("wire", other, port, fd, label, 2);
	else
		all_answered("wire", "host6", port, fd, label, 2);
	all_answered("host", "own1", port, fd, "inside", 2);
	all_answered("self", "lo", port, fd, "inside", 2);
	if (fd >= 0)
		(void)close(fd);
	/* and what the other one has does not come to us when we are gone */
	all_answered("wire", "own0", port, -1, "! ECONNREFUSED", 2);
	all_answered("self", "lo", port, -1, "! ECONNREFUSED", 1);
	(void)asked(other, "close", "-", 0);
}

/* A port is one server's inside, as anywhere. */
static void taken(const char *first, const char *second)
{
	unsigned int port = next_port();
	int a = server(who(first), port, false, "a server");
	int b = net_server(AF_INET, SOCK_STREAM, who(second), port, false);

	tap_errno(b < 0 ? errno : 0, EADDRINUSE, "tcp %s, where %s is taken inside",
		  second, first);
	all_answered("wire", "own1", port, a, "inside", 1);
	if (a >= 0)
		(void)close(a);
	if (b >= 0)
		(void)close(b);
	a = server(who(second), port, false, "the port is free when its server is gone");
	if (a >= 0)
		(void)close(a);
}

/* Listens, is shut, listens again: the same socket. */
static void listen_again(const char *addr)
{
	unsigned int port = next_port();
	int fd = server(who(addr), port, false, "tcp, to be shut and listen again");

	all_answered("wire", "own1", port, fd, "inside", 1);
	tap_errno(shutdown(fd, SHUT_RDWR) ? errno : 0, 0, "tcp %s: shut", addr);
	all_answered("wire", "own1", port, -1, "! ECONNREFUSED", 1);
	tap_errno(listen(fd, 64) ? errno : 0, 0, "tcp %s: listen again", addr);
	all_answered("wire", "own1", port, fd, "inside", 2);
	(void)close(fd);
}

static void specific_first(bool any_first)
{
	unsigned int port = next_port();
	int fds[2];
	struct visit v;

	fds[any_first ? 0 : 1] = -1;
	if (any_first)
		fds[0] = server(who("any"), port, true, "tcp any, and then own1");
	fds[1] = server(who("own1"), port, true, "tcp own1");
	if (!any_first)
		fds[0] = server(who("any"), port, true, "tcp any, after own1");
	for (int i = 0; i < 4; i++) {
		const char *to = i % 2 ? "own1" : "own0";

		if (visit_tcp(i < 2 ? "wire" : "self", who(to), port, fds, 2, &v))
			tap(v.served == i % 2, "%s goes to the listener on %s", to,
			    i % 2 ? "it" : "any");
	}
	(void)close(fds[1]);
	if (visit_tcp("wire", who("own1"), port, fds, 1, &v))
		tap(v.served == 0, "and to that on any when it is gone");
	(void)close(fds[0]);
}

static void spread(const char *addr, const char *to)
{
	unsigned int port = next_port(), hits[SPREAD] = {0}, lost = 0;
	int fds[SPREAD];
	struct visit v;

	for (int i = 0; i < SPREAD; i++)
		fds[i] = server(who(addr), port, true, "tcp with reuseport");
	for (int i = 0; i < SPREAD_VISITS; i++) {
		if (visit_tcp("wire", who(to), port, fds, SPREAD, &v) && v.served >= 0)
			hits[v.served]++;
		else
			lost++;
	}
	if (!tap(hits[0] && hits[1] && hits[2] && hits[3] && !lost,
		 "reuseport: each of %d listeners on %s gets connections", SPREAD, addr))
		tap_note("%u %u %u %u, lost %u", hits[0], hits[1], hits[2], hits[3],
			 lost);
	tap_errno(as_person(share_port, who(addr), port), EADDRINUSE,
		  "reuseport: another uid inside is refused on %s", addr);
	for (int i = 0; i < SPREAD; i++)
		(void)close(fds[i]);
}

/* SO_REUSEADDR and SO_REUSEPORT on both sides, and the same uid: root's. */
static void steal(void)
{
	int fd = server(who("any"), PORT_REUSE, true, "tcp any, where all say reuseport");

	all_answered("wire", "host", PORT_REUSE, fd, "host", 8);
	all_answered("wire", "neigh", PORT_REUSE, fd, "neighbour", 8);
	all_answered("wire", "own0", PORT_REUSE, fd, "inside", 8);
	all_answered("host", "lo", PORT_REUSE, fd, "host", 8);
	all_answered("self", "lo", PORT_REUSE, fd, "inside", 8);
	if (fd >= 0)
		(void)close(fd);
}

static void low_ports(void)
{
	tap_errno(take_port(who("own0"), 79), 0, "root inside listens on port 79");
	tap_errno(take_port(who("any"), 79), 0, "and on any address");
	tap_errno(take_port(who("lo"), 79), 0, "and on the loopback");
	tap_errno(take_udp_port(who("own0"), 79), 0, "and by UDP");
	tap_errno(as_person(take_port, who("own0"), 79), EACCES, "a person does not");
	tap_errno(as_person(take_port, who("any"), 79), EACCES, "on no address");
	tap_errno(as_person(take_port, who("lo"), 79), EACCES, "nor on the loopback");
	tap_errno(as_person(take_udp_port, who("own0"), 79), EACCES, "nor by UDP");
	tap_errno(as_person(take_port, who("own0"), 2079), 0, "but on port 2079");
	tap_errno(as_person(take_port, who("odd"), 2079), EADDRNOTAVAIL,
		  "and on no foreign address");
}

/* ---- clients ---- */

static void seen_from(int fd, const char *source, unsigned int port, const char *what)
{
	char line[LINE_SIZE], seen[64] = "";
	unsigned int seen_port = 0;

	tap_errno(net_receive(fd, PATIENCE, line, NULL), 0, "tcp: %s, an answer", what);
	(void)sscanf(line, "%*s %63s %u", seen, &seen_port);
	tap_text(seen, source, "tcp: %s, from", what);
	if (port)
		tap(seen_port == port, "tcp: %s, from its port", what);
}

static void bound_client(const char *addr, bool with_port)
{
	unsigned int port = with_port ? next_port() : 0;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *source =
		strcmp(addr, "any") ? who(addr) : expected_source(who("peer"));
	struct name local;
	int error;

	tap_errno(net_bind(fd, who(addr), port), 0, "tcp: bind %s for a client", addr);
	error = net_connect(fd, who("peer"), PORT_ANY);
	/* told: what is bound to a port of every address is kept for a listener */
	if (with_port && !strcmp(addr, "any") && error == EADDRINUSE) {
		tap(true, "tcp: whose port on any address is for listening");
		(void)close(fd);
		return;
	}
	tap_errno(error, 0, "tcp: and connect");
	seen_from(fd, source, port, addr);
	(void)net_local(fd, &local);
	tap_text(local.text, source, "tcp: getsockname of it");
	(void)close(fd);
}

/* As proxies bind their sources. */
static void unnumbered_client(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	net_set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	tap_errno(net_bind(fd, who("own1"), 0), 0, "tcp: bind own1 without a port");
	tap_errno(net_connect(fd, who("peer"), PORT_ANY), 0, "tcp: and connect");
	seen_from(fd, who("own1"), 0, "own1 without a port");
	(void)close(fd);
}

static void connect_again(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr unspec = {.sa_family = AF_UNSPEC};

	if (!who("near"))
		return;
	tap_errno(net_connect(fd, who("peer"), PORT_ANY), 0, "tcp: connect");
	seen_from(fd, expected_source(who("peer")), 0, "first");
	tap_errno(connect(fd, &unspec, sizeof(unspec)) ? errno : 0, 0, "tcp: AF_UNSPEC");
	tap_errno(net_connect(fd, who("near"), PORT_ANY), 0, "tcp: connect again");
	seen_from(fd, expected_source(who("near")), 0, "chosen again");
	(void)close(fd);
}

static void loopback_client(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	tap_errno(net_bind(fd, who("lo"), 0), 0, "tcp: bind lo for a client");
	tap(net_connect(fd, who("peer"), PORT_ANY) != 0, "tcp: which reaches no wire");
	(void)close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tap_errno(net_bind(fd, who("lo"), 0), 0, "tcp: bind lo for a client");
	tap_errno(net_connect(fd, who("lo"), PORT_LOOPBACK), ECONNREFUSED,
		  "tcp: which reaches no service of the host");
	(void)close(fd);
}

void cases_tcp(void)
{
	if (!count_own(false))
		return;
	for (int first = 0; first < 2; first++) {
		beside("host", "0.0.0.0", "host", first);
		beside("neigh", "0.0.0.0", "neighbour", first);
		if (who("host6"))
			beside("host", "::", "host", first);
		specific_first(first);
	}
	taken("any", "any");
	taken("own1", "own1");
	listen_again("any");
	listen_again("own1");
	spread("any", "own0");
	spread("any", "own1");
	spread("own1", "own1");
	steal();
	low_ports();
	for (int with_port = 0; with_port < 2; with_port++) {
		bound_client("any", with_port);
		bound_client("own0", with_port);
		bound_client("own1", with_port);
	}
	unnumbered_client();
	connect_again();
	loopback_client();
}

/* ---- ports= ---- */

static unsigned int first_port, last_port;

static bool in_range(unsigned int port)
{
	return port >= first_port && port <= last_port;
}

static void range_outside(const char *addr)
{
	const unsigned int ports[] = {79, 1024, first_port - 1, last_port + 1, 65535};

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		tap(take_port(who(addr), ports[i]) != 0, "ports: no tcp %s port %u", addr,
		    ports[i]);
		tap(take_udp_port(who(addr), ports[i]) != 0, "ports: no udp %s port %u",
		    addr, ports[i]);
	}
}

/* What the kernel is to choose: bound to 0, or not at all. */
static void range_chosen(int type, const char *addr, const char *what)
{
	struct name local;
	int fds[32], good = 0;

	for (int i = 0; i < 32; i++) {
		fds[i] = net_server(AF_INET, type, addr, 0, false);
		(void)net_local(fds[i], &local);
		good += fds[i] >= 0 && in_range(local.port);
	}
	if (!tap(good == 32, "ports: %s", what))
		tap_note("%d of 32, the last is %u", good, local.port);
	for (int i = 0; i < 32; i++)
		(void)close(fds[i]);
}

/* The kernel chooses where no program is asked: outside of the range nobody is heard. */
static void range_unbound(void)
{
	int fd = net_server(AF_INET, SOCK_STREAM, NULL, 0, false);
	struct name local;
	struct visit v;

	(void)net_local(fd, &local);
	if (visit_tcp("wire", who("own0"), local.port, &fd, 1, &v) &&
	    !tap(visited(&v) == in_range(local.port),
		 "ports: tcp, listen without bind, hears its range alone"))
		tap_note("port %u: '%s'", local.port, v.line);
	(void)close(fd);
}

/* In the range; what was neither bound nor connected may be refused instead. */
static void range_clients(int type, bool sendto_only, const char *what)
{
	char line[LINE_SIZE] = "";
	unsigned int port = 0;
	int good = 0, error = 0;

	for (int i = 0; i < 16; i++) {
		int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

		error = sendto_only ? net_sendto(fd, who("peer"), PORT_ANY, "?", 0)
				    : net_connect(fd, who("peer"), PORT_ANY);
		if (!error && type == SOCK_DGRAM && !sendto_only)
			(void)send(fd, "?", 1, 0);
		if (sendto_only && error == EACCES)
			good++;
		else if (!error && !net_receive(fd, PATIENCE, line, NULL) &&
			 sscanf(line, "%*s %*s %u", &port) == 1)
			good += in_range(port);
		(void)close(fd);
	}
	if (!tap(good == 16, "ports: %s", what))
		tap_note("%d of 16, the last %s '%s'", good, net_errno(error), line);
}

static void range_exhausted(void)
{
	int fds[1024], n = 0, error = 0;

	while (n < 1024 && !error) {
		fds[n] = net_server(AF_INET, SOCK_STREAM, who("own0"), 0, false);
		if (fds[n] < 0)
			error = errno;
		else
			n++;
	}
	if (!tap(n > 0 && n <= (int)(last_port - first_port + 1) && error == EADDRINUSE,
		 "ports: no more servers than ports"))
		tap_note("%d, then %s", n, net_errno(error));
	while (n)
		(void)close(fds[--n]);
}

void cases_ports(void)
{
	unsigned int port;
	struct visit v;
	int fd;

	if (!has_ports(&first_port, &last_port))
		return;
	port = first_port + 7;
	fd = server(who("any"), port, false, "ports: a server on one of them");
	if (visit_tcp("wire", who("own0"), port, &fd, 1, &v))
		tap(visited(&v), "ports: which the wire reaches");
	(void)close(fd);
	range_outside("own0");
	range_outside("any");
	range_chosen(SOCK_STREAM, who("own0"), "tcp own0, port 0");
	range_chosen(SOCK_STREAM, who("any"), "tcp any, port 0");
	range_unbound();
	range_chosen(SOCK_DGRAM, who("own0"), "udp own0, port 0");
	range_clients(SOCK_STREAM, false, "tcp clients");
	range_clients(SOCK_DGRAM, false, "udp clients");
	range_clients(SOCK_DGRAM, true, "udp clients that never connect");
	range_exhausted();
}
