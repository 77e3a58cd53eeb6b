/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPv4 root of a context as text and numbers: addresses, pools, ports, services.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define VCTX_IP_MAX 16u       /* addresses of one root, and as many IPv6 ones */
#define VCTX_SERVICES_MAX 8u  /* host:port entries of HOST_SERVICES */
#define VCTX_SOCKETS_MAX 4u   /* LABEL=/path/sock entries of it */
#define VCTX_PUBLISH_MAX 16u  /* entries of PUBLISH */
#define VCTX_SOCKET_SIZE 108u /* a path as sockaddr_un holds it */
#define VCTX_DEV_SIZE 16u     /* a device's name and NUL */

enum vctx_net {
	VCTX_NET_UNSET,
	VCTX_NET_ANY,  /* no restriction */
	VCTX_NET_NONE, /* no network at all */
	VCTX_NET_ROOT, /* the addresses below, and no others */
};

struct vctx_ip4 {
	uint32_t addr; /* network order */
	uint8_t prefix;
	char dev[VCTX_DEV_SIZE]; /* "": the root's */
};

struct vctx_ip6 {
	uint8_t addr[16];
	uint8_t prefix;
	char dev[VCTX_DEV_SIZE];
};

struct vctx_pool {
	char name[64]; /* "": none */
	uint32_t net;  /* network order */
	uint8_t prefix;
	char dev[VCTX_DEV_SIZE];        /* "": the root's */
	char masquerade[VCTX_DEV_SIZE]; /* "": none */
};

struct vctx_ip_service {
	uint32_t addr; /* in 127/8, network order */
	uint16_t port; /* host order */
};

struct vctx_publish {
	bool udp;
	uint16_t port, inside; /* host order: on the host, and of the context */
};

/* All that is said about a context's network. Fixed size, part of a plan. */
struct vctx_iproot {
	enum vctx_net net;
	struct vctx_ip4 v4[VCTX_IP_MAX]; /* of a pool: none before the lease */
	uint32_t n_v4;
	struct vctx_ip6 v6[VCTX_IP_MAX]; /* of auto: none before the start */
	uint32_t n_v6;
	bool auto6;
	uint32_t bcast;                 /* network order, or 0 */
	uint16_t port_first, port_last; /* host order; 0, 0: every port */
	char dev[VCTX_DEV_SIZE];        /* "": the default route's */
	struct vctx_pool pool;
	struct vctx_ip_service service[VCTX_SERVICES_MAX];
	uint32_t n_service;
	char socket[VCTX_SOCKETS_MAX][VCTX_SOCKET_SIZE]; /* paths */
	uint32_t n_socket;
	struct vctx_publish publish[VCTX_PUBLISH_MAX];
	uint32_t n_publish;
};

/* "any", "none", "pool:NAME" (only the name is set; the caller looks the pool up) or
 * "[dev:]ip[/prefix|/mask] ..." into net, v4, n_v4 and pool.name of ret. mask: the prefix
 * of an address without one, 24 where nobody says another. Refused: what vctx_ip_check_v4
 * refuses, an address twice, more than VCTX_IP_MAX. */
int vctx_ip_parse_root(const char *text, uint8_t mask, struct vctx_iproot *ret,
		       struct vctx_err *err) VCTX_MUST_CHECK;
/* "auto" or "[dev@]ip6[/prefix] ..." into v6, n_v6, auto6: "eth0@2001:db8::1/64"; 64 is
 * the prefix of an address without one. Refused: ::, ::1, multicast, link-local and
 * IPv4-mapped ones. */
int vctx_ip_parse_root6(const char *text, struct vctx_iproot *ret,
			struct vctx_err *err) VCTX_MUST_CHECK;
/* "1.2.3.4", "1.2.3.4/24" or "1.2.3.4/255.255.255.0", whatever address it is. */
int vctx_ip_parse_v4(const char *text, uint8_t mask, struct vctx_ip4 *ret,
		     struct vctx_err *err) VCTX_MUST_CHECK;
