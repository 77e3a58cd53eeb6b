/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ancestors a process has in the cgroup tree, whatever cgroup namespace the reader
 * is in: attached to a probe for a moment (lib/sys_bpfload.c). */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char gpl[] SEC("license") = "GPL";

#define LEVELS 16 /* how deep in the cgroup tree contexts may be */

/* By level; 0: there is none. */
__u64 ancestors[LEVELS];

SEC("cgroup/sock_create")
int note_ancestors(struct bpf_sock *sk)
{
	int i;

	(void)sk;
#pragma unroll
	for (i = 0; i < LEVELS; i++)
		ancestors[i] = bpf_get_current_ancestor_cgroup_id(i);
	return 1;
}
