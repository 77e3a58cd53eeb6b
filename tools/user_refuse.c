/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would not work about a mapping line that is about to be written. */
#include "user_refuse.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>

#include "ctx.h"
#include "doors.h"
#include "fd.h"
#include "policy.h"
#include "resolve.h"
#include "rootdir.h"
#include "store.h"
#include "str.h"
#include "user_addresses.h"

static bool find_person(const struct vctx_mapping *m, struct vctx_person *ret,
			struct vctx_findings *f)
{
	struct vctx_err err;

	if (!vctx_resolve_person(m->subject, ret, &err))
		return true;
	vctx_findings_add(f, VCTX_LEVEL_ERROR, "%s", err.msg);
	return false;
}

static void check_group(const struct vctx_mapping *m, struct vctx_findings *f)
{
	errno = 0;
	if (getgrnam(m->subject))
		return;
	if (errno && errno != ENOENT && errno != ESRCH)
		vctx_findings_add(f, VCTX_LEVEL_ERROR,
				  "the name service cannot say what group '%s' is: %s",
				  m->subject, strerror(errno));
	else
		vctx_findings_add(f, VCTX_LEVEL_ERROR, "the host knows no group '%s'",
				  m->subject);
}

static void check_admins(const struct vctx_mapping *m, struct vctx_findings *f)
{
	if (m->kind != VCTX_SUBJECT_USER && m->target != VCTX_TARGET_HOST &&
	    !(m->flags & VCTX_MAP_INCLUDE_ADMINS))
		vctx_findings_add(f, VCTX_LEVEL_NOTE,
				  "root and the members of sudo and wheel are passed "
				  "over: include-admins would catch them too");
}

/* A number is one context's: another line that names it would share that one. */
static void check_number_lines(const struct vctx_mapping *m,
			       const struct vctx_mapping *old, const struct vctx_map *map,
			       struct vctx_findings *f)
{
	size_t i;

	for (i = 0; i < map->n; i++) {
		const struct vctx_mapping *o = &map->v[i];

		if (o != old && o->target == VCTX_TARGET_CONTEXT && o->xid == m->xid)
			vctx_findings_add(f, VCTX_LEVEL_ERROR,
					  "context %u is in use by %s:%u", m->xid,
					  o->file, o->line);
	}
}

static void check_number_vservers(uint32_t xid, struct vctx_findings *f)
{
	char name[VCTX_NAME_SIZE];
	struct vctx_conf conf;
	struct vctx_err ignored;
	struct dirent *e;
	uint32_t other;
	DIR *dir = opendir(VCTX_CONF_DIR);

	while (dir && (e = readdir(dir))) {
		size_t n = strlen(e->d_name);

		if (n < 6 || n - 5 >= sizeof(name) || strcmp(e->d_name + n - 5, ".conf"))
			continue;
		memcpy(name, e->d_name, n - 5);
		name[n - 5] = 0;
		if (vctx_config_vserver(name, &conf, &ignored))
			continue;
		if (conf.val[VCTX_KEY_S_CONTEXT] &&
		    !vctx_str_u32(conf.val[VCTX_KEY_S_CONTEXT], UINT32_MAX, &other) &&
		    other == xid)
			vctx_findings_add(f, VCTX_LEVEL_ERROR,
					  "context %u is in use by vserver %s", xid,
					  name);
		vctx_conf_done(&conf);
	}
	if (dir)
		closedir(dir);
}

static void check_number(const struct vctx_mapping *m, const struct vctx_mapping *old,
			 const struct vctx_map *map, struct vctx_findings *f)
{
	char name[VCTX_NAME_SIZE], own[16];
	struct vctx_err ignored;

	check_number_lines(m, old, map, f);
	check_number_vservers(m->xid, f);
	(void)snprintf(own, sizeof(own), "#%u", m->xid);
	if (!vctx_store_by_xid(m->xid, name, &ignored) && strcmp(name, own))
		vctx_findings_add(f, VCTX_LEVEL_ERROR,
				  "context %u is in use by the running context %s",
				  m->xid, name);
}

/* user=inside: name, uid and gid have to be in the guest's passwd as the host knows them.
 */
static void check_inside(int root, const struct vctx_person *who, const char *path,
			 struct vctx_findings *f)
{
	struct vctx_inside in;
	struct vctx_err err;
	int r = vctx_rootdir_user(root, who->user, &in, &err);

	if (r == -ENOENT)
		vctx_findings_add(f, VCTX_LEVEL_ERROR,
				  "%s is not in %s/etc/passwd: add the account there, or "
				  "use --user create",
				  who->user, path);
	else if (r)
		vctx_findings_add(f, VCTX_LEVEL_ERROR, "root %s: %s", path, err.msg);
	else if (in.uid != who->uid || in.gid != who->gid)
		vctx_findings_add(f, VCTX_LEVEL_ERROR,
				  "%s has uid %u and gid %u on the host, but %u and %u "
				  "in %s/etc/passwd",
				  who->user, who->uid, who->gid, in.uid, in.gid, path);
}

