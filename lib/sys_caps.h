/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capability ceiling, put into force in all five sets and proven. */
#pragma once

#include <stdint.h>

#include "err.h"

/* Lowers bounding, ambient, inheritable, permitted and effective sets to set: for a
 * process that has all of them. Then tries to regain one that was dropped and to find one
 * in the bounding set; success of that is an error. What fails midway leaves less, never
 * more. */
int vctx_caps_apply(uint64_t set, struct vctx_err *err) VCTX_MUST_CHECK;
