/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-setup status: what libpam makes of the files, beside what they should be. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include "config.h"
#include "policy.h"
#include "setup_files.h"
#include "setup_run.h"
#include "setup_stack.h"
#include "str.h"
#include "setup.h"

enum { COL_SERVICE, COL_ACCOUNT, COL_SESSION, COL_GATE, COL_NOTE, COL_N };

struct row {
	const char *name;
	const char *cell[COL_N]; /* those of the facts, or literals */
	char note[320];
	bool missing;
};

struct status {
	struct setup_files files;
	struct vctx_config config;
	struct libscols_table *table;
	char *seen[1024]; /* owned */
	size_t n_seen;
	int exit_status;
};

static const char *part_cell(const struct setup_part *p, const char *service)
{
	if (p->empty)
		return "other";
	if (p->state == SETUP_MISSING)
		return "no";
	if (p->state == SETUP_GUARD)
		return "guard";
	return strcmp(p->from, service) ? p->from : "yes";
}

static void note(struct row *row, bool missing, const char *text)
{
	row->missing |= missing;
	if (!row->note[0])
		(void)snprintf(row->note, sizeof(row->note), "%s", text);
}

static bool is_guarded(struct status *s, const struct setup_part *account,
		       struct vctx_err *err)
{
	struct setup_source src = {setup_files_read, &s->files};
	struct setup_facts other;

	if (!account->empty)
		return account->state != SETUP_MISSING;
	return !setup_stack_facts(&src, "other", &other, err) &&
	       other.account.state != SETUP_MISSING;
}

/* runuser asks no account line. */
static bool asks_account(const char *service)
{
	return strncmp(service, "runuser", 7) != 0;
}

static void judge_landing(struct status *s, const struct setup_facts *f, struct row *row)
{
	struct vctx_err err;
	bool guarded = is_guarded(s, &f->account, &err) && asks_account(row->name);

	if (f->session.state == SETUP_GUARD ||
	    (f->session.state == SETUP_MISSING && guarded))
		note(row, true, "mapped people are refused");
	else if (f->session.state == SETUP_MISSING)
		note(row, true, "mapped people stay on the host");
	else if (asks_account(row->name) && f->account.state != SETUP_LANDS)
		note(row, true, "no account line: failures show late");
	else if (vctx_policy_service(&s->config.all, row->name) == VCTX_SERVICE_REFUSED)
		note(row, true, "not in SERVICES: mapped people are refused");
}

static void judge_sshd(struct row *row)
{
	struct vctx_err err;
	int r = setup_run_use_pam(&err);

	if (!r)
		note(row, true, "UsePAM no: sshd does not ask PAM");
	else if (r < 0)
		note(row, false, r == -ENOENT ? "no /usr/sbin/sshd" : err.msg);
}

static void judge(struct status *s, const struct setup_facts *f, struct row *row)
{
	char text[200];

	row->cell[COL_ACCOUNT] = part_cell(&f->account, row->name);
	row->cell[COL_SESSION] = part_cell(&f->session, row->name);
	row->cell[COL_GATE] = f->ungated ? "no" : f->gated ? "yes" : "-";
	if (f->problem[0])
		note(row, true, f->problem);
	if (setup_is_one_of(setup_bases, row->name)) {
		row->cell[COL_SESSION] = row->cell[COL_GATE] = "-";
		if (f->account.state == SETUP_MISSING)
			note(row, true, "services without lines let mapped people in");
		return;
	}
	if (!setup_is_one_of(setup_guards, row->name))
		judge_landing(s, f, row);
	else if (f->session.state != SETUP_MISSING)
		note(row, false, "mapped people are refused");
	else
		/* sudo's account is the caller's, its session the target's */
		note(row, true, "reaches mapped people on the host");
	if (f->ungated && f->session.state == SETUP_LANDS) {
		(void)snprintf(text, sizeof(text), "%s runs for mapped people too",
			       f->ungated_name);
		note(row, true, text);
	}
	if (!strcmp(row->name, "sshd"))
		judge_sshd(row);
	if (f->session.state == SETUP_LANDS && strcmp(f->session.from, row->name) != 0) {
		(void)snprintf(text, sizeof(text), "through %s", f->session.from);
		note(row, false, text);
	}
}

