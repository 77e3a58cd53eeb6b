/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which listener gets a connection to an address of ours: the one on that address, else
 * the one on all of its root's. The host's listeners are never asked. */
#pragma once

static inline int assign(struct bpf_sk_lookup *c, struct vctx_abi_listener *k)
{
	struct bpf_sock *sk = bpf_map_lookup_elem(&listeners, k);
	long error;

	if (!sk)
		return 0;
	error = bpf_sk_assign(c, sk, 0);
	bpf_sk_release(sk);
	if (!error)
		count(VCTX_COUNT_STEERED);
	return !error;
}

/* One that listens alone, or one of those that share the port, each as often as the
 * others: they fill the slots from the first on, but for those that have gone. */
static inline int hand_over(struct bpf_sk_lookup *c, struct vctx_abi_listener *k)
{
	__u32 i, n;

	k->slot = 0;
	if (assign(c, k))
		return 1;
	k->kind |= VCTX_LISTEN_REUSE;
#pragma unroll
	for (n = VCTX_ABI_LISTENERS; n > 0; n /= 2) {
		k->slot = bpf_get_prandom_u32() % n;
		if (assign(c, k))
			return 1;
	}
	for (i = 0; i < VCTX_ABI_LISTENERS; i++) {
		k->slot = i;
		if (assign(c, k))
			return 1;
	}
	return 0;
}

static inline int hand_to(struct bpf_sk_lookup *c, __u64 root,
			  const struct vctx_abi_addr *a, __u8 kind)
{
	struct vctx_abi_listener k = {.root = root, .port = c->local_port, .kind = kind};

	/* those on all addresses of a root that is alone on them are known by the root */
	if (kind == VCTX_LISTEN_ADDR || !root)
		k.addr = *a;
	return hand_over(c, &k);
}

static inline struct vctx_abi_owner *owner_of(__u32 ip)
{
	struct vctx_abi_addr a = mapped(is_alias(ip) ? ip & bpf_htonl(0xffffff80) : ip);

	return bpf_map_lookup_elem(&owner, &a);
}

static inline int refuse(void)
{
	count(VCTX_COUNT_REFUSED);
	return SK_DROP;
}

static inline int steer4(struct bpf_sk_lookup *c)
{
	__u32 ip = c->local_ip4, from = c->remote_ip4;
	struct vctx_abi_owner *o = owner_of(ip), *sender;
	struct vctx_abi_addr a = mapped(ip);

	if (is_alias(ip)) {
		/* from its own context alone; and datagrams that answer from a service of
		 * the host's, which ingress looks at */
		sender = owner_of(from);
		if (!o || ((!sender || sender->root != o->root) &&
			   !(is_alias(from) && alias_xid(from) == o->xid) &&
			   !(c->protocol == IPPROTO_UDP && is_loopback(from) &&
			     !is_alias(from)) &&
			   !(sender && !sender->root)))
			return refuse();
	} else if (!o) {
		return SK_PASS;
	} else if (o->root && is_loopback(from) &&
		   !(is_alias(from) && alias_xid(from) == o->xid)) {
		return refuse(); /* it would be taken for the context's own loopback */
	}
	if (c->protocol != IPPROTO_TCP || hand_to(c, o->root, &a, VCTX_LISTEN_ADDR) ||
	    hand_to(c, o->root, &a, VCTX_LISTEN_ANY))
		return SK_PASS;
	return o->root ? refuse() : SK_PASS;
}

static inline int steer6(struct bpf_sk_lookup *c)
{
	struct vctx_abi_owner *o, *sender;
	struct vctx_abi_addr a, from;

	a.w[0] = c->local_ip6[0];
	a.w[1] = c->local_ip6[1];
	a.w[2] = c->local_ip6[2];
	a.w[3] = c->local_ip6[3];
	o = bpf_map_lookup_elem(&owner, &a);
	if (!o)
		return is_alias6(&a) ? refuse() : SK_PASS;
	from.w[0] = c->remote_ip6[0];
	from.w[1] = c->remote_ip6[1];
	from.w[2] = c->remote_ip6[2];
	from.w[3] = c->remote_ip6[3];
	if (is_alias6(&a) || (o->root && (is_alias6(&from) || is_loopback6(&from)))) {
		/* own to own; from an address that several have, ingress tells whose */
		sender = bpf_map_lookup_elem(&owner, &from);
		if (!sender || (sender->root && sender->root != o->root))
			return refuse();
	}
	if (c->protocol != IPPROTO_TCP || hand_to(c, o->root, &a, VCTX_LISTEN_ADDR) ||
	    hand_to(c, o->root, &a, VCTX_LISTEN_ANY6))
		return SK_PASS;
	return o->root ? refuse() : SK_PASS;
}

SEC("sk_lookup")
int steer(struct bpf_sk_lookup *c)
{
	return c->family == AF_INET ? steer4(c) : steer6(c);
}
