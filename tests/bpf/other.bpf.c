/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another build has more than this one: linked to ipv4root.bpf.o for the tests that
 * take over. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("cgroup/setsockopt")
int another_hook(struct bpf_sockopt *ctx)
{
	/* longer than a page: the kernel is told that none of it was looked at */
	ctx->optlen = ctx->optlen;
	return 1;
}