static void check_root(const struct vctx_mapping *m, const struct vctx_person *who,
		       const struct vctx_plan *plan, struct vctx_findings *f)
{
	struct vctx_err err;
	cleanup_close int root = vctx_rootdir_open(plan->root, &err);

	if (root < 0)
		vctx_findings_add(f, VCTX_LEVEL_ERROR, "%s", err.msg);
	else if (who && m->user == VCTX_USER_INSIDE)
		check_inside(root, who, plan->root, f);
}

static void put(const struct vctx_user_holder *at, const struct vctx_iproot *root,
		void *arg)
{
	vctx_user_addresses_put(arg, at, root);
}

/* Only where the line itself says something of addresses: what is wrong with a vserver's
 * file is not its fault. */
static void check_addresses(const struct vctx_mapping *m, const struct vctx_mapping *old,
			    const struct vctx_config *config,
			    const struct vctx_plan *plan, struct vctx_findings *f)
{
	struct vctx_user_addresses all = {0};

	if (!m->ip && !m->ip6 && !m->ports)
		return;
	vctx_user_addresses_each(config, old, put, &all);
	vctx_user_addresses_add_running(&all);
	vctx_user_addresses_check_plan(&all, plan, f);
	vctx_user_addresses_done(&all);
	vctx_user_addresses_judge(config, &plan->ip, NULL, VCTX_LEVEL_ERROR, f);
	if (plan->ip.pool.name[0])
		vctx_user_addresses_judge_pool(config, &plan->ip.pool,
					       config->all.n_pools, NULL, f);
}

/* The same way that a login takes: file, policy, root. */
static void check_landing(const struct vctx_mapping *m, const struct vctx_mapping *old,
			  const struct vctx_person *who, const struct vctx_config *config,
			  struct vctx_findings *f)
{
	struct vctx_request req = {.who = {.uid = 1000, .gid = 1000}};
	struct vctx_decision d = {0};
	struct vctx_conf own;
	struct vctx_err err;
	bool has_file = m->target == VCTX_TARGET_VSERVER;

	if (who)
		req.who = *who;
	if (config->all_broken) {
		vctx_findings_add(f, VCTX_LEVEL_ERROR, "%s", config->all_broken);
		return;
	}
	if (vctx_user_addresses_are_many(m))
		vctx_findings_add(f, VCTX_LEVEL_ERROR,
				  "every vserver of %s would have the same address: use "
				  "--ip pool:NAME",
				  m->vserver);
	if (has_file && strchr(m->vserver, '%'))
		return;
	if (has_file && vctx_config_vserver(m->vserver, &own, &err)) {
		vctx_findings_add(f, VCTX_LEVEL_ERROR, "%s", err.msg);
		return;
	}
	if (has_file)
		(void)snprintf(d.plan.name, sizeof(d.plan.name), "%s", m->vserver);
	else
		(void)snprintf(d.plan.name, sizeof(d.plan.name), "#%u", m->xid);
	vctx_policy_plan(m, &config->all, has_file ? &own : NULL, &req, &d);
	if (has_file)
		vctx_conf_done(&own);
	if (d.reason[0])
		vctx_findings_add(f, VCTX_LEVEL_ERROR, "%s", d.reason);
	else
		check_root(m, who, &d.plan, f);
	if (!d.reason[0])
		check_addresses(m, old, config, &d.plan, f);
}

/* Who is denied has to go, but not being able to say so while they are in would help
 * them alone: a warning then. */
static void check_doors(const struct vctx_mapping *m, const struct vctx_person *who,
			bool kick, struct vctx_findings *f)
{
	struct vctx_doors d;

	if (m->flags & VCTX_MAP_AUDIT)
		return;
	vctx_doors_find(who, true, &d);
	vctx_doors_report(
		&d, who, kick,
		m->target == VCTX_TARGET_DENY ? VCTX_LEVEL_WARNING : VCTX_LEVEL_ERROR, f);
	vctx_doors_done(&d);
}

void vctx_user_refuse_find(const struct vctx_mapping *m, const struct vctx_mapping *old,
			   const struct vctx_config *config, bool kick,
			   struct vctx_findings *f)
{
	struct vctx_person person;
	const struct vctx_person *who = NULL;

	if (m->kind == VCTX_SUBJECT_USER && find_person(m, &person, f))
		who = &person;
	if (m->kind == VCTX_SUBJECT_GROUP)
		check_group(m, f);
	check_admins(m, f);
	if (m->target == VCTX_TARGET_HOST)
		return;
	if (m->target == VCTX_TARGET_CONTEXT)
		check_number(m, old, &config->map, f);
	if (m->target != VCTX_TARGET_DENY)
		check_landing(m, old, who, config, f);
	if (who)
		check_doors(m, who, kick, f);
}
