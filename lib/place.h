/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where contexts are kept in the cgroup tree. */
#pragma once

#include <stddef.h>

#include "err.h"

/* TOP: what /run/vctx says, or, where nobody said it and no unit of systemd's is to hold
 * contexts, the cgroup2 mount's "vctx", which is written down. Needs root. */
int vctx_place_find(char *ret_top, size_t size, struct vctx_err *err) VCTX_MUST_CHECK;
