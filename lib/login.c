/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes before a join: the context runs, and the person is someone in it. */
#include "login.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "join.h"
#include "resolve.h"
#include "rootdir.h"
#include "store.h"
#include "sys_ns.h"
#include "sys_spawn.h"

#define START_PROGRAM VCTX_LIBEXECDIR "/vctx_start"

int vctx_login_start(const struct vctx_plan *plan, bool stay, uint64_t deadline,
		     struct vctx_err *err)
{
	const char *const argv[] = {START_PROGRAM, stay ? "--stay" : plan->name,
				    stay ? plan->name : NULL, NULL};
	char text[VCTX_PLAN_TEXT_MAX];

	if (vctx_plan_print(plan, text, sizeof(text)) < 0)
		return vctx_err_set(err, -ENOSPC, "the plan is too long");
	return vctx_spawn(argv, text, deadline, err);
}

/* Name, ids, home and shell go in as lines: no argument that a process list would show,
 * no name service there. */
static int add_user(const char *name, const struct vctx_person *who, uint64_t deadline,
		    struct vctx_err *err)
{
	const char *const argv[] = {START_PROGRAM, "--add-user", name, NULL};
	char text[2200];

	(void)snprintf(text, sizeof(text), "%s\n%u\n%u\n%s\n%s\n%s\n%s\n", who->user,
		       who->uid, who->gid, who->group, who->home, who->shell, who->gecos);
	return vctx_spawn(argv, text, deadline, err);
}

static int is_missing(const struct vctx_plan *plan, const struct vctx_person *who,
		      struct vctx_err *err)
{
	cleanup_close int root = vctx_rootdir_open(plan->root, err);
	struct vctx_inside in;
	int r = root < 0 ? root : vctx_rootdir_user(root, who->user, &in, err);

	return r == -ENOENT && root >= 0 ? 1 : r;
}

int vctx_login_prepare(const struct vctx_config *config, struct vctx_decision *d,
		       const struct vctx_person *who, uint64_t deadline,
		       struct vctx_err *err)
{
	struct vctx_state st;
	cleanup_close int pidfd = -1;
	int r = 0;

	if (!vctx_join_is_alive(d->plan.name, &st)) {
		vctx_resolve_blocks(config, &d->plan);
		r = vctx_login_start(&d->plan, false, deadline, err);
	}
	if (!r && d->user == VCTX_USER_CREATE) {
		r = is_missing(&d->plan, who, err);
		if (r > 0)
			r = add_user(d->plan.name, who, deadline, err);
	}
	if (r)
		return r;
	pidfd = vctx_join_check(&d->plan, who, &st, NULL, err);
	return pidfd < 0 ? pidfd : 0;
}
