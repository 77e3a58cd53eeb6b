/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a login name to a decision: name service, configuration files, policy. */
#include "resolve.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fd.h"
#include "str.h"

#define NSS_BUF_MAX (1u << 20)
#define GROUPS_MAX 65536

typedef int (*nss_fn)(const char *name, char *buf, size_t size, void *ret, bool *found);

/* Calls fn with a buffer that grows. 1 found, 0 not there, -errno the name service could
 * not say. */
static int nss_call(nss_fn fn, const char *name, char **buf, void *ret)
{
	size_t size = 1024;
	bool found;
	int r;

	for (*buf = NULL; size <= NSS_BUF_MAX; size *= 4) {
		char *bigger = realloc(*buf, size);

		if (!bigger)
			return -ENOMEM;
		*buf = bigger;
		found = false;
		r = fn(name, *buf, size, ret, &found);
		if (!r)
			return found;
		if (r != ERANGE)
			return -r;
	}
	return -ERANGE;
}

static int call_pw(const char *name, char *buf, size_t size, void *ret, bool *found)
{
	struct passwd *p = NULL;
	int r = getpwnam_r(name, ret, buf, size, &p);

	*found = p;
	return r;
}

static int call_gr(const char *name, char *buf, size_t size, void *ret, bool *found)
{
	struct group *g = NULL;
	int r = getgrnam_r(name, ret, buf, size, &g);

	*found = g;
	return r;
}

static void name_of_group(gid_t gid, char *ret, size_t size)
{
	struct group gr, *found = NULL;
	size_t n = 1024;
	char *buf = NULL, *bigger;
	int r = ERANGE;

	ret[0] = 0;
	for (; r == ERANGE && n <= NSS_BUF_MAX; n *= 4) {
		bigger = realloc(buf, n);
		if (!bigger)
			break;
		buf = bigger;
		r = getgrgid_r(gid, &gr, buf, n, &found);
	}
	if (!r && found && vctx_str_copy(ret, size, gr.gr_name))
		ret[0] = 0;
	free(buf);
}

/* Without the group's name, which may cost a question to a directory. */
static int find_person(const char *user, struct vctx_person *ret, struct vctx_err *err)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (vctx_str_copy(ret->user, sizeof(ret->user), user))
		return vctx_err_set(err, -ENAMETOOLONG,
				    "a login name of more than 255 bytes");
	r = nss_call(call_pw, user, &buf, &pw);
	if (!r)
		return vctx_err_set(err, -ENOENT, "the host knows nobody called '%s'",
				    user);
	if (r < 0) {
		errno = -r;
		/* -ENOENT would read as "nobody": an unavailable service is not that */
		(void)vctx_err_sys(err, "the name service cannot say who '%s' is", user);
		return err->code = r == -ENOENT ? -EIO : r;
	}
	/* the name service's own name for the person, however it was typed */
	if (pw.pw_name && *pw.pw_name &&
	    vctx_str_copy(ret->user, sizeof(ret->user), pw.pw_name))
		return vctx_err_set(err, -ENAMETOOLONG, "the name of '%s' is too long",
				    user);
	ret->uid = pw.pw_uid;
	ret->gid = pw.pw_gid;
	if (vctx_str_copy(ret->home, sizeof(ret->home), pw.pw_dir) ||
	    vctx_str_copy(ret->shell, sizeof(ret->shell), pw.pw_shell))
		return vctx_err_set(err, -ENAMETOOLONG,
				    "home or shell of '%s' is too long", user);
	(void)snprintf(ret->gecos, sizeof(ret->gecos), "%.255s", pw.pw_gecos);
	return 0;
}

int vctx_resolve_person(const char *user, struct vctx_person *ret, struct vctx_err *err)
{
	int r = find_person(user, ret, err);

	if (!r)
		name_of_group(ret->gid, ret->group, sizeof(ret->group));
	return r;
}

struct membership {
	gid_t *gids;
	int n;
	const char **names; /* point into the map and the admin list */
	size_t n_names;
	char error[160];
};

static int list_gids(const struct vctx_person *who, struct membership *m)
{
	int n = 64;
	gid_t *bigger;

	for (;;) {
		bigger = realloc(m->gids, (size_t)n * sizeof(gid_t));
		if (!bigger)
			return -ENOMEM;
		m->gids = bigger;
		m->n = n;
		if (getgrouplist(who->user, who->gid, m->gids, &m->n) >= 0)
			return 0;
		if (n >= GROUPS_MAX || m->n <= n)
			return -E2BIG;
		n = m->n;
	}
}

/* By gid, and by the group's own list of members: never by comparing the beginning of a
 * name. */
static int is_member(const struct vctx_person *who, const char *group,
		     const struct membership *m)
{
	cleanup_free char *buf = NULL;
	struct group gr;
	char **p;
	int i, r = nss_call(call_gr, group, &buf, &gr);

	if (r <= 0)
		return r;
	for (i = 0; i < m->n; i++)
		if (m->gids[i] == gr.gr_gid)
			return 1;
	for (p = gr.gr_mem; p && *p; p++)
		if (!strcmp(*p, who->user))
			return 1;
	return 0;
}

static bool has_name(const struct membership *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n_names; i++)
		if (!strcmp(m->names[i], name))
			return true;
	return false;
}

static int try_group(const struct vctx_person *who, const char *group,
		     struct membership *m)
{
	const char **bigger;
	int r;

