/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program sees of addresses: its loopback as 127.0.0.1 and ::1, and what it bound
 * to. These programs may not refuse. */
#pragma once

/* The root and label of a socket; NULL: shown as it is. */
static inline struct vctx_abi_root *shown_root(struct bpf_sock_addr *c,
					       struct label **ret)
{
	struct label *l = c->sk ? bpf_sk_storage_get(&labels, c->sk, 0, 0) : 0;

	*ret = l;
	return l ? find_root(l->root) : 0;
}

static inline __u32 shown_peer(const struct vctx_abi_root *r, const struct label *l,
			       __u32 ip, __u16 port)
{
	if (l->lo_peer && r->n_addr && ip == r->addr[0] && port == l->lo_port)
		return from_alias(l->lo_peer);
	return is_alias_of(r, ip) ? from_alias(ip) : ip;
}

static inline int show_peer(struct bpf_sock_addr *c)
{
	struct vctx_abi_root *r;
	struct label *l;

	r = shown_root(c, &l);
	if (r && l)
		c->user_ip4 = shown_peer(r, l, c->user_ip4, c->user_port);
	return 1;
}

static inline int show_peer6(struct bpf_sock_addr *c)
{
	const struct vctx_abi_addr loopback = {.w = {0, 0, 0, bpf_htonl(1)}};
	struct vctx_abi_root *r;
	struct vctx_abi_addr a;
	struct label *l;

	r = shown_root(c, &l);
	if (!r || !l)
		return 1;
	get6(c, &a);
	if (is_mapped(&a))
		WORD6(c, user_ip6, 3) = shown_peer(r, l, a.w[3], c->user_port);
	else if (is_alias6_of(r, &a) || (l->lo6_peer && c->user_port == l->lo_port &&
					 is_same6(&a, &r->addr6[0])))
		set6(c, &loopback);
	return 1;
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *c)
{
	return show_peer(c);
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *c)
{
	return show_peer(c);
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *c)
{
	return show_peer6(c);
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *c)
{
	return show_peer6(c);
}

/* Is it as bind left it, so that what bind asked for is shown? here: the kernel has an
 * address for it, so it did not refuse. */
static inline int shows_want(struct bpf_sock_addr *c, const struct label *l, int here)
{
	return l->bound && here && !c->sk->dst_port;
}

SEC("cgroup/getsockname4")
int getsockname4(struct bpf_sock_addr *c)
{
	__u32 ip = c->user_ip4;
	struct vctx_abi_root *r;
	struct label *l;
	int want;

	r = shown_root(c, &l);
	if (!r || !l)
		return 1;
	want = shows_want(c, l, !!ip);
	if (want && l->any && c->protocol == IPPROTO_TCP)
		ip = 0;
	else if (is_alias_of(r, ip))
		ip = from_alias(ip);
	c->user_ip4 = ip;
	if (want && l->hidden)
		c->user_port = bpf_htons(l->want_port);
	return 1;
}

SEC("cgroup/getsockname6")
int getsockname6(struct bpf_sock_addr *c)
{
	int want, hidden;
	struct vctx_abi_root *r;
	struct vctx_abi_addr a;
	struct label *l;

	r = shown_root(c, &l);
	if (!r || !l)
		return 1;
	get6(c, &a);
	want = shows_want(c, l, !is_any6(&a));
	hidden = want && l->hidden;
	if (want && l->any & VCTX_LISTEN_ANY6 && c->protocol == IPPROTO_TCP) {
		a.w[0] = a.w[1] = a.w[2] = a.w[3] = 0;
	} else if (is_mapped(&a)) {
		if (want && l->any && c->protocol == IPPROTO_TCP)
			a.w[3] = 0;
		else if (is_alias_of(r, a.w[3]))
			a.w[3] = from_alias(a.w[3]);
	} else if (is_alias6_of(r, &a)) {
		a.w[0] = a.w[1] = a.w[2] = 0;
		a.w[3] = bpf_htonl(1);
	}
	set6(c, &a);
	if (hidden)
		c->user_port = bpf_htons(l->want_port);
	return 1;
}
