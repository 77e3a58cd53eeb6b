/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chbind's IPv4 roots: cgroups TOP/vctx/b<k> of processes that are the host's otherwise.
 * It owns making them, and their undo. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "vctx_abi.h"

struct vctx_bind {
	struct vctx_abi_root root;
	bool bcast_asked; /* the broadcast address was asked for, not a device's */
};

/* Puts this process, and with it all that it becomes and starts, into a new IPv4 root.
 * The programs are loaded first where they are not. Needs the host's root; on failure
 * nothing is left, and the process is where it was.
 * -EPERM: it is in a context, or in an IPv4 root that lacks an address of b.
 * -EADDRINUSE: an address is a context's alone. */
int vctx_bind_enter(const struct vctx_bind *b, uint64_t deadline,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* Takes away those below top that no process is in any more: how many, or -errno. */
int vctx_bind_collect(const char *top, uint64_t deadline,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* May a process of the root now go into *want? Addresses among those of now alone; a
 * broadcast address that was not asked for is left behind. 0 or -EPERM. */
int vctx_bind_narrow(const struct vctx_abi_root *now, struct vctx_bind *want,
		     struct vctx_err *err) VCTX_MUST_CHECK;
