/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all programs share: the maps, the label of a socket, and a root's arithmetic of
 * addresses. */
#pragma once

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "kstructs.h"
#include "vctx_abi.h"

#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOL_SOCKET 1
#define SO_REUSEADDR 2
#define EACCES 13
#define EINVAL 22
#define EADDRINUSE 98
#define EADDRNOTAVAIL 99
#define ENETUNREACH 101
#define ENOBUFS 105
#define EAFNOSUPPORT 97
#define EPROTONOSUPPORT 93

#define inline __attribute__((always_inline)) inline
/* Verified once, by itself, not at each of its callers: what has a loop. Its pointers are
 * tested, since the verifier does not know its callers. */
#define GLOBAL __attribute__((noinline))
#define LOCALHOST bpf_htonl(0x7f000001)

/* The verdict "no" with an error for the system call. */
static inline int deny(int error)
{
	bpf_set_retval(-error);
	return 0;
}

/* The level of a context's cgroup in the tree; set at load. */
const volatile __u32 level = 0;

/* What a socket is from its making on, whoever holds it. Accepted ones inherit it. */
struct label {
	__u64 root;                /* id of the cgroup in which it was made */
	struct vctx_abi_addr want; /* what bind asked for */
	__u32 lo_peer;             /* a loopback address that was sent to ... */
	__u32 uid;                 /* who bound it */
	__u16 want_port;           /* host order */
	__u16 lo_port;             /* ... and its port, network order: it is shown so */
	__u8 bound;                /* bind was called and went well */
	__u8 any;                  /* VCTX_LISTEN_ANY, _ANY6, or both */
	__u8 hidden;               /* sits on another port than was asked for */
	__u8 reuse;                /* SO_REUSEPORT at bind */
	__u8 lo6_peer;             /* the same of ::1, at lo_port */
	__u8 counted;              /* in `bound` */
	__u8 pad[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct vctx_abi_root);
} roots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 18);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vctx_abi_addr);
	__type(value, struct vctx_abi_owner);
} owner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct label);
} labels SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 1 << 18);
	__uint(key_size, sizeof(struct vctx_abi_listener));
	__uint(value_size, sizeof(__u64));
} listeners SEC(".maps");

/* How many sockets of a root have bound a port: the ports that the kernel gives to
 * clients, and the table of listeners, are everybody's. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u64);
} bound SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VCTX_COUNT_N);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

static inline struct vctx_abi_root *find_root(__u64 id)
{
	return bpf_map_lookup_elem(&roots, &id);
}

/* ---- IPv4, network order ---- */

static inline struct vctx_abi_addr mapped(__u32 ip)
{
	struct vctx_abi_addr a = {.w = {0, 0, bpf_htonl(0xffff), ip}};

	return a;
}

static inline int is_loopback(__u32 ip)
{
	return (ip & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000);
}

static inline int is_alias(__u32 ip)
{
	return (ip & bpf_htonl(0xff800000)) == bpf_htonl(VCTX_ABI_ALIAS_BASE);
}

static inline __u32 alias_xid(__u32 ip)
{
	return bpf_ntohl(ip) >> 7 & 0xffff;
}

static inline int is_alias_of(const struct vctx_abi_root *r, __u32 ip)
{
	return is_alias(ip) && alias_xid(ip) == r->xid;
}

/* Where an address of 127/8 is for the root; 0: nowhere, an alias by number as well.
 * 127.0.0.k and 127.0.1.k have one bit of the alias, k six more. */
static inline __u32 to_alias(const struct vctx_abi_root *r, __u32 ip)
{
	__u32 h = bpf_ntohl(ip);

	if ((h & 0xfffffec0) != 0x7f000000)
		return 0;
	return bpf_htonl(VCTX_ABI_ALIAS(r->xid) | (h & 0x3f) | (h & 0x100) >> 2);
}

static inline __u32 from_alias(__u32 ip)
{
	__u32 k = bpf_ntohl(ip) & 0x7f;

	return bpf_htonl(0x7f000000u | (k & 0x3f) | (k & 0x40) << 2);
}

