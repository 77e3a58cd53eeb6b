/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who listens, or is bound (UDP), at an address. */
#pragma once

enum whose { NOBODY, OURS, ANOTHER };

/* Releases sk. */
static inline enum whose whose(struct bpf_sock *sk, const struct label *l)
{
	struct label *other;
	enum whose ret;

	if (!sk)
		return NOBODY;
	other = bpf_sk_storage_get(&labels, sk, 0, 0);
	ret = other && other->root == l->root ? OURS : ANOTHER;
	bpf_sk_release(sk);
	return ret;
}

/* port: network order. */
static inline enum whose who_tcp(struct bpf_sock_addr *c, const struct label *l, __u32 ip,
				 __u16 port)
{
	struct bpf_sock_tuple t = {};

	t.ipv4.saddr = bpf_htonl(1);
	t.ipv4.sport = bpf_htons(1);
	t.ipv4.daddr = ip;
	t.ipv4.dport = port;
	return whose(bpf_sk_lookup_tcp(c, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0), l);
}

static inline enum whose who_udp(struct bpf_sock_addr *c, const struct label *l, __u32 ip,
				 __u16 port)
{
	struct bpf_sock_tuple t = {};

	t.ipv4.saddr = bpf_htonl(1);
	t.ipv4.sport = bpf_htons(1);
	t.ipv4.daddr = ip;
	t.ipv4.dport = port;
	return whose(bpf_sk_lookup_udp(c, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0), l);
}

/* Of either family and protocol. */
GLOBAL int who(struct bpf_sock_addr *c, const struct label *l,
	       const struct vctx_abi_addr *a, __u16 port)
{
	int tcp = c->protocol == IPPROTO_TCP;
	struct bpf_sock_tuple t = {};

	if (!l || !a)
		return ANOTHER;
	if (is_mapped(a))
		return tcp ? who_tcp(c, l, a->w[3], port) : who_udp(c, l, a->w[3], port);
	t.ipv6.saddr[3] = bpf_htonl(1);
	t.ipv6.sport = bpf_htons(1);
	t.ipv6.daddr[0] = a->w[0];
	t.ipv6.daddr[1] = a->w[1];
	t.ipv6.daddr[2] = a->w[2];
	t.ipv6.daddr[3] = a->w[3];
	t.ipv6.dport = port;
	return whose(
		tcp ? bpf_sk_lookup_tcp(c, &t, sizeof(t.ipv6), BPF_F_CURRENT_NETNS, 0)
		    : bpf_sk_lookup_udp(c, &t, sizeof(t.ipv6), BPF_F_CURRENT_NETNS, 0),
		l);
}

/* Has somebody the port on every address? No one's 0.0.0.1 and 100::1 find out. */
static inline int is_taken(struct bpf_sock_addr *c, const struct label *l, __u16 port)
{
	return who_tcp(c, l, bpf_htonl(1), port) == ANOTHER;
}

static inline int is_taken6(struct bpf_sock_addr *c, const struct label *l, __u16 port)
{
	struct vctx_abi_addr discard = {};

	discard.w[0] = bpf_htonl(0x01000000);
	discard.w[3] = bpf_htonl(1);
	return who(c, l, &discard, port) == ANOTHER;
}

/* Is k served already, so that no second one can be? By SO_REUSEPORT one user's sockets
 * may be several. The kernel's own test sees hidden ports only. */
GLOBAL int is_served(const struct label *l, const struct vctx_abi_listener *wanted)
{
	struct vctx_abi_listener k;
	struct bpf_sock *sk;
	struct label *other;
	int ret = 0, room = 0;
	__u32 i;

	if (!l || !wanted)
		return 1;
	k = *wanted;
	sk = bpf_map_lookup_elem(&listeners, &k);
	if (sk) {
		bpf_sk_release(sk);
		return 1;
	}
	k.kind |= VCTX_LISTEN_REUSE;
	for (i = 0; !ret && i < VCTX_ABI_LISTENERS; i++) {
		k.slot = i;
		sk = bpf_map_lookup_elem(&listeners, &k);
		if (!sk) {
			room = 1;
			continue;
		}
		other = bpf_sk_storage_get(&labels, sk, 0, 0);
		ret = !other || !l->reuse || other->uid != l->uid;
		bpf_sk_release(sk);
	}
	return ret || !room;
}

/* Is k served by another user? On all addresses it would lose its port to one on a single
 * address. */
GLOBAL int is_others(const struct label *l, const struct vctx_abi_listener *wanted)
{
	struct vctx_abi_listener k;
	struct bpf_sock *sk;
	struct label *other;
	int ret;

	if (!l || !wanted)
		return 1;
	k = *wanted;
	sk = bpf_map_lookup_elem(&listeners, &k);
	if (!sk)
		return 0;
	other = bpf_sk_storage_get(&labels, sk, 0, 0);
	ret = !other || other->uid != l->uid;
	bpf_sk_release(sk);
	return ret;
}
