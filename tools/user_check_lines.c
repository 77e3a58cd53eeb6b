/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: the mapping lines, one by one. */
#include "user_check.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "ceiling.h"
#include "cli.h"
#include "fd.h"
#include "policy.h"
#include "resolve.h"
#include "rootdir.h"

static int by_subject(const void *a, const void *b)
{
	const struct vctx_mapping *x = *(const struct vctx_mapping *const *)a,
				  *y = *(const struct vctx_mapping *const *)b;
	int r = (int)x->kind - (int)y->kind;

	if (!r && x->subject && y->subject)
		r = strcmp(x->subject, y->subject);
	return r ? r : x < y ? -1 : x > y; /* then in the order of reading */
}

static void check_second(const struct vctx_mapping *first, const struct vctx_mapping *m,
			 struct vctx_findings *f)
{
	bool same = first->subject && m->subject ? !strcmp(first->subject, m->subject)
						 : !first->subject && !m->subject;

	if (first->kind != m->kind || !same)
		return;
	if (m->kind == VCTX_SUBJECT_USER)
		vctx_findings_at(f, VCTX_LEVEL_ERROR, m->file, m->line, 0,
				 "a second line for %s, the first is %s:%u: the login is "
				 "refused",
				 m->subject, first->file, first->line);
	else
		vctx_findings_at(f, VCTX_LEVEL_WARNING, m->file, m->line, 0,
				 "a second line for %s%s: %s:%u goes before it",
				 m->kind == VCTX_SUBJECT_GROUP ? "@" : "*",
				 m->subject ? m->subject : "", first->file, first->line);
}

void vctx_user_check_lines(const struct vctx_map *map, struct vctx_findings *f)
{
	const struct vctx_mapping **v = vctx_cli_must(malloc((map->n + 1) * sizeof(*v)));
	size_t i, n = 0;

	for (i = 0; i < map->n; i++) {
		const struct vctx_mapping *m = &map->v[i];

		if (m->target == VCTX_TARGET_BROKEN)
			vctx_findings_at(f, VCTX_LEVEL_ERROR, m->file, m->line, m->column,
					 "%s", m->why);
		if (!m->nameless)
			v[n++] = m;
	}
	qsort(v, n, sizeof(*v), by_subject);
	for (i = 1; i < n; i++)
		check_second(v[i - 1], v[i], f);
	free(v);
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

void vctx_user_check_words(struct vctx_user_machine *m)
{
	size_t i;

	for (i = 0; i < m->config.map.n; i++) {
		const struct vctx_mapping *l = &m->config.map.v[i];

		if (l->target == VCTX_TARGET_BROKEN)
			continue;
		check_subject(m, l);
		check_admins(m, l);
		check_caps(m, l);
		check_target(m, l);
	}
}
