/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices a context may open, even where a node is there. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "vctx_abi.h"

char gpl[] SEC("license") = "GPL";

/* The cgroup level of TOP/vctx/<n>. */
const volatile __u32 level = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct vctx_abi_root);
} roots SEC(".maps");

SEC("cgroup/dev")
int device(struct bpf_cgroup_dev_ctx *ctx)
{
	__u64 id = bpf_get_current_ancestor_cgroup_id(level);
	struct vctx_abi_root *root = bpf_map_lookup_elem(&roots, &id);

	return !root || !(root->flags & VCTX_ROOT_DEVICES) || ctx->major == 1;
}
