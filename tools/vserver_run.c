/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vserver NAME start, stop, status. */
#include <errno.h>
#include <stdio.h>

#include "config.h"
#include "fd.h"
#include "login.h"
#include "resolve.h"
#include "sys_spawn.h"
#include "vserver_verbs.h"

#define STOP_PROGRAM VCTX_LIBEXECDIR "/vctx_stop"
#define DEADLINE_MS 30000 /* longer than the programs' own */

static int fail(const struct vserver *v, const struct vctx_err *err)
{
	fprintf(stderr, "vserver: %s: %s\n", v->name, err->msg);
	return VSERVER_FAILED;
}

/* The plan by the files alone, with room for the ids of those who are mapped by name. */
static int plan(const struct vserver *v, struct vctx_plan *ret, struct vctx_err *err)
{
	struct vctx_config c;
	int r = vctx_config_load(&c, err);

	if (r)
		return r;
	r = vctx_resolve_vserver(&c, v->name, ret, err);
	if (!r)
		vctx_resolve_blocks(&c, ret);
	vctx_config_done(&c);
	return r;
}

int vserver_start(struct vserver *v, char **args)
{
	struct vctx_plan p;
	struct vctx_err err;
	int r;

	(void)args;
	if (v->running) {
		/* as it runs; it stays from now on */
		p = v->st.plan;
		r = 0;
	} else if (v->name[0] == '#')
		r = vctx_err_set(&err, -EINVAL,
				 "a login starts it: only a vserver with a file can be "
				 "started by hand");
	else
		r = plan(v, &p, &err);
	if (!r)
		r = vctx_login_start(&p, true, vctx_fd_now() + DEADLINE_MS, &err);
	if (!r && v->running)
		printf("Vserver '%s' is running already at context '%u'\n", v->name,
		       v->st.plan.xid);
	return r ? fail(v, &err) : VSERVER_DONE;
}

int vserver_stop(struct vserver *v, char **args)
{
	const char *const argv[] = {STOP_PROGRAM, v->name, NULL};
	struct vctx_err err;

	(void)args;
	if (!v->has_state) {
		printf("Vserver '%s' is not running\n", v->name);
		return VSERVER_DONE;
	}
	if (vctx_spawn(argv, "", vctx_fd_now() + DEADLINE_MS, &err))
		return fail(v, &err);
	return VSERVER_DONE;
}

int vserver_status(struct vserver *v, char **args)
{
	(void)args;
	if (v->running)
		printf("Vserver '%s' is running at context '%u'\n", v->name,
		       v->st.plan.xid);
	else
		printf("Vserver '%s' is not running\n", v->name);
	return v->running ? VSERVER_DONE : VSERVER_STOPPED;
}
