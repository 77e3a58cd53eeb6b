/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device access: a context opens null, zero, full, random, urandom, tty, ptmx and ptys,
 * nothing else, even where a node is there. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "vctx_abi.h"

char LICENSE[] SEC("license") = "GPL";

#define MEM_MAJOR 1
#define TTYAUX_MAJOR 5
#define PTS_MAJORS 136 /* to 143 */

const volatile __u32 level = 0; /* as in root.bpf.h; the map is the same one */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct vctx_abi_root);
} roots SEC(".maps");

static int is_of_every_context(__u32 major, __u32 minor)
{
	if (major == MEM_MAJOR) /* null, zero, full, random, urandom */
		return minor == 3 || minor == 5 || (minor >= 7 && minor <= 9);
	if (major == TTYAUX_MAJOR) /* tty, ptmx */
		return minor == 0 || minor == 2;
	return major >= PTS_MAJORS && major < PTS_MAJORS + 8;
}

/* mknod as well: the builder makes a context's nodes while it is in its cgroup. */
SEC("cgroup/dev")
int device(struct bpf_cgroup_dev_ctx *c)
{
	__u64 id = bpf_get_current_ancestor_cgroup_id(level);
	struct vctx_abi_root *r = bpf_map_lookup_elem(&roots, &id);

	if (r && !(r->flags & VCTX_ROOT_DEVICES))
		return 1;
	return (c->access_type & 0xffff) == BPF_DEVCG_DEV_CHAR &&
	       is_of_every_context(c->major, c->minor);
}