/* 127/8 is the context's own; under chbind alone it is the host's. */
static inline int has_own_loopback(const struct vctx_abi_root *r)
{
	return !(r->flags & VCTX_ROOT_HOST);
}

GLOBAL int has_addr(const struct vctx_abi_root *r, __u32 ip)
{
	__u32 i;

	for (i = 0; r && i < VCTX_ABI_ADDRS && i < r->n_addr; i++)
		if (r->addr[i] == ip)
			return 1;
	return 0;
}

static inline int may_have(const struct vctx_abi_root *r, __u32 ip)
{
	return is_alias(ip) ? is_alias_of(r, ip) : has_addr(r, ip);
}

/* From the private loopback to an own address: only where nobody else can listen there.
 */
static inline int is_own_alone(const struct vctx_abi_root *r, __u32 ip)
{
	return !(r->flags & VCTX_ROOT_SHARED) && has_addr(r, ip);
}

/* The source for a destination: the same address, else the longest prefix that holds it,
 * else the first. 0: the root has none. */
GLOBAL __u32 source_for(const struct vctx_abi_root *r, __u32 dst)
{
	__u32 i, best = 0, longest = 0;

	if (!r)
		return 0;
	for (i = 0; i < VCTX_ABI_ADDRS && i < r->n_addr; i++) {
		__u32 mask = bpf_ntohl(r->mask[i]);

		if (r->addr[i] == dst)
			return dst;
		if (!((r->addr[i] ^ dst) & r->mask[i]) && (!best || mask > longest)) {
			best = r->addr[i];
			longest = mask;
		}
	}
	return best ?: r->n_addr ? r->addr[0] : 0;
}

/* port: host order. */
static inline int is_in_range(const struct vctx_abi_root *r, __u16 port)
{
	return !r->port_last || (port >= r->port_first && port <= r->port_last);
}

/* A service of the host's loopback that the root may reach. port: network order. */
GLOBAL int is_host_service(const struct vctx_abi_root *r, __u32 ip, __u16 port)
{
	__u32 i;

	for (i = 0; r && i < VCTX_ABI_SERVICES && i < r->n_service; i++)
		if (r->service[i].addr == ip && r->service[i].port == port)
			return 1;
	return 0;
}

/* ---- IPv6 ---- */

static inline int is_same6(const struct vctx_abi_addr *a, const struct vctx_abi_addr *b)
{
	return a->w[0] == b->w[0] && a->w[1] == b->w[1] && a->w[2] == b->w[2] &&
	       a->w[3] == b->w[3];
}

static inline int is_any6(const struct vctx_abi_addr *a)
{
	return !(a->w[0] | a->w[1] | a->w[2] | a->w[3]);
}

static inline int is_loopback6(const struct vctx_abi_addr *a)
{
	return !(a->w[0] | a->w[1] | a->w[2]) && a->w[3] == bpf_htonl(1);
}

static inline int is_mapped(const struct vctx_abi_addr *a)
{
	return !(a->w[0] | a->w[1]) && a->w[2] == bpf_htonl(0xffff);
}

static inline struct vctx_abi_addr alias6_of(const struct vctx_abi_root *r)
{
	struct vctx_abi_addr a = {.w = {bpf_htonl(VCTX_ABI_ALIAS6_0),
					bpf_htonl(VCTX_ABI_ALIAS6_1),
					bpf_htonl(VCTX_ABI_ALIAS6_2), bpf_htonl(r->xid)}};

	return a;
}

static inline int is_alias6(const struct vctx_abi_addr *a)
{
	return a->w[0] == bpf_htonl(VCTX_ABI_ALIAS6_0) &&
	       a->w[1] == bpf_htonl(VCTX_ABI_ALIAS6_1) &&
	       a->w[2] == bpf_htonl(VCTX_ABI_ALIAS6_2);
}

