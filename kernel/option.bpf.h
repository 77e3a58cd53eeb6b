/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Socket options. One that is served on a hidden port has accepted sockets on the port
 * that was asked for, and if those lacked SO_REUSEADDR the host's own service on 0.0.0.0
 * could not be started again there: listeners have it, and nobody takes it away. */
#pragma once

#define PAGE_SIZE 4096

static inline void make_reusable(struct bpf_sock_ops *c)
{
	int one = 1;

	bpf_setsockopt(c, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
}

SEC("cgroup/setsockopt")
int setsockopt(struct bpf_sockopt *c)
{
	int *on = c->optval;
	struct vctx_abi_root *r;
	struct label *l;

	if (c->level != SOL_SOCKET || c->optname != SO_REUSEADDR || !c->sk ||
	    c->sk->protocol != IPPROTO_TCP || (void *)(on + 1) > c->optval_end || *on) {
		/* what the kernel could not copy for us stays as the program gave it */
		if (c->optlen > PAGE_SIZE)
			c->optlen = 0;
		return 1;
	}
	l = bpf_sk_storage_get(&labels, c->sk, 0, 0);
	r = l && l->bound ? find_root(l->root) : 0;
	if (r && !(r->flags & VCTX_ROOT_ANY))
		c->optlen = -1; /* done: it stays as it is */
	return 1;
}
