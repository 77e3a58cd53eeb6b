/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes before a join: the context runs, and the person is someone in it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "ctx.h"
#include "err.h"
#include "plan.h"

/* How long a login may wait for a start, in milliseconds; and for one step of it. */
#define VCTX_LOGIN_MS 30000
#define VCTX_START_MS 20000

/* Starts decision's context where it is not running (vctx_start), makes the person inside
 * where that is asked for (vctx_start --add-user), and checks that a join would succeed.
 * Needs root. */
int vctx_login_prepare(const struct vctx_config *config, struct vctx_decision *decision,
		       const struct vctx_person *who, uint64_t deadline,
		       struct vctx_err *err) VCTX_MUST_CHECK;

/* Runs vctx_start for plan; stay: LINGER does not end it. One that runs is no failure. */
int vctx_login_start(const struct vctx_plan *plan, bool stay, uint64_t deadline,
		     struct vctx_err *err) VCTX_MUST_CHECK;
