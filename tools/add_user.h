/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user=create: a person becomes someone inside, done as the guest's own root. */
#pragma once

#include <stdint.h>

#include "err.h"

/* Reads the person (seven lines) from stdin and writes passwd, group, shadow (locked) and
 * the home from skel inside the running context called name. Who is there already is left
 * alone. */
int vctx_add_user(const char *name, uint64_t deadline,
		  struct vctx_err *err) VCTX_MUST_CHECK;
