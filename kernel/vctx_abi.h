/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs in the kernel and the tools that load and feed them agree on: values
 * of the pinned maps. A change of layout is a new VCTX_ABI, and a load over maps of
 * another one is refused. */
#pragma once

#include <linux/types.h>

#define VCTX_ABI 1u
#define VCTX_ABI_ADDRS 16     /* IPv4 addresses of a root, and as many IPv6 ones */
#define VCTX_ABI_SERVICES 8   /* services of the host's loopback that may be reached */
#define VCTX_ABI_LISTENERS 16 /* sockets that share one port with SO_REUSEPORT */
#define VCTX_ABI_BOUND 2048   /* sockets of one root that have bound a port */
#define VCTX_ABI_PUBLISH 16   /* ports of the host that lead to it */

/* Flags of a root. */
enum {
	VCTX_ROOT_ANY = 1u << 0,     /* ip=any: no rule holds */
	VCTX_ROOT_NONE = 1u << 1,    /* ip=none: no INET socket at all */
	VCTX_ROOT_SHARED = 1u << 2,  /* others have its addresses as well */
	VCTX_ROOT_HOST = 1u << 3,    /* chbind alone, context 0: 127/8 is the host's */
	VCTX_ROOT_NAT = 1u << 4,     /* masqueraded: egress sees the source behind it */
	VCTX_ROOT_DEVICES = 1u << 5, /* may open the few devices of a context only */
};

/* An address: IPv6, or IPv4 as ::ffff:a.b.c.d. Network order. */
struct vctx_abi_addr {
	__u32 w[4];
};

struct vctx_abi_service {
	__u32 addr; /* in 127/8, network order */
	__u16 port; /* network order */
	__u16 pad;
};

struct vctx_abi_publish {
	__u16 port;    /* of the host, network order */
	__u8 protocol; /* IPPROTO_TCP, IPPROTO_UDP */
	__u8 pad;
};

/* Value of `roots`, by the id of the context's cgroup (TOP/vctx/<n>, TOP/vctx/b<k>). */
struct vctx_abi_root {
	__u32 abi;   /* VCTX_ABI */
	__u32 xid;   /* 0: chbind alone */
	__u32 flags; /* VCTX_ROOT_* */
	__u32 uid0;  /* the host's id of its root: may bind ports below 1024 */
	__u16 port_first, port_last; /* host order; 0, 0: every port */
	__u8 n_addr, n_addr6, n_service, n_publish;
	__u32 bcast;                                      /* network order, or 0 */
	__u32 addr[VCTX_ABI_ADDRS], mask[VCTX_ABI_ADDRS]; /* network order */
	struct vctx_abi_addr addr6[VCTX_ABI_ADDRS];
	__u8 prefix6[VCTX_ABI_ADDRS];
	struct vctx_abi_service service[VCTX_ABI_SERVICES];
	struct vctx_abi_publish publish[VCTX_ABI_PUBLISH];
};

/* Value of `owner`, by address: whose it is. A context that is alone on its addresses is
 * there with each of them, and every context but 0 with the first alias of its loopback
 * (VCTX_ABI_ALIAS), and of ::1 if it has IPv6. */
struct vctx_abi_owner {
	__u64 root; /* id of its cgroup; 0: shared, listeners are looked up by address */
	__u32 xid;  /* 0: shared, or chbind alone */
	__u32 pad;
};

/* Key of `listeners`, a sockhash. */
struct vctx_abi_listener {
	__u64 root;                /* id of the cgroup; 0: on a shared address */
	struct vctx_abi_addr addr; /* zero where kind says so */
	__u16 port;                /* host order: the port that was asked for */
	__u8 kind;                 /* VCTX_LISTEN_* */
	__u8 slot;                 /* 0, or up to VCTX_ABI_LISTENERS - 1 with reuseport */
	__u32 pad;
};

enum {
	VCTX_LISTEN_ADDR = 0,  /* on one address */
	VCTX_LISTEN_ANY = 1,   /* on all of the root's IPv4 addresses */
	VCTX_LISTEN_ANY6 = 2,  /* on all of its IPv6 addresses */
	VCTX_LISTEN_REUSE = 4, /* or'ed: SO_REUSEPORT */
};

/* Index into `counters`, an array of __u64, for people who look for a fault. */
enum {
	VCTX_COUNT_EGRESS,    /* packets dropped on their way out */
	VCTX_COUNT_INGRESS,   /* and in */
	VCTX_COUNT_STEERED,   /* connections handed to a listener */
	VCTX_COUNT_REFUSED,   /* connections to an address of ours without one */
	VCTX_COUNT_FULL,      /* listeners for which there was no room */
	VCTX_COUNT_UNLABELED, /* sockets without label that were refused */
	VCTX_COUNT_N
};

/* The loopback of context xid: 127.0.0.k and 127.0.1.k, k < 64, are 127.128/9 with 16
 * bits of xid and 7 bits of what was asked for. Host order. */
#define VCTX_ABI_ALIAS_BASE 0x7f800000u
#define VCTX_ABI_ALIAS(xid) (VCTX_ABI_ALIAS_BASE | (__u32)(xid) << 7)

/* And its ::1: fd76:6374:7800::xid, put on lo. The first three words, host order. */
#define VCTX_ABI_ALIAS6_0 0xfd766374u
#define VCTX_ABI_ALIAS6_1 0x78000000u
#define VCTX_ABI_ALIAS6_2 0u

_Static_assert(sizeof(struct vctx_abi_addr) == 16, "ABI");
_Static_assert(sizeof(struct vctx_abi_service) == 8, "ABI");
_Static_assert(sizeof(struct vctx_abi_root) == 28 + 128 + 256 + 16 + 64 + 64, "ABI");
_Static_assert(sizeof(struct vctx_abi_owner) == 16, "ABI");
_Static_assert(sizeof(struct vctx_abi_listener) == 32, "ABI");
