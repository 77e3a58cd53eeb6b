/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: vservers.conf, every vserver's file, roots and numbers. */
#include "user_check.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ceiling.h"
#include "cli.h"
#include "ctx.h"
#include "fd.h"
#include "resolve.h"
#include "rootdir.h"

/* What no two contexts may share. */
struct claim {
	char *file;
	unsigned int line;
	char name[VCTX_NAME_SIZE];
	uint32_t xid; /* 0: none */
	char root[1024];
};

struct claims {
	struct claim *v;
	size_t n;
};

static void add_claim(struct claims *c, const struct claim *one)
{
	c->v = vctx_cli_must(realloc(c->v, (c->n + 1) * sizeof(*c->v)));
	c->v[c->n++] = *one;
}

static int by_xid(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return x->xid < y->xid ? -1 : x->xid > y->xid;
}

static int by_root(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return strcmp(x->root, y->root);
}

/* Lines with one context= and one root= mean the same context. */
static void check_claims(struct claims *c, struct vctx_findings *f)
{
	size_t i;

	if (!c->n)
		return;
	qsort(c->v, c->n, sizeof(*c->v), by_xid);
	for (i = 1; i < c->n; i++) {
		struct claim *a = &c->v[i - 1], *b = &c->v[i];

		if (b->xid && a->xid == b->xid &&
		    (strcmp(a->name, b->name) || strcmp(a->root, b->root)))
			vctx_findings_at(f, VCTX_LEVEL_ERROR, b->file, b->line, 0,
					 "context %u is %s's (%s) too", b->xid, a->name,
					 a->file);
	}
	qsort(c->v, c->n, sizeof(*c->v), by_root);
	for (i = 1; i < c->n; i++) {
		struct claim *a = &c->v[i - 1], *b = &c->v[i];

		if (b->root[0] && !strcmp(a->root, b->root) && strcmp(a->name, b->name))
			vctx_findings_at(f, VCTX_LEVEL_ERROR, b->file, b->line, 0,
					 "root %s is %s's (%s) too", b->root, a->name,
					 a->file);
	}
}

static void check_settings(struct vctx_user_machine *m, const char *file,
			   const struct vctx_conf *conf, const struct vctx_plan *plan)
{
	char names[1024];

	if (plan->host_ids)
		vctx_findings_at(
			&m->f, VCTX_LEVEL_WARNING, file, conf->line[VCTX_KEY_USERNS], 0,
			"USERNS=host: ids inside are the host's%s",
			plan->allow_root ? ", and root inside is the host's root" : "");
	if (plan->caps & vctx_ceiling_unsafe) {
		vctx_ceiling_print(plan->caps & vctx_ceiling_unsafe, names,
				   sizeof(names));
		vctx_findings_at(
			&m->f, VCTX_LEVEL_WARNING, file, conf->line[VCTX_KEY_S_CAPS], 0,
			"%s: root inside can open the host", names + strlen("none "));
	}
}

static void check_root(struct vctx_user_machine *m, const char *file,
		       const struct vctx_conf *conf, const char *root)
{
	struct vctx_err err;
	int fd;

	if (!m->root)
		return;
	fd = vctx_rootdir_open(root, &err);
	if (fd < 0)
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, file, conf->line[VCTX_KEY_ROOT],
				 0, "%s", err.msg);
	vctx_fd_closep(&fd);
}

