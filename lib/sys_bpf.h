/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs in the kernel as those see them who start and join contexts, and the roots
 * that they hold: by raw bpf(2), for libbpf is never loaded into sshd. */
#pragma once

#include <stdint.h>

#include "err.h"
#include "vctx_abi.h"

/* Are all programs in force on the cgroup parent (TOP/vctx) and on the network namespace
 * of this process, with the ids that the load wrote down, and are the maps' pins the ones
 * that it made? -errno and one sentence: what is missing or foreign, and what to do.
 * About 30 system calls. */
int vctx_bpf_check(const char *parent, struct vctx_err *err) VCTX_MUST_CHECK;

/* Is the root of the context with this cgroup (TOP/vctx/<n>) in the kernel, and of
 * context xid? */
int vctx_bpf_check_root(const char *cgroup, uint32_t xid,
			struct vctx_err *err) VCTX_MUST_CHECK;

/* The root of that cgroup, as it is in the kernel. -ENOENT: none, or nothing is loaded;
 * -EPROTO: it is another version's. */
int vctx_bpf_root_get(const char *cgroup, struct vctx_abi_root *ret,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* Puts root in for cgroup, its addresses and its alias first. -EADDRINUSE: an address is
 * another's, and *ret_xid is whose (0: chbind's, or shared by several); -ENOSPC: a table
 * is full. On failure nothing of it is left. Again with the same root: done. */
int vctx_bpf_root_set(const char *cgroup, const struct vctx_abi_root *root,
		      uint32_t *ret_xid, struct vctx_err *err) VCTX_MUST_CHECK;

/* Takes it out again. id: of the cgroup, which may be gone; 0: found by the alias of
 * root->xid. Needs xid, flags and addresses of root; without any address those that the
 * kernel has. An address that several share stays until the last of them goes. What is
 * not there is done. */
int vctx_bpf_root_del(uint64_t id, const struct vctx_abi_root *root,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* The id of a cgroup. */
int vctx_bpf_cgroup_id(const char *cgroup, uint64_t *ret,
		       struct vctx_err *err) VCTX_MUST_CHECK;