	if (has_name(m, group))
		return 0;
	r = is_member(who, group, m);
	if (r < 0) {
		(void)snprintf(m->error, sizeof(m->error),
			       "the name service cannot say who is in '%.60s' (%s)",
			       group, strerror(-r));
		return 0;
	}
	if (!r)
		return 0;
	bigger = realloc(m->names, (m->n_names + 1) * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	m->names = bigger;
	m->names[m->n_names++] = group;
	return 0;
}

static bool wants_groups(const struct vctx_map *map)
{
	size_t i;

	if (map->has_groups)
		return true;
	for (i = 0; i < map->n; i++)
		if (map->v[i].kind == VCTX_SUBJECT_ANY &&
		    map->v[i].target != VCTX_TARGET_HOST)
			return true;
	return false;
}

static bool has_own_line(const struct vctx_map *map, const char *user)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		if (map->v[i].kind == VCTX_SUBJECT_USER && map->v[i].subject &&
		    !strcmp(map->v[i].subject, user))
			return true;
	return false;
}

static void find_groups(const struct vctx_map *map, const struct vctx_person *who,
			struct membership *m)
{
	const char *const *g;
	size_t i;
	int r = list_gids(who, m);

	for (i = 0; !r && i < map->n; i++)
		if (map->v[i].kind == VCTX_SUBJECT_GROUP)
			r = try_group(who, map->v[i].subject, m);
	for (g = vctx_policy_admin_groups; !r && *g; g++) {
		char before[sizeof(m->error)];

		/* an unknown admin group is no reason to refuse anyone */
		memcpy(before, m->error, sizeof(before));
		r = try_group(who, *g, m);
		memcpy(m->error, before, sizeof(before));
	}
	if (r)
		(void)snprintf(m->error, sizeof(m->error), "%s", strerror(-r));
}

static void read_vserver(const struct vctx_config *c, const struct vctx_mapping *line,
			 const struct vctx_request *req, struct vctx_decision *d)
{
	struct vctx_conf own;
	struct vctx_err err;
	bool has_file = line->target == VCTX_TARGET_VSERVER;

	if (c->all_broken) {
		d->verdict = VCTX_VERDICT_DENY;
		(void)snprintf(d->reason, sizeof(d->reason), "%.190s", c->all_broken);
		return;
	}
	if (has_file && vctx_config_vserver(d->plan.name, &own, &err)) {
		d->verdict = VCTX_VERDICT_DENY;
		(void)snprintf(d->reason, sizeof(d->reason), "%.190s", err.msg);
		return;
	}
	vctx_policy_plan(line, &c->all, has_file ? &own : NULL, req, d);
	if (has_file)
		vctx_conf_done(&own);
}

void vctx_resolve(const struct vctx_config *c, const char *user,
		  struct vctx_person *ret_who, struct vctx_decision *ret)
{
	struct vctx_request req = {.rescue = c->rescue};
	struct membership m = {0};
	const struct vctx_mapping *line;
	struct vctx_err err;
	int r = find_person(user, ret_who, &err);
	bool own = has_own_line(&c->map, user) || has_own_line(&c->map, ret_who->user);

	memset(ret, 0, sizeof(*ret));
	if (r) {
		/* no such person: nothing to decide, unless a line could have meant one
		 * who cannot be looked up */
		bool known = r != -ENOENT && (own || c->map.n || c->map.unreadable);

		ret->verdict = known || own ? VCTX_VERDICT_DENY : VCTX_VERDICT_HOST;
		(void)snprintf(ret->reason, sizeof(ret->reason), "%.190s", err.msg);
		return;
	}
	if (c->map_missing && !c->rescue && ret_who->uid) {
		ret->verdict = VCTX_VERDICT_DENY;
		(void)snprintf(ret->reason, sizeof(ret->reason),
			       "%s is not there: make an empty one if nobody is mapped",
			       VCTX_MAP_FILE);
		return;
	}
	if (own || wants_groups(&c->map))
		name_of_group(ret_who->gid, ret_who->group, sizeof(ret_who->group));
	req.who = *ret_who;
	req.login = user;
	if (!own && wants_groups(&c->map))
		find_groups(&c->map, ret_who, &m);
	req.groups = m.names;
	req.n_groups = m.n_names;
	req.group_error = m.error[0] ? m.error : NULL;
	vctx_policy_choose(&c->map, &req, &line, ret);
	if (line)
		read_vserver(c, line, &req, ret);
	free(m.names);
	free(m.gids);
}

int vctx_resolve_vserver(const struct vctx_config *c, const char *name,
			 struct vctx_plan *ret, struct vctx_err *err)
{
	struct vctx_conf own;
	int r;

	if (c->all_broken)
		return vctx_err_set(err, -EINVAL, "%s", c->all_broken);
	r = vctx_config_vserver(name, &own, err);
	if (r)
		return r;
	r = vctx_policy_vserver(name, &c->all, &own, ret, err);
	vctx_conf_done(&own);
	return r;
}

void vctx_resolve_blocks(const struct vctx_config *c, struct vctx_plan *plan)
{
	struct vctx_person who;
	struct vctx_err ignored;
	size_t i;

	for (i = 0; i < c->map.n && !plan->host_ids; i++) {
		const struct vctx_mapping *m = &c->map.v[i];

		if (m->kind != VCTX_SUBJECT_USER || !m->subject || !m->vserver ||
		    strcmp(m->vserver, plan->name) != 0)
			continue;
		/* who cannot be looked up or finds no room is refused at the own login,
		 * with the reason */
		if (!find_person(m->subject, &who, &ignored) &&
		    !vctx_plan_add_block(plan, who.uid))
			(void)!vctx_plan_add_block(plan, who.gid);
	}
}
