/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPv4 root's programs on the cgroup parent of all contexts and on the network
 * namespace. */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "vctx_abi.h"

#define EACCES 13
#define EADDRNOTAVAIL 99
#define DENY(e)                                                                          \
	({                                                                               \
		bpf_set_retval(-(e));                                                    \
		0;                                                                       \
	})

char gpl[] SEC("license") = "GPL";

/* The cgroup level of TOP/vctx/<n>. */
const volatile __u32 level = 0;

struct label {
	__u64 root;
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
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 65536);
	__type(key, struct vctx_abi_listener);
	__type(value, __u64);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VCTX_COUNT_N);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

SEC("cgroup/sock_create")
int sock_create(struct bpf_sock *sk)
{
	__u64 id = bpf_get_current_ancestor_cgroup_id(level);
	struct vctx_abi_root *root = bpf_map_lookup_elem(&roots, &id);
	struct label *label;

	if (!root || root->flags & VCTX_ROOT_NONE)
		return DENY(EACCES);
	label = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!label)
		return DENY(EACCES);
	label->root = id;
	return 1;
}

SEC("cgroup/bind4")
int bind4(struct bpf_sock_addr *ctx)
{
	struct label *label = ctx->sk ? bpf_sk_storage_get(&sockets, ctx->sk, 0, 0) : 0;
	struct vctx_abi_root *root;
	__u32 ip = ctx->user_ip4, i;

	if (!label) {
		count(VCTX_COUNT_UNLABELED);
		return DENY(EACCES);
	}
	root = bpf_map_lookup_elem(&roots, &label->root);
	if (!root)
		return DENY(EACCES);
	if (root->flags & VCTX_ROOT_ANY)
		return 1;
	for (i = 0; i < VCTX_ABI_ADDRS && i < root->n_addr; i++)
		if (root->addr[i] == ip)
			return 1;
	return DENY(EADDRNOTAVAIL);
}

SEC("sk_lookup")
int steer(struct bpf_sk_lookup *ctx)
{
	struct vctx_abi_addr addr = {.w = {0, 0, bpf_htonl(0xffff), ctx->local_ip4}};
	struct vctx_abi_owner *own = bpf_map_lookup_elem(&owner, &addr);
	struct vctx_abi_listener key = {};
	struct bpf_sock *sk;

	if (!own)
		return SK_PASS;
	key.root = own->root;
	key.addr = addr;
	key.port = (__u16)ctx->local_port;
	sk = bpf_map_lookup_elem(&listeners, &key);
	if (!sk)
		return SK_PASS;
	bpf_sk_assign(ctx, sk, 0);
	bpf_sk_release(sk);
	count(VCTX_COUNT_STEERED);
	return SK_PASS;
}
