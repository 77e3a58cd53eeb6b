/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen(): a listener is put where steer finds it. */
#pragma once

/* Puts a listener where steer finds it: first come, first served, but for SO_REUSEPORT.
 */
static inline void enlist(struct bpf_sock_ops *c, struct vctx_abi_listener *k,
			  const struct label *l)
{
	__u32 i;

	k->kind &= ~VCTX_LISTEN_REUSE;
	k->slot = 0;
	if (!l->reuse) {
		if (bpf_sock_hash_update(c, &listeners, k, BPF_NOEXIST))
			count(VCTX_COUNT_FULL);
		return;
	}
	k->kind |= VCTX_LISTEN_REUSE;
	for (i = 0; i < VCTX_ABI_LISTENERS; i++) {
		k->slot = i;
		if (!bpf_sock_hash_update(c, &listeners, k, BPF_NOEXIST))
			return;
	}
	count(VCTX_COUNT_FULL);
}

/* On addresses that others have as well the listener is found by address. */
static inline void enlist_shared(struct bpf_sock_ops *c, const struct vctx_abi_root *r,
				 const struct label *l, struct vctx_abi_listener *k)
{
	__u32 i;

	k->root = 0;
	for (i = 0; l->any & VCTX_LISTEN_ANY && i < VCTX_ABI_ADDRS && i < r->n_addr;
	     i++) {
		k->addr = mapped(r->addr[i]);
		k->kind = VCTX_LISTEN_ANY;
		enlist(c, k, l);
	}
	for (i = 0; l->any & VCTX_LISTEN_ANY6 && i < VCTX_ABI_ADDRS && i < r->n_addr6;
	     i++) {
		k->addr = r->addr6[i];
		k->kind = VCTX_LISTEN_ANY6;
		enlist(c, k, l);
	}
}

static inline void listen_began(struct bpf_sock_ops *c, const struct vctx_abi_root *r,
				struct label *l)
{
	struct vctx_abi_listener k = {.root = l->root};

	if (!c->local_ip4) { /* without bind, or after one that the kernel refused */
		l->any = VCTX_LISTEN_ANY | (c->family == AF_INET6 ? VCTX_LISTEN_ANY6 : 0);
		l->hidden = 0;
		l->reuse = 0;
		l->want_port = 0;
		l->bound = 1;
	}
	/* what was asked for counts where the kernel's port is another by our doing alone
	 */
	k.port = l->hidden ? l->want_port : c->local_port;
	if (!l->any) {
		k.addr = l->want;
		if (r->flags & VCTX_ROOT_SHARED && !is_any_alias(&k.addr))
			k.root = 0;
		enlist(c, &k, l);
		return;
	}
	if (l->any & VCTX_LISTEN_ANY) {
		k.kind = VCTX_LISTEN_ANY;
		enlist(c, &k, l);
	}
	if (l->any & VCTX_LISTEN_ANY6) {
		k.kind = VCTX_LISTEN_ANY6;
		enlist(c, &k, l);
	}
	if (r->flags & VCTX_ROOT_SHARED)
		enlist_shared(c, r, l, &k);
}

SEC("sockops")
int listens(struct bpf_sock_ops *c)
{
	struct vctx_abi_root *r;
	struct label *l;

	if (!c->sk || (c->op != BPF_SOCK_OPS_TCP_LISTEN_CB &&
		       c->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB))
		return 1;
	l = bpf_sk_storage_get(&labels, c->sk, 0, 0);
	r = l ? find_root(l->root) : 0;
	if (!r || r->flags & VCTX_ROOT_ANY)
		return 1;
	if (c->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
		l->counted = 0; /* its label is a copy of the listener's */
		return 1;
	}
	make_reusable(c);
	if (count_bound(l))
		listen_began(c, r, l);
	else
		count(VCTX_COUNT_FULL);
	return 1;
}
