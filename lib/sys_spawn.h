/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a helper of ours from within another program, without touching that program. */
#pragma once

#include <stdint.h>

#include "err.h"

/* Runs argv[0] (an absolute path) with text on stdin, an empty environment, no other
 * descriptor, default signals. Waits until deadline, then kills it. Its last line on
 * stderr becomes the sentence. The caller's SIGCHLD handler and wait() never see the
 * child. 0, or -errno: -EIO it failed, -ETIMEDOUT. */
int vctx_spawn(const char *const argv[], const char *text, uint64_t deadline,
	       struct vctx_err *err) VCTX_MUST_CHECK;
