/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would not work about a mapping line that is about to be written. */
#pragma once

#include <stdbool.h>

#include "config.h"
#include "findings.h"
#include "map.h"

/* Errors for what would not work, warnings and notes for the rest. old: the line that it
 * takes the place of, or NULL. kick: what vctx_doors_close ends is no hindrance. Needs
 * root. */
void vctx_user_refuse_find(const struct vctx_mapping *m, const struct vctx_mapping *old,
			   const struct vctx_config *config, bool kick,
			   struct vctx_findings *f);
