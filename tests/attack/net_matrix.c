/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPv4 root from inside: every protocol and operation, seen from the socket and from
 * its peer. Written from what the administrator was promised, not from the programs. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net_matrix.h"

#define OWN_MAX 16

struct own {
	char text[OWN_MAX][INET6_ADDRSTRLEN];
	unsigned int prefix[OWN_MAX], n;
};

/* What the command line says: WORD=ADDRESS, and the rest below. */
static struct {
	struct own own4, own6;
	struct {
		const char *word, *addr;
	} named[32];
	size_t n_named;
	unsigned int xid, neigh_xid, first_port, last_port;
	bool services;
} run;

static struct {
	const char *from;
	int fd;
} control[] = {{"self", -1}, {"host", -1}, {"neigh", -1}, {"wire", -1}};

static int done, failed;

/* ---- results ---- */

static bool __attribute__((format(printf, 2, 0)))
say(bool ok, const char *fmt, va_list ap)
{
	done++;
	failed += !ok;
	printf("%s %d - ", ok ? "ok" : "not ok", done);
	(void)vprintf(fmt, ap);
	printf("\n");
	(void)fflush(stdout);
	return ok;
}

bool tap(bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(ok, fmt, ap);
	va_end(ap);
	return ok;
}

void tap_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("#     ");
	(void)vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

bool tap_errno(int got, int want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!say(got == want, fmt, ap))
		tap_note("got %s, wanted %s", net_errno(got), net_errno(want));
	va_end(ap);
	return got == want;
}

bool tap_text(const char *got, const char *want, const char *fmt, ...)
{
	bool ok = !strcmp(got, want);
	va_list ap;

	va_start(ap, fmt);
	if (!say(ok, fmt, ap))
		tap_note("got '%s', wanted '%s'", got, want);
	va_end(ap);
	return ok;
}

/* ---- who is who ---- */

/* Bits of an address, both families in one form. */
static bool bits_of(const char *text, unsigned char *ret, bool *ret_v6)
{
	*ret_v6 = strchr(text, ':') != NULL;
	return inet_pton(*ret_v6 ? AF_INET6 : AF_INET, text, ret) == 1;
}

