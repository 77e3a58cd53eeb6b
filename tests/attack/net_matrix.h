/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the cases of the matrix share: who is who, results, and visits from elsewhere. */
#pragma once

#include "net.h"

/* The address behind a word of the tables: any, own0, own1, host, neigh, peer, near, far,
 * bcast, lo, lo53, alias, ... or NULL where this run has none, and what is written as
 * digits is itself. */
const char *who(const char *word);
unsigned int count_own(bool v6);
bool is_own(const char *addr);
/* The source that SPEC gives a socket without one: the listed address equal to the
 * destination, else the one with the longest prefix that holds it, else the first. */
const char *expected_source(const char *destination);
bool has_services(void);
bool has_ports(unsigned int *first, unsigned int *last);

/* TAP. Returns ok. */
bool tap(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tap_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool tap_errno(int got, int want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool tap_text(const char *got, const char *want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What somebody elsewhere heard, while our servers answered "inside ...". */
struct visit {
	char line[LINE_SIZE];      /* the answer, or "! ERRNO" */
	int served;                /* index of the server of ours that answered, or -1 */
	struct name local, remote; /* of its connection */
};
/* from: self, host, neigh, wire. False: there is none such in this run. */
bool visit(const char *from, const char *request, const int *servers, size_t n,
	   struct visit *ret);
bool visit_tcp(const char *from, const char *to, unsigned int port, const int *servers,
	       size_t n, struct visit *ret);
/* Whose datagram came to the wire since it was asked last, within ms, or "nobody". What
 * is sent from a foreign address is not answered to us. */
void wire_saw(int ms, char *line);
/* The same of the host or the neighbour. */
void was_seen(const char *by, int ms, char *line);
bool visited(const struct visit *v);
/* A port that no case had before. */
unsigned int next_port(void);
/* Runs fn as uid 1000 in a child, and returns its errno. */
int as_person(int (*fn)(const char *addr, unsigned int port), const char *addr,
	      unsigned int port);

void cases_families(void);
void cases_bind(void);
void cases_reach(void);
void cases_listen(void);
void cases_tcp(void);
void cases_udp(void);
void cases_ip(void);
void cases_ports(void);
void cases_icmp(void);
void cases_ip6(void);
