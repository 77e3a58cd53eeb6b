/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a context, and taking it down. They own the order and the undo. Run in
 * processes of our own, as root, single-threaded, never in a PAM application. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "plan.h"
#include "store.h"

/* Builds plan's context. Whoever calls becomes the parent of its pid 1. 0: built, *ret_st
 * says where; 1: it was running already; on failure nothing is left. deadline as
 * vctx_fd_now. */
int vctx_start(const struct vctx_plan *plan, uint64_t deadline, struct vctx_state *ret_st,
	       struct vctx_err *err) VCTX_MUST_CHECK;

/* Ends and forgets the context called name, whatever state it is in: kills, removes
 * cgroups, frees number and ids. Idempotent: 1 if there was nothing. idle_only: -EBUSY if
 * a process is in it. */
int vctx_stop(const char *name, bool idle_only, uint64_t deadline,
	      struct vctx_err *err) VCTX_MUST_CHECK;

/* The same with the exclusive lock held by the caller. */
int vctx_stop_locked(const char *name, bool idle_only, uint64_t deadline,
		     struct vctx_err *err) VCTX_MUST_CHECK;
