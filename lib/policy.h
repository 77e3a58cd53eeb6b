/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy: which line decides about a person, and the plan that follows. Pure: no system
 * call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "ctx.h"
#include "err.h"
#include "map.h"
#include "plan.h"

struct vctx_request {
	struct vctx_person who;
	const char *login;   /* the name as it was typed; NULL: who.user */
	const char *service; /* PAM service; NULL when it does not matter */
	/* Those of the map's groups, and of vctx_policy_admin_groups, that the person is
	 * in. */
	const char *const *groups;
	size_t n_groups;
	const char *group_error; /* why membership could not be told, or NULL */
	bool rescue;             /* the rescue marker is there */
};

enum vctx_service { VCTX_SERVICE_LANDS, VCTX_SERVICE_AUTH_ONLY, VCTX_SERVICE_REFUSED };

/* "sudo", "wheel", NULL: who is in one of them is an administrator. */
extern const char *const vctx_policy_admin_groups[];

/* Services that land inside without being named in SERVICES. */
extern const char vctx_policy_services[];

/* The line that decides about the request, or NULL (host). *ret_skipped: a line that
 * would have caught an administrator but lacks include-admins, or NULL. */
const struct vctx_mapping *vctx_policy_line(const struct vctx_map *map,
					    const struct vctx_request *req,
					    const struct vctx_mapping **ret_skipped);

/* First half: verdict and, where a vserver is meant, its name in decision->plan.name; its
 * file has to be read then. Never fails: what cannot be decided is DENY with the reason.
 */
void vctx_policy_choose(const struct vctx_map *map, const struct vctx_request *req,
			const struct vctx_mapping **ret_line, struct vctx_decision *ret);

/* Second half, after an ENTER or audit: fills decision->plan from the line, the vserver's
 * own file (NULL for context=) and the settings for all. A plan that cannot be made turns
 * the verdict into DENY. */
void vctx_policy_plan(const struct vctx_mapping *line, const struct vctx_conf *all,
		      const struct vctx_conf *vserver, const struct vctx_request *req,
		      struct vctx_decision *decision);

/* A plan for a vserver by its files alone, without a person: `vserver NAME start`. */
int vctx_policy_vserver(const char *name, const struct vctx_conf *all,
			const struct vctx_conf *vserver, struct vctx_plan *ret,
			struct vctx_err *err) VCTX_MUST_CHECK;

enum vctx_service vctx_policy_service(const struct vctx_conf *all, const char *service);
