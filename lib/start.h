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
 * says where; 1: it was running already (and stays from now on, if stay says so); on
 * failure nothing is left. deadline as vctx_fd_now. */
int vctx_start(const struct vctx_plan *plan, bool stay, uint64_t deadline,
	       struct vctx_state *ret_st, struct vctx_err *err) VCTX_MUST_CHECK;

/* What a stop is about. */
struct vctx_stop {
	bool idle_only; /* -EBUSY if a process is in it, -EEXIST if it is to stay */
	pid_t keeper;   /* not 0: only the context whose pid 1 this was, started at
			   keeper_start */
	uint64_t keeper_start;
};

/* Ends and forgets the context called name, whatever state it is in: kills, removes
 * cgroups, frees number and ids. Idempotent: 1 if there was nothing, or another one than
 * how->keeper's. */
int vctx_stop(const char *name, const struct vctx_stop *how, uint64_t deadline,
	      struct vctx_err *err) VCTX_MUST_CHECK;

/* The same with the exclusive lock held by the caller. */
int vctx_stop_locked(const char *name, const struct vctx_stop *how, uint64_t deadline,
		     struct vctx_err *err) VCTX_MUST_CHECK;
