/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who listens, or is bound (UDP), at an address. */
#pragma once

enum whose { NOBODY, OURS, OURS_TO_SHARE, ANOTHER };

/* Releases sk. OURS_TO_SHARE: by SO_REUSEPORT and the same user. */
static inline enum whose whose(struct bpf_sock *sk, const struct label *l)
{
	enum whose ret = ANOTHER;
	struct label *other;

	if (!sk)
		return NOBODY;
	other = bpf_sk_storage_get(&labels, sk, 0, 0);
	if (other && other->root == l->root)
		ret = other->reuse && l->reuse &&
				      other->uid == (__u32)bpf_get_current_uid_gid()
			      ? OURS_TO_SHARE
			      : OURS;
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

static inline enum whose who_tcp6(struct bpf_sock_addr *c, const struct label *l,
				  const struct vctx_abi_addr *a, __u16 port)
{
	struct bpf_sock_tuple t = {};

	t.ipv6.saddr[3] = bpf_htonl(1);
	t.ipv6.sport = bpf_htons(1);
	t.ipv6.daddr[0] = a->w[0];
	t.ipv6.daddr[1] = a->w[1];
	t.ipv6.daddr[2] = a->w[2];
	t.ipv6.daddr[3] = a->w[3];
	t.ipv6.dport = port;
	return whose(bpf_sk_lookup_tcp(c, &t, sizeof(t.ipv6), BPF_F_CURRENT_NETNS, 0), l);
}

/* Has somebody the port on every address? No one's 0.0.0.1 and 100::1 find out. */
static inline int is_taken(struct bpf_sock_addr *c, const struct label *l, __u16 port)
{
	return who_tcp(c, l, bpf_htonl(1), port) == ANOTHER;
}

static inline int is_taken6(struct bpf_sock_addr *c, const struct label *l, __u16 port)
{
	struct vctx_abi_addr discard = {.w = {bpf_htonl(0x01000000), 0, 0, bpf_htonl(1)}};

	return who_tcp6(c, l, &discard, port) == ANOTHER;
}
