/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: the lines one by one, and the people whom they send into contexts. */
#include "user_check.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceiling.h"
#include "cli.h"
#include "fd.h"
#include "policy.h"
#include "resolve.h"
#include "rootdir.h"

#define FIRST_PERSON 1000 /* ids below are the system's own */
#define LAST_PERSON 60000

static bool lands(const struct vctx_mapping *m)
{
	return m->target == VCTX_TARGET_VSERVER || m->target == VCTX_TARGET_CONTEXT;
}

static void check_subject(struct vctx_user_machine *m, const struct vctx_mapping *l)
{
	struct vctx_person who;
	struct vctx_err err;

	if (l->kind == VCTX_SUBJECT_USER && vctx_resolve_person(l->subject, &who, &err))
		vctx_findings_at(&m->f, VCTX_LEVEL_WARNING, l->file, l->line, 0, "%s",
				 err.msg);
	errno = 0;
	if (l->kind == VCTX_SUBJECT_GROUP && !getgrnam(l->subject))
		vctx_findings_at(&m->f, VCTX_LEVEL_WARNING, l->file, l->line, 0,
				 "the host knows no group '%s'", l->subject);
}

static bool is_listed(char *const *members, const char *user)
{
	for (; *members; members++)
		if (!strcmp(*members, user))
			return true;
	return false;
}

/* A member of group who is an administrator, or NULL. By the lists of members; the caller
 * frees. */
static char *find_admin(const char *group)
{
	const char *const *a;
	struct group *gr;
	char *found = NULL;
	char **p;

	for (a = vctx_policy_admin_groups; !found && *a; a++) {
		char **admins = NULL;
		size_t n = 0;

		if (!strcmp(*a, group))
			return vctx_cli_format("every member");
		gr = getgrnam(*a);
		for (p = gr ? gr->gr_mem : NULL; p && *p; p++) {
			admins = vctx_cli_must(realloc(admins, (n + 2) * sizeof(*p)));
			admins[n++] = vctx_cli_must(strdup(*p));
			admins[n] = NULL;
		}
		gr = admins ? getgrnam(group) : NULL;
		for (p = admins; p && *p; p++) {
			if (!found && gr && is_listed(gr->gr_mem, *p))
				found = vctx_cli_must(strdup(*p));
			free(*p);
		}
		free(admins);
	}
	return found;
}

static void check_admins(struct vctx_user_machine *m, const struct vctx_mapping *l)
{
	cleanup_free char *who = NULL;

	if (l->target == VCTX_TARGET_HOST || l->kind == VCTX_SUBJECT_USER ||
	    (l->flags & VCTX_MAP_INCLUDE_ADMINS))
		return;
	who = l->kind == VCTX_SUBJECT_ANY
		      ? vctx_cli_format("root and the members of sudo and wheel")
		      : find_admin(l->subject);
	if (who)
		vctx_findings_at(&m->f, VCTX_LEVEL_WARNING, l->file, l->line, 0,
				 "%s would be caught here, but the line lacks "
				 "include-admins: administrators stay on the host",
				 who);
}

static void check_caps(struct vctx_user_machine *m, const struct vctx_mapping *l)
{
	struct vctx_err ignored;
	char names[1024];
	uint64_t set;

	if (!l->caps || vctx_ceiling_parse(l->caps, true, &set, &ignored) ||
	    !(set & vctx_ceiling_unsafe))
		return;
	vctx_ceiling_print(set & vctx_ceiling_unsafe, names, sizeof(names));
	vctx_findings_at(&m->f, VCTX_LEVEL_WARNING, l->file, l->line, 0,
			 "%s: root inside can open the host", names + strlen("none "));
}

static void check_target(struct vctx_user_machine *m, const struct vctx_mapping *l)
{
	struct vctx_conf conf;
	struct vctx_err err;
	int fd;

	if (l->target == VCTX_TARGET_VSERVER && !strchr(l->vserver, '%')) {
		if (!vctx_config_vserver(l->vserver, &conf, &err))
			vctx_conf_done(&conf);
		else if (err.code == -ENOENT) /* other faults are told of the file */
			vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, l->file, l->line, 0,
					 "%s", err.msg);
	}
	if (!m->root || l->target != VCTX_TARGET_CONTEXT || !l->root)
		return;
	fd = vctx_rootdir_open(l->root, &err);
	if (fd < 0)
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, l->file, l->line, 0, "%s",
				 err.msg);
	vctx_fd_closep(&fd);
}

static bool is_known(const struct vctx_user_machine *m, const char *user)
{
	size_t i;

	for (i = 0; i < m->n_mapped; i++)
		if (!strcmp(m->mapped[i].who.user, user))
			return true;
	return false;
}

