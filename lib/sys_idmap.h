/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user namespace that nobody is in, and mounts whose ids it shifts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "plan.h"

/* A user namespace with ids 0..65535 at base[0] and plan->block[i] at base[i + 1], uids
 * and gids alike. Returns a descriptor of it. */
int vctx_idmap_userns(const struct vctx_plan *plan, const uint32_t *base,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* A detached clone of the mount at root (an O_PATH descriptor; path is for messages),
 * without devices, whose ids are shifted by userns (-1: not shifted); nosuid: set-uid
 * programs have no effect. Returns its descriptor. */
int vctx_idmap_clone(int root, const char *path, int userns, bool nosuid,
		     struct vctx_err *err) VCTX_MUST_CHECK;

/* Which filesystems can be shifted, for messages. */
extern const char vctx_idmap_filesystems[];