static inline int is_alias6_of(const struct vctx_abi_root *r,
			       const struct vctx_abi_addr *a)
{
	return is_alias6(a) && a->w[3] == bpf_htonl(r->xid);
}

/* An alias of either family. */
static inline int is_any_alias(const struct vctx_abi_addr *a)
{
	return is_alias6(a) || (is_mapped(a) && is_alias(a->w[3]));
}

GLOBAL int has_addr6(const struct vctx_abi_root *r, const struct vctx_abi_addr *a)
{
	__u32 i;

	for (i = 0; r && a && i < VCTX_ABI_ADDRS && i < r->n_addr6; i++)
		if (is_same6(&r->addr6[i], a))
			return 1;
	return 0;
}

static inline int may_have6(const struct vctx_abi_root *r, const struct vctx_abi_addr *a)
{
	return is_alias6(a) ? is_alias6_of(r, a) : has_addr6(r, a);
}

static inline int is_own_alone6(const struct vctx_abi_root *r,
				const struct vctx_abi_addr *a)
{
	return !(r->flags & VCTX_ROOT_SHARED) && has_addr6(r, a);
}

/* How many leading bits two addresses share. A function of its own for the verifier,
 * which would follow each of its ways in every turn of a loop. */
GLOBAL int common_bits(const struct vctx_abi_addr *a, const struct vctx_abi_addr *b)
{
	__u32 i, x, n = 0;

	if (!a || !b)
		return 0;
	for (i = 0; i < 4; i++) {
		x = bpf_ntohl(a->w[i] ^ b->w[i]);
		if (x)
			break;
		n += 32;
	}
	for (i = 0; n < 128 && i < 32 && !(x & 0x80000000u >> i); i++)
		n++;
	return n;
}

/* How well the root's i-th address fits as the source for dst: 0 not at all, else more
 * the longer its prefix is, and most for dst itself. */
GLOBAL int fit6(const struct vctx_abi_root *r, __u32 i, const struct vctx_abi_addr *dst)
{
	struct vctx_abi_addr own;
	__u32 bits;

	if (!r || !dst)
		return 0;
	i %= VCTX_ABI_ADDRS;
	own = r->addr6[i];
	bits = common_bits(&own, dst);
	if (bits >= 128)
		return 130;
	return bits < r->prefix6[i] ? 0 : r->prefix6[i] + 1;
}

/* As source_for. The root has at least one IPv6 address. The first of the best: fit and
 * place are one number, which the verifier follows with ease. */
GLOBAL int source_for6(const struct vctx_abi_root *r, const struct vctx_abi_addr *dst,
		       struct vctx_abi_addr *ret)
{
	__u32 i, best = VCTX_ABI_ADDRS - 1;

	if (!r || !dst || !ret)
		return 0;
	for (i = 0; i < VCTX_ABI_ADDRS && i < r->n_addr6; i++) {
		__u32 fit =
			(__u32)fit6(r, i, dst) * VCTX_ABI_ADDRS + VCTX_ABI_ADDRS - 1 - i;

		if (fit > best)
			best = fit;
	}
	*ret = r->addr6[VCTX_ABI_ADDRS - 1 - best % VCTX_ABI_ADDRS];
	return 0;
}

/* ---- labels ---- */

/* The root that a socket's system call falls under. NULL: refused; or nothing holds and
 * *ret_free is set. */
static inline struct vctx_abi_root *root_of(struct bpf_sock_addr *c, struct label **ret,
					    int *ret_free)
{
	struct label *l = c->sk ? bpf_sk_storage_get(&labels, c->sk, 0, 0) : 0;
	struct vctx_abi_root *r;

	/* made before the programs were loaded: by a context without restriction, or else
	 * it has no business here */
	r = find_root(l ? l->root : bpf_get_current_ancestor_cgroup_id(level));
	*ret = l;
	*ret_free = r && (r->flags & VCTX_ROOT_ANY);
	if (r && l && !*ret_free)
		return r;
	if (!*ret_free)
		count(VCTX_COUNT_UNLABELED);
	return 0;
}
