/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgroup v2: TOP/host for shepherds, TOP/vctx/<n>/{keeper,guest,entry} for contexts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "plan.h"

/* The mount point of cgroup2, from mountinfo: on hybrid hosts it is not /sys/fs/cgroup.
 */
int vctx_cgroup_mount(char *ret, size_t size, struct vctx_err *err) VCTX_MUST_CHECK;

/* The cgroup of this process, as an absolute path under the mount. */
int vctx_cgroup_self(char *ret, size_t size, struct vctx_err *err) VCTX_MUST_CHECK;

/* Makes TOP, TOP/host and TOP/vctx and hands down the controllers that there are. */
int vctx_cgroup_init(const char *top, struct vctx_err *err) VCTX_MUST_CHECK;

/* Makes path/{keeper,guest,entry} and sets the plan's limits on guest. A limit whose
 * controller is not there is an error that names it. */
int vctx_cgroup_make(const char *path, const struct vctx_plan *plan,
		     struct vctx_err *err) VCTX_MUST_CHECK;

/* Moves pid (0: the caller) into path/leaf. */
int vctx_cgroup_enter(const char *path, const char *leaf, pid_t pid,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* Is there a process in path/leaf (or below)? -errno if that cannot be told. */
int vctx_cgroup_populated(const char *path, const char *leaf);

/* Kills everything in path and waits until it is gone, until deadline. A path that is not
 * there is done. */
int vctx_cgroup_kill(const char *path, uint64_t deadline,
		     struct vctx_err *err) VCTX_MUST_CHECK;

/* Removes path and what is below. */
int vctx_cgroup_remove(const char *path, struct vctx_err *err) VCTX_MUST_CHECK;
