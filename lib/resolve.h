/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a login name to a decision: name service, configuration files, policy. */
#pragma once

#include "config.h"
#include "ctx.h"
#include "err.h"
#include "plan.h"
#include "policy.h"

/* The person as the host's name service knows it, under the name that it gives: some know
 * ALICE and alice@realm as alice. -ENOENT: nobody of that name; other
 * codes: the name service could not say. */
int vctx_resolve_person(const char *user, struct vctx_person *ret,
			struct vctx_err *err) VCTX_MUST_CHECK;

/* The whole way for one person. Groups are looked up only if a line asks for them. Never
 * fails: what cannot be decided is DENY. ret_who->user is always set; the rest is zero
 * where the name service knows nobody, and group is empty where no line could need it. */
void vctx_resolve(const struct vctx_config *config, const char *user,
		  struct vctx_person *ret_who, struct vctx_decision *ret);

/* The plan of a vserver by its files alone. */
int vctx_resolve_vserver(const struct vctx_config *config, const char *name,
			 struct vctx_plan *ret, struct vctx_err *err) VCTX_MUST_CHECK;

/* Adds to plan the blocks of ids above 65535 of those whose own line names this very
 * vserver: a user namespace's map is written once, at start. */
void vctx_resolve_blocks(const struct vctx_config *config, struct vctx_plan *plan);