static void append(struct vctx_user_machine *m, const struct vctx_user_mapped *one)
{
	if (!(m->n_mapped & (m->n_mapped + 1)) || !m->mapped)
		m->mapped = vctx_cli_must(
			realloc(m->mapped, (m->n_mapped * 2 + 1) * sizeof(*m->mapped)));
	m->mapped[m->n_mapped++] = *one;
}

/* user=inside: the guest's passwd has to agree, else each login is refused. */
static void check_inside(struct vctx_user_machine *m, const struct vctx_user_mapped *p)
{
	struct vctx_inside in;
	struct vctx_err err;
	cleanup_close int root = -1;
	int r;

	if (!m->root || p->d.user != VCTX_USER_INSIDE)
		return;
	root = vctx_rootdir_open(p->d.plan.root, &err);
	if (root < 0)
		return; /* told of the vserver or the line */
	r = vctx_rootdir_user(root, p->who.user, &in, &err);
	if (r)
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, p->d.source.file,
				 p->d.source.line, 0, "%s: %s", p->d.plan.name, err.msg);
	else if (in.uid != p->who.uid || in.gid != p->who.gid)
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, p->d.source.file,
				 p->d.source.line, 0,
				 "%s has uid %u and gid %u on the host, but %u and %u "
				 "in %s",
				 p->who.user, p->who.uid, p->who.gid, in.uid, in.gid,
				 p->d.plan.name);
}

static void add_person(struct vctx_user_machine *m, const char *user)
{
	struct vctx_user_mapped one;

	if (is_known(m, user))
		return;
	vctx_resolve(&m->config, user, &one.who, &one.d);
	if (one.d.verdict == VCTX_VERDICT_ENTER && !one.d.audit) {
		append(m, &one);
		check_inside(m, &one);
	}
}

/* A line that is right as it stands may still lead to no plan. */
static void check_plan(struct vctx_user_machine *m, const struct vctx_mapping *l)
{
	struct vctx_person who;
	struct vctx_decision d;

	if (l->kind != VCTX_SUBJECT_USER || !lands(l) || m->config.rescue ||
	    m->config.all_broken || m->config.map.unreadable)
		return;
	vctx_resolve(&m->config, l->subject, &who, &d);
	/* nobody's line, and the lack of a file, are told elsewhere */
	if (d.verdict == VCTX_VERDICT_DENY && d.source.line == l->line && !d.plan.root[0])
		return;
	if (d.verdict == VCTX_VERDICT_DENY && d.source.line == l->line)
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, l->file, l->line, 0, "%s",
				 d.reason);
}

static void add_members(struct vctx_user_machine *m, const char *group)
{
	struct group *gr = getgrnam(group);
	char **names = NULL, **p;
	size_t i, n = 0;

	/* a copy: resolving asks the name service again */
	for (p = gr ? gr->gr_mem : NULL; p && *p; p++) {
		names = vctx_cli_must(realloc(names, (n + 1) * sizeof(*names)));
		names[n++] = vctx_cli_must(strdup(*p));
	}
	for (i = 0; i < n; i++) {
		add_person(m, names[i]);
		free(names[i]);
	}
	free(names);
}

/* Those of the local file: a name service may have millions. */
static void add_everyone(struct vctx_user_machine *m)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;

	while (f && (pw = fgetpwent(f)))
		if (pw->pw_uid >= FIRST_PERSON && pw->pw_uid < LAST_PERSON) {
			cleanup_free char *name = vctx_cli_must(strdup(pw->pw_name));

			add_person(m, name);
		}
	if (f)
		(void)fclose(f);
}

static void check_line(struct vctx_user_machine *m, const struct vctx_mapping *l)
{
	if (l->target == VCTX_TARGET_BROKEN)
		return;
	check_subject(m, l);
	check_admins(m, l);
	check_caps(m, l);
	check_target(m, l);
	check_plan(m, l);
}

void vctx_user_check_people(struct vctx_user_machine *m)
{
	const struct vctx_map *map = &m->config.map;
	bool any = false;
	size_t i;

	for (i = 0; i < map->n; i++)
		check_line(m, &map->v[i]);
	for (i = 0; i < map->n; i++) {
		const struct vctx_mapping *l = &map->v[i];

		if (!lands(l) || (l->flags & VCTX_MAP_AUDIT))
			continue;
		if (l->kind == VCTX_SUBJECT_USER)
			add_person(m, l->subject);
		else if (l->kind == VCTX_SUBJECT_GROUP)
			add_members(m, l->subject);
		any |= l->kind == VCTX_SUBJECT_ANY;
	}
	if (any || map->has_groups) /* whose primary group it is, is on no list */
		add_everyone(m);
}