static bool holds(const char *net, unsigned int prefix, const char *addr)
{
	unsigned char a[16], b[16];
	bool v6a, v6b;

	if (!bits_of(net, a, &v6a) || !bits_of(addr, b, &v6b) || v6a != v6b)
		return false;
	for (unsigned int i = 0; i < prefix; i++)
		if ((a[i / 8] ^ b[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

const char *expected_source(const char *destination)
{
	const struct own *own = strchr(destination, ':') ? &run.own6 : &run.own4;
	unsigned int best = 0, longest = 0;

	if (!strcmp(destination, "::1"))
		return destination;
	if (holds("127.0.0.0", 8, destination) || !strcmp(destination, "0.0.0.0"))
		return "127.0.0.1";
	for (unsigned int i = 0; i < own->n; i++) {
		if (!strcmp(own->text[i], destination))
			return own->text[i];
		if (own->prefix[i] > longest &&
		    holds(own->text[i], own->prefix[i], destination)) {
			best = i;
			longest = own->prefix[i];
		}
	}
	return own->n ? own->text[best] : "none";
}

unsigned int count_own(bool v6)
{
	return v6 ? run.own6.n : run.own4.n;
}

bool is_own(const char *addr)
{
	const struct own *own = strchr(addr, ':') ? &run.own6 : &run.own4;

	for (unsigned int i = 0; i < own->n; i++)
		if (!strcmp(own->text[i], addr))
			return true;
	return false;
}

bool has_services(void)
{
	return run.services;
}

bool has_ports(unsigned int *first, unsigned int *last)
{
	*first = run.first_port;
	*last = run.last_port;
	return run.first_port != 0;
}

/* Where the loopback of a context is in truth: 127.128/9, 16 bits of its number and 7. */
static const char *alias_of(unsigned int xid)
{
	static char text[2][INET_ADDRSTRLEN];
	static int turn;
	struct in_addr a = {htonl(0x7f800001u | xid << 7)};

	turn = !turn;
	(void)inet_ntop(AF_INET, &a, text[turn], sizeof(text[turn]));
	return text[turn];
}

const char *who(const char *word)
{
	static const char *const fixed[][2] = {
		{"any", "0.0.0.0"},     {"any6", "::"},
		{"lo", "127.0.0.1"},    {"lo53", "127.0.0.53"},
		{"lo63", "127.0.0.63"}, {"lo64", "127.0.0.64"},
		{"lo11", "127.0.1.1"},  {"odd", "127.2.3.4"},
		{"lo6", "::1"},         {"all", "255.255.255.255"},
		{"group", MULTICAST},
	};

	if (strchr(word, '.') || strchr(word, ':'))
		return word;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!strcmp(fixed[i][0], word))
			return fixed[i][1];
	for (size_t i = 0; i < run.n_named; i++)
		if (!strcmp(run.named[i].word, word))
			return run.named[i].addr;
	if (!strcmp(word, "alias") && run.xid)
		return alias_of(run.xid);
	if (!strcmp(word, "neigh-alias") && run.neigh_xid)
		return alias_of(run.neigh_xid);
	if (!strcmp(word, "host-alias"))
		return alias_of(0);
	for (unsigned int i = 0; i < OWN_MAX; i++) {
		char own[16];

		(void)snprintf(own, sizeof(own), "own%u", i);
		if (!strcmp(word, own))
			return i < run.own4.n ? run.own4.text[i] : NULL;
		(void)snprintf(own, sizeof(own), "own6-%u", i);
		if (!strcmp(word, own))
			return i < run.own6.n ? run.own6.text[i] : NULL;
	}
	return NULL;
}

/* ---- visits ---- */

static int control_of(const char *from)
{
	for (size_t i = 0; i < sizeof(control) / sizeof(control[0]); i++)
		if (!strcmp(control[i].from, from))
			return control[i].fd;
	return -1;
}

bool visit(const char *from, const char *request, const int *servers, size_t n,
	   struct visit *ret)
{
	struct pollfd p[16] = {{.fd = control_of(from), .events = POLLIN}};
	char line[LINE_SIZE + 1];

	*ret = (struct visit){.served = -1};
	if (p[0].fd < 0 || n + 1 > sizeof(p) / sizeof(p[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		p[i + 1] = (struct pollfd){.fd = servers[i], .events = POLLIN};
	(void)snprintf(line, sizeof(line), "%s\n", request);
	if (send(p[0].fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		return false;
	while (poll(p, n + 1, 4 * PATIENCE) > 0) {
		for (size_t i = 0; i < n; i++) {
			if (!p[i + 1].revents)
				continue;
			net_answer(servers[i], "inside", &ret->local, &ret->remote);
			ret->served = (int)i;
		}
		if (p[0].revents)
			return !net_receive(p[0].fd, 0, ret->line, NULL);
	}
	return false;
}

bool visit_tcp(const char *from, const char *to, unsigned int port, const int *servers,
	       size_t n, struct visit *ret)
{
	char request[LINE_SIZE];

	(void)snprintf(request, sizeof(request), "tcp - %s %u %d", to, port, PATIENCE);
	return visit(from, request, servers, n, ret);
}

void wire_saw(int ms, char *line)
{
	was_seen("wire", ms, line);
}

void was_seen(const char *by, int ms, char *line)
{
	struct visit v;

	(void)snprintf(line, LINE_SIZE, "no %s", by);
	do {
		if (ms)
			(void)usleep(20000);
		if (!visit(by, "seen - - 0 0", NULL, 0, &v))
			break;
		(void)snprintf(line, LINE_SIZE, "%s", v.line);
		ms -= 20;
	} while (!strcmp(line, "nobody") && ms > 0);
}

bool visited(const struct visit *v)
{
	return v->served >= 0 && !strncmp(v->line, "inside ", 7);
}

unsigned int next_port(void)
{
	static unsigned int port = 7200;

	return port++;
}

int as_person(int (*fn)(const char *addr, unsigned int port), const char *addr,
	      unsigned int port)
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
			_exit(255);
		_exit(fn(addr, port));
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
								    : 255;
}

/* ---- the run ---- */

static void parse_own(struct own *own, char *list)
{
	char *save = NULL;

	for (char *a = strtok_r(list, ",", &save); a && own->n < OWN_MAX;
	     a = strtok_r(NULL, ",", &save)) {
		char *slash = strchr(a, '/');

		if (slash)
			*slash++ = '\0';
		own->prefix[own->n] = slash ? (unsigned int)atoi(slash) : 24;
		(void)snprintf(own->text[own->n++], sizeof(own->text[0]), "%s", a);
	}
}

static bool parse(char *arg)
{
	char *value = strchr(arg, '=');

	if (!value || !value[1] ||
	    run.n_named == sizeof(run.named) / sizeof(run.named[0]))
		return false;
	*value++ = '\0';
	if (!strcmp(arg, "own")) {
		parse_own(&run.own4, value);
	} else if (!strcmp(arg, "own6")) {
		parse_own(&run.own6, value);
	} else if (!strcmp(arg, "xid")) {
		run.xid = (unsigned int)atoi(value);
	} else if (!strcmp(arg, "neigh-xid")) {
		run.neigh_xid = (unsigned int)atoi(value);
	} else if (!strcmp(arg, "services")) {
		run.services = true;
	} else if (!strcmp(arg, "ports")) {
		return sscanf(value, "%u-%u", &run.first_port, &run.last_port) == 2;
	} else {
		run.named[run.n_named].word = arg;
		run.named[run.n_named++].addr = value;
	}
	return true;
}

/* A child of ours that visits our servers: it is inside as well. */
static int start_self(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	if (fork() == 0) {
		(void)close(pair[0]);
		net_control(pair[1], "self");
		_exit(0);
	}
	(void)close(pair[1]);
	return pair[0];
}

static int open_control(const char *word4, const char *word6)
{
	const char *word = run.own4.n ? word4 : word6, *addr = who(word);
	int error, fd = addr ? socket(strchr(addr, ':') ? AF_INET6 : AF_INET,
				      SOCK_STREAM | SOCK_CLOEXEC, 0)
			     : -1;

	if (!addr)
		return -1;
	error = net_connect(fd, addr, PORT_CONTROL);
	tap_errno(error, 0, "the control of %s at %s", word, addr);
	return error ? -1 : fd;
}

int net_matrix(char **args)
{
	for (; *args; args++) {
		if (!parse(*args)) {
			fprintf(stderr, "net_matrix: not WORD=VALUE: %s\n", *args);
			return 2;
		}
	}
	(void)signal(SIGPIPE, SIG_IGN);
	control[0].fd = start_self();
	control[1].fd = open_control("host", "host6");
	control[2].fd = open_control("neigh", "neigh6");
	control[3].fd = open_control("peer", "peer6");
	if (run.first_port) {
		cases_ports();
	} else {
		cases_families();
		cases_bind();
		cases_reach();
		cases_listen();
		cases_tcp();
		cases_udp();
		cases_ip();
		cases_icmp();
		cases_ip6();
	}
	printf("1..%d\n", done);
	return failed != 0;
}

static const struct {
	const char *name, *args;
	int least;
	int (*fn)(char **args);
} roles[] = {
	{"serve", "LABEL UDP-PORT", 2, net_serve},
	{"serve-on", "LABEL ADDRESS PORT", 3, net_serve_on},
	{"matrix", "WORD=VALUE...", 1, net_matrix},
	{"give", "PATH HOW [ADDRESS PORT]", 2, net_give},
	{"take", "PATH DEED...", 2, net_take},
	{"flap", "ADDRESS PORT SECONDS", 3, net_flap},
	{"hammer", "ADDRESS PORT COUNT SECONDS", 4, net_hammer},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!strcmp(argv[1], roles[i].name) && argc >= 2 + roles[i].least)
			return roles[i].fn(argv + 2);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		fprintf(stderr, "usage: net_matrix %s %s\n", roles[i].name,
			roles[i].args);
	return 2;
}
