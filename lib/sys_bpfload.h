/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading, pinning and taking over the programs in the kernel, by libbpf. */
#pragma once

#include "err.h"

/* Sees to it that the programs of this build are loaded, attached to the cgroup parent
 * (TOP/vctx) and to this network namespace, pinned under /sys/fs/bpf/vctx and written
 * down in /run/vctx/bpf, under a lock. Quick where they are. Takes over from another
 * build on its maps, and goes on where a load was cut short. What was loaded and is no
 * longer in force is refused: somebody took it away.
 *
 * fill, which may be NULL, puts in the roots of contexts that run already
 * (vctx_bpf_root_set), before anything is attached where nothing was.
 *
 * -errno and what the kernel lacks (-EOPNOTSUPP) or what to do. Needs root, and forks. */
int vctx_bpfload(const char *parent, int (*fill)(void *arg, struct vctx_err *err),
		 void *arg, struct vctx_err *err) VCTX_MUST_CHECK;

/* The same for vctx-setup boot: repairs as well. What is gone is loaded again, on the
 * maps that are left; what lies at our paths is replaced; fill is called. */
int vctx_bpfload_repair(const char *parent, int (*fill)(void *arg, struct vctx_err *err),
			void *arg, struct vctx_err *err) VCTX_MUST_CHECK;