static int add_row(struct status *s, const struct row *row)
{
	struct libscols_line *line = scols_table_new_line(s->table, NULL);
	int i, r = line ? 0 : -ENOMEM;

	for (i = 0; !r && i < COL_N; i++)
		r = scols_line_set_data(line, (size_t)i, row->cell[i]);
	if (row->missing)
		s->exit_status = 1;
	return r;
}

static bool has_been_seen(struct status *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_seen; i++)
		if (!strcmp(s->seen[i], name))
			return true;
	if (s->n_seen < sizeof(s->seen) / sizeof(s->seen[0]) &&
	    (s->seen[s->n_seen] = strdup(name)))
		s->n_seen++;
	return false;
}

/* A service that is not there is nothing that could be missing, unless it was asked for.
 */
static int show(struct status *s, const char *name, bool asked)
{
	struct row row = {.name = name, .cell = {name, "-", "-", "-", row.note}};
	struct setup_source src = {setup_files_read, &s->files};
	struct setup_facts f;
	struct vctx_err err;
	int r;

	if (has_been_seen(s, name))
		return 0;
	r = setup_stack_facts(&src, name, &f, &err);
	if (r == -ENOENT && strstr(err.msg, name)) {
		if (!asked && setup_is_one_of(setup_guards, name))
			return 0;
		note(&row, asked, "not installed");
	} else if (r)
		note(&row, true, err.msg);
	else
		judge(s, &f, &row);
	return add_row(s, &row);
}

static int show_list(struct status *s, const char *const *list, bool asked)
{
	int r = 0;

	for (; !r && *list; list++)
		r = show(s, *list, asked);
	return r;
}

static int show_all(struct status *s, struct vctx_err *err)
{
	const char *more = s->config.all.val[VCTX_KEY_SERVICES];
	char **marked = NULL, word[64];
	int r = show_list(s, setup_services, false);

	while (!r && more && vctx_str_word(&more, word, sizeof(word)) > 0)
		r = show(s, word, false);
	if (!r)
		r = show_list(s, setup_guards, false);
	if (!r)
		r = setup_files_marked(&s->files, &marked, err);
	else
		return vctx_err_set(err, r, "out of memory");
	if (!r)
		r = show_list(s, setup_bases, true);
	if (!r)
		r = show_list(s, (const char *const *)marked, false);
	setup_names_free(marked);
	return r;
}

static int make_table(struct status *s, struct vctx_err *err)
{
	static const char *const names[COL_N] = {"SERVICE", "ACCOUNT", "SESSION", "GATE",
						 "NOTE"};
	int i;

	s->table = scols_new_table();
	for (i = 0; s->table && i < COL_N; i++)
		if (!scols_table_new_column(s->table, names[i], 0,
					    i == COL_NOTE ? SCOLS_FL_WRAP : 0))
			return vctx_err_set(err, -ENOMEM, "out of memory");
	return s->table ? 0 : vctx_err_set(err, -ENOMEM, "out of memory");
}

static int run(struct status *s, const struct setup_options *o, struct vctx_err *err)
{
	int r = setup_files_open(&s->files, false, err);

	if (!r)
		r = vctx_config_load(&s->config, err);
	if (!r)
		r = make_table(s, err);
	if (!r && o->services[0])
		r = show_list(s, (const char *const *)o->services, true);
	else if (!r)
		r = show_all(s, err);
	if (!r)
		(void)scols_print_table(s->table);
	if (!r && s->config.rescue)
		printf("%s is there: only root and people with may-rescue get in.\n",
		       VCTX_RESCUE_FILE);
	if (!r && s->config.all_broken) {
		printf("%s\n", s->config.all_broken);
		s->exit_status = 1;
	}
	return r;
}

int setup_status(const struct setup_options *o)
{
	struct status *s = calloc(1, sizeof(*s));
	struct vctx_err err = {0};
	int r = s ? run(s, o, &err) : vctx_err_set(&err, -ENOMEM, "out of memory");

	if (r)
		fprintf(stderr, "vctx-setup: %s\n", err.msg);
	if (!r && s)
		r = s->exit_status;
	if (s) {
		scols_unref_table(s->table);
		vctx_config_done(&s->config);
		while (s->n_seen)
			free(s->seen[--s->n_seen]);
		setup_files_close(&s->files);
	}
	free(s);
	return r ? 1 : 0;
}