/* "/24", "24" or "255.255.255.0" as a prefix, 1 to 32. */
int vctx_ip_parse_mask(const char *text, uint8_t *ret,
		       struct vctx_err *err) VCTX_MUST_CHECK;
/* A broadcast address: "10.0.0.255", "255.255.255.255". */
int vctx_ip_parse_bcast(const char *text, uint32_t *ret,
			struct vctx_err *err) VCTX_MUST_CHECK;
/* "30000-30099", both from 1 to 65535. */
int vctx_ip_parse_ports(const char *text, struct vctx_iproot *ret,
			struct vctx_err *err) VCTX_MUST_CHECK;
/* HOST_SERVICES: "127.0.0.53:53 mysql=/run/mysqld/mysqld.sock". The label is for people
 * alone. */
int vctx_ip_parse_services(const char *text, struct vctx_iproot *ret,
			   struct vctx_err *err) VCTX_MUST_CHECK;
/* PUBLISH: "tcp:2001:22 udp:53:53". */
int vctx_ip_parse_publish(const char *text, struct vctx_iproot *ret,
			  struct vctx_err *err) VCTX_MUST_CHECK;
/* POOL_name: "10.66.0.0/22 dev=lo masquerade=eth0". */
int vctx_ip_parse_pool(const char *name, const char *text, struct vctx_pool *ret,
		       struct vctx_err *err) VCTX_MUST_CHECK;

/* Is what the root asks for the same? What a start filled in is not looked at: the lease
 * of a pool, the address of auto6, a device where one of the two names none. */
bool vctx_ip_is_same(const struct vctx_iproot *a, const struct vctx_iproot *b);

/* May this address (network order) be one of a root's? Not 0.0.0.0, 255.255.255.255,
 * multicast, or of 127/8, which every context has to itself. */
int vctx_ip_check_v4(uint32_t addr, struct vctx_err *err) VCTX_MUST_CHECK;
/* Does it hang together: addresses with VCTX_NET_ROOT and there alone, PUBLISH where an
 * IPv4 address is? Sockets of HOST_SERVICES are mounts: they go with every kind. */
int vctx_ip_check(const struct vctx_iproot *root, struct vctx_err *err) VCTX_MUST_CHECK;

/* "any", "none", "root", or "". */
const char *vctx_ip_net_name(enum vctx_net net);

/* What the root's addresses are, as IPROOT= is written: "any", "none", "10.0.0.4/24 ...",
 * or "pool:lab" where none is leased yet. Returns the length or -ENOSPC. */
int vctx_ip_print_root(const struct vctx_iproot *root, char *buf,
		       size_t size) VCTX_MUST_CHECK;
int vctx_ip_print_root6(const struct vctx_iproot *root, char *buf,
			size_t size) VCTX_MUST_CHECK;
/* The rest, as it is read; "" where there is nothing. The pool without its name. */
int vctx_ip_print_services(const struct vctx_iproot *root, char *buf,
			   size_t size) VCTX_MUST_CHECK;
int vctx_ip_print_publish(const struct vctx_iproot *root, char *buf,
			  size_t size) VCTX_MUST_CHECK;
int vctx_ip_print_pool(const struct vctx_pool *pool, char *buf,
		       size_t size) VCTX_MUST_CHECK;

/* The nth address of the pool that may be leased, n from 0; false: there are no more.
 * Network and broadcast are not, but for /31 and /32, which have none (RFC 3021). */
bool vctx_ip_pool_nth(const struct vctx_pool *pool, uint32_t n, uint32_t *ret);
/* Is it one of those? */
bool vctx_ip_pool_has(const struct vctx_pool *pool, uint32_t addr);
bool vctx_ip_pool_overlaps(const struct vctx_pool *a, const struct vctx_pool *b);
/* [A-Za-z0-9._-]{1,15}, not "." or "..": a device's name that is safe in every text. */
bool vctx_ip_dev_is_valid(const char *name);
