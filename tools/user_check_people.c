/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: the people whom the lines send into contexts. */
#include "user_check.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fd.h"
#include "resolve.h"
#include "rootdir.h"

#define FIRST_PERSON 1000 /* ids below are the system's own */
#define LAST_PERSON 60000

static bool lands(const struct vctx_mapping *m)
{
	return m->target == VCTX_TARGET_VSERVER || m->target == VCTX_TARGET_CONTEXT;
}

static bool is_known(const struct vctx_user_machine *m, const char *user)
{
	size_t i;

	for (i = 0; i < m->n_mapped; i++)
		if (!strcmp(m->mapped[i].who.user, user))
			return true;
	return false;
}

static void append(struct vctx_user_machine *m, const struct vctx_person *who,
		   const struct vctx_plan *plan)
{
	struct vctx_user_mapped one = {.who = *who, .caps = plan->caps};

	memcpy(one.context, plan->name, sizeof(one.context));
	if (!(m->n_mapped & (m->n_mapped + 1)) || !m->mapped)
		m->mapped = vctx_cli_must(
			realloc(m->mapped, (m->n_mapped * 2 + 1) * sizeof(*m->mapped)));
	m->mapped[m->n_mapped++] = one;
}

/* user=inside: the guest's passwd has to agree, else each login is refused. */
static void check_inside(struct vctx_user_machine *m, const struct vctx_person *who,
			 const struct vctx_decision *d)
{
	struct vctx_inside in;
	struct vctx_err err;
	cleanup_close int root = -1;
	int r;

	if (!m->root || d->user != VCTX_USER_INSIDE)
		return;
	root = vctx_rootdir_open(d->plan.root, &err);
	if (root < 0)
		return; /* told of the vserver or the line */
	r = vctx_rootdir_user(root, who->user, &in, &err);
	if (r)
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, d->source.file, d->source.line,
				 0, "%s: %s", d->plan.name, err.msg);
	else if (in.uid != who->uid || in.gid != who->gid)
		vctx_findings_at(
			&m->f, VCTX_LEVEL_ERROR, d->source.file, d->source.line, 0,
			"%s has uid %u and gid %u on the host, but %u and %u "
			"in %s",
			who->user, who->uid, who->gid, in.uid, in.gid, d->plan.name);
}

/* A line that is right as it stands may still lead to no plan. A vserver without a right
 * file is told of where it is named, but for a pattern, which names one only here. */
static void check_refused(struct vctx_user_machine *m, const struct vctx_mapping *l,
			  const char *user, const struct vctx_decision *d)
{
	bool pattern = l->vserver && strchr(l->vserver, '%');

	if (d->source.line != l->line || (!d->plan.root[0] && !pattern))
		return;
	vctx_findings_at(&m->f,
			 l->kind == VCTX_SUBJECT_USER ? VCTX_LEVEL_ERROR
						      : VCTX_LEVEL_WARNING,
			 l->file, l->line, 0, "%s is refused: %s", user, d->reason);
}

static void add_person(struct vctx_user_machine *m, struct vctx_mapping *l,
		       const char *user)
{
	struct vctx_config config = m->config;
	struct vctx_person who;
	struct vctx_decision d;

	if (l->kind == VCTX_SUBJECT_USER) {
		/* the own line decides; with a hundred thousand of them nobody may look
		 * at all of them for each */
		config.map.v = l;
		config.map.n = 1;
	} else if (is_known(m, user)) {
		return;
	}
	vctx_resolve(&config, user, &who, &d);
	if (d.audit)
		return;
	if (d.verdict == VCTX_VERDICT_ENTER) {
		append(m, &who, &d.plan);
		check_inside(m, &who, &d);
	} else if (d.verdict == VCTX_VERDICT_DENY) {
		check_refused(m, l, user, &d);
	}
}

static void add_members(struct vctx_user_machine *m, struct vctx_mapping *l)
{
	struct group *gr = getgrnam(l->subject);
	char **names = NULL, **p;
	size_t i, n = 0;

	/* a copy: resolving asks the name service again */
	for (p = gr ? gr->gr_mem : NULL; p && *p; p++) {
		names = vctx_cli_must(realloc(names, (n + 1) * sizeof(*names)));
		names[n++] = vctx_cli_must(strdup(*p));
	}
	for (i = 0; i < n; i++) {
		add_person(m, l, names[i]);
		free(names[i]);
	}
	free(names);
}

/* Those of the local file: a name service may have millions. */
static void add_everyone(struct vctx_user_machine *m, struct vctx_mapping *l)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;

	while (f && (pw = fgetpwent(f)))
		if (pw->pw_uid >= FIRST_PERSON && pw->pw_uid < LAST_PERSON) {
			cleanup_free char *name = vctx_cli_must(strdup(pw->pw_name));

			add_person(m, l, name);
		}
	if (f)
		(void)fclose(f);
}

void vctx_user_check_people(struct vctx_user_machine *m)
{
	const struct vctx_map *map = &m->config.map;
	struct vctx_mapping *wide = NULL;
	size_t i;

	if (m->config.rescue || m->config.all_broken || map->unreadable)
		return; /* nobody gets in, and that is told */
	for (i = 0; i < map->n; i++) {
		struct vctx_mapping *l = &map->v[i];

		if (!lands(l) || (l->flags & VCTX_MAP_AUDIT))
			continue;
		if (l->kind == VCTX_SUBJECT_USER)
			add_person(m, l, l->subject);
		else if (l->kind == VCTX_SUBJECT_GROUP)
			add_members(m, l);
		if (l->kind != VCTX_SUBJECT_USER)
			wide = l;
	}
	if (wide) /* whose primary group it is, is on no list */
		add_everyone(m, wide);
}
