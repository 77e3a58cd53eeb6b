/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking a context down, in the reverse order of the start, from /run/vctx and the cgroup
 * tree alone. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "net.h"
#include "start.h"
#include "sys_cgroup.h"

/* A state that cannot be read, damaged or of another version, still has a number, and
 * that a cgroup. */
static int find_cgroup(const char *name, char *path, size_t size, struct vctx_err *err)
{
	uint32_t xid = vctx_store_number(name);
	char top[400];
	int r = vctx_store_top(top, sizeof(top), err);

	if (r || !xid)
		return r ? r : vctx_err_set(err, -ENOENT, "'%s' has no number", name);
	(void)snprintf(path, size, "%s/vctx/%u", top, xid);
	return 0;
}

/* Kills what is in the cgroup and gives back what the network had; the cgroup itself goes
 * last, since it is by its identity that the kernel knows the context. */
static int take_down(const char *name, const struct vctx_state *st, bool is_read,
		     uint64_t deadline, struct vctx_err *err)
{
	int r = st->cgroup[0] ? vctx_cgroup_kill(st->cgroup, deadline, err) : 0;

	if (!r)
		r = is_read ? vctx_net_down(st, err)
			    : vctx_net_down_name(name, vctx_store_number(name), err);
	return r || !st->cgroup[0] ? r : vctx_cgroup_remove(st->cgroup, err);
}

/* A shepherd that comes late must not end the next context of that name. */
static bool is_meant(const struct vctx_state *st, const struct vctx_stop *how)
{
	return !how->keeper ||
	       (st->keeper == how->keeper && st->keeper_start == how->keeper_start);
}

int vctx_stop_locked(const char *name, const struct vctx_stop *how, uint64_t deadline,
		     struct vctx_err *err)
{
	struct vctx_state st;
	int r = vctx_store_read(name, &st, err);
	bool is_read = !r;

	if (r == -ENOENT) {
		vctx_store_forget(
			name); /* numbers that were claimed before there was a state */
		return 1;
	}
	if (!r && !is_meant(&st, how))
		return 1;
	if (!r && how->idle_only && st.stay)
		return vctx_err_set(err, -EEXIST, "'%s' is to stay", name);
	if (r)
		r = find_cgroup(name, st.cgroup, sizeof(st.cgroup), err);
	if (r == -ENOENT)
		st.cgroup[0] = 0; /* claimed nothing that could be running */
	else if (r)
		return vctx_err_wrap(err, "'%s' cannot be taken down", name);
	if (how->idle_only && vctx_cgroup_populated(st.cgroup, "guest") > 0)
		return vctx_err_set(err, -EBUSY, "'%s' is in use", name);
	r = take_down(name, &st, is_read, deadline, err);
	if (r)
		return r;
	/* last: the number and the ids are free once nothing of the context is left */
	vctx_store_forget(name);
	return 0;
}

int vctx_stop(const char *name, const struct vctx_stop *how, uint64_t deadline,
	      struct vctx_err *err)
{
	cleanup_close int lock = vctx_store_lock(name, true, deadline, err);
	int r = lock < 0 ? lock : vctx_stop_locked(name, how, deadline, err);
	struct vctx_err ignored;
	struct vctx_state st;

	/* not when another context of that name is there */
	if (r >= 0 && vctx_store_read(name, &st, &ignored) == -ENOENT)
		vctx_store_remove(name);
	return r;
}