static void check_vserver(struct vctx_user_machine *m, const char *name, struct claims *c)
{
	struct claim one = {0};
	struct vctx_conf conf;
	struct vctx_plan plan;
	struct vctx_err err;
	char file[512];

	(void)snprintf(file, sizeof(file), "%s/%s.conf", VCTX_CONF_DIR, name);
	if (vctx_config_vserver(name, &conf, &err)) {
		vctx_findings_add(&m->f, VCTX_LEVEL_ERROR, "%s", err.msg);
		return;
	}
	if (m->config.all_broken) {
		vctx_conf_done(&conf);
		return;
	}
	if (vctx_resolve_vserver(&m->config, name, &plan, &err)) {
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, file, 0, 0, "%s", err.msg);
	} else {
		check_settings(m, file, &conf, &plan);
		check_root(m, file, &conf, plan.root);
		one.file = vctx_cli_must(strdup(file));
		one.xid = plan.xid;
		(void)snprintf(one.name, sizeof(one.name), "%s", name);
		(void)snprintf(one.root, sizeof(one.root), "%s", plan.root);
		add_claim(c, &one);
	}
	vctx_conf_done(&conf);
}

static void check_dir(struct vctx_user_machine *m, struct claims *c)
{
	char name[256];
	struct dirent **list = NULL;
	int i, n = scandir(VCTX_CONF_DIR, &list, NULL, alphasort);

	if (n < 0 && errno != ENOENT)
		vctx_findings_add(&m->f, VCTX_LEVEL_ERROR, "%s: %s", VCTX_CONF_DIR,
				  strerror(errno));
	for (i = 0; i < n; i++) {
		size_t len = strlen(list[i]->d_name);

		if (len > 5 && list[i]->d_name[0] != '.' &&
		    !strcmp(list[i]->d_name + len - 5, ".conf")) {
			memcpy(name, list[i]->d_name, len - 5);
			name[len - 5] = 0;
			check_vserver(m, name, c);
		}
		free(list[i]);
	}
	free(list);
}

static void add_lines(struct vctx_user_machine *m, struct claims *c)
{
	size_t i;

	for (i = 0; i < m->config.map.n; i++) {
		const struct vctx_mapping *l = &m->config.map.v[i];
		struct claim one = {0};

		if (l->target != VCTX_TARGET_CONTEXT)
			continue;
		one.file = vctx_cli_must(strdup(l->file));
		one.line = l->line;
		one.xid = l->xid;
		(void)snprintf(one.name, sizeof(one.name), "#%u", l->xid);
		(void)snprintf(one.root, sizeof(one.root), "%s", l->root);
		add_claim(c, &one);
	}
}

/* A guest's set-uid file is the real root's on disk: nobody else may get near it. */
static void check_vserverdir(struct vctx_user_machine *m)
{
	const char *set = m->config.all.val[VCTX_KEY_VSERVERDIR];
	const char *dir = set ? set : VCTX_LOCALSTATEDIR "/lib/vservers";
	struct stat st;

	if (lstat(dir, &st))
		vctx_findings_at(&m->f, set ? VCTX_LEVEL_ERROR : VCTX_LEVEL_NOTE, dir, 0,
				 0, "VSERVERDIR: %s", strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, dir, 0, 0,
				 "VSERVERDIR is not a directory");
	else if (st.st_uid || (st.st_mode & 07777) != 0700)
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, dir, 0, 0,
				 "VSERVERDIR has to be root's with mode 0700, not uid %u "
				 "with %04o",
				 (unsigned int)st.st_uid,
				 (unsigned int)(st.st_mode & 07777));
}

static void check_owner(struct vctx_user_machine *m, const char *dir)
{
	struct stat st;

	if (!stat(dir, &st) && (st.st_uid || (st.st_mode & 022)))
		vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, dir, 0, 0,
				 "has to be root's and writable by root alone");
}

void vctx_user_check_vservers(struct vctx_user_machine *m)
{
	struct claims c = {0};
	size_t i;

	check_owner(m, VCTX_SYSCONFDIR "/security");
	check_owner(m, VCTX_MAP_DIR);
	check_owner(m, VCTX_CONF_DIR);
	if (!m->config.all_broken)
		check_vserverdir(m);
	check_dir(m, &c);
	add_lines(m, &c);
	check_claims(&c, &m->f);
	for (i = 0; i < c.n; i++)
		free(c.v[i].file);
	free(c.v);
}
