/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket's making and end: its label, and how many its root has. */
#pragma once

/* One root's sockets must not take the room of all others'. 0: it has too many. */
static inline int count_bound(struct label *l)
{
	const __u64 none = 0;
	__u64 *n;

	if (l->counted)
		return 1;
	n = bpf_map_lookup_elem(&bound, &l->root);
	if (!n) {
		bpf_map_update_elem(&bound, &l->root, &none, BPF_NOEXIST);
		n = bpf_map_lookup_elem(&bound, &l->root);
	}
	if (!n || *n >= VCTX_ABI_BOUND)
		return 0;
	__sync_fetch_and_add(n, 1);
	l->counted = 1;
	return 1;
}

SEC("cgroup/sock_create")
int sock_create(struct bpf_sock *c)
{
	__u64 id = bpf_get_current_ancestor_cgroup_id(level);
	struct vctx_abi_root *r = find_root(id);
	struct label *l;

	if (!r)
		return deny(EACCES);
	if (r->flags & VCTX_ROOT_NONE)
		return deny(EAFNOSUPPORT);
	if (!(r->flags & VCTX_ROOT_ANY)) {
		int tcp = c->type == SOCK_STREAM && c->protocol == IPPROTO_TCP;
		int udp = c->type == SOCK_DGRAM &&
			  (c->protocol == IPPROTO_UDP || c->protocol == IPPROTO_ICMP ||
			   c->protocol == IPPROTO_ICMPV6);

		if (c->family == AF_INET6 && !r->n_addr6)
			return deny(EAFNOSUPPORT);
		if (!tcp && !udp)
			return deny(EPROTONOSUPPORT);
	}
	l = bpf_sk_storage_get(&labels, c, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!l)
		return deny(EACCES);
	l->root = id;
	/* one that only sends gets its port from the kernel: no bind is seen */
	if (c->type == SOCK_DGRAM && !(r->flags & VCTX_ROOT_ANY) && !count_bound(l))
		return deny(ENOBUFS);
	return 1;
}

SEC("cgroup/sock_release")
int sock_release(struct bpf_sock *c)
{
	struct label *l = bpf_sk_storage_get(&labels, c, 0, 0);
	__u64 *n = l && l->counted ? bpf_map_lookup_elem(&bound, &l->root) : 0;

	if (n)
		__sync_fetch_and_add(n, -1);
	if (l)
		l->counted = 0;
	return 1;
}
