/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user show: one line, a word a row. */
#include "user.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fd.h"
#include "json.h"
#include "str.h"
#include "table.h"
#include "user_json.h"

static const struct vctx_table_column columns[] = {
	{"WORD", "word of the line", false},
	{"VALUE", "what stands behind it", false},
};

static int usage(void)
{
	puts("Usage: vctx-user show [OPTION...] SUBJECT\n"
	     "Shows the line of a user, an @group or '*', a word a row.\n\n"
	     "  -o, --output COLUMNS  these columns\n"
	     "      --noheadings      without the line of headings\n"
	     "      --raw             without alignment\n"
	     "      --json            as JSON\n"
	     "  -h, --help            this text");
	vctx_table_help(columns, 2);
	return VCTX_EXIT_DONE;
}

static void row(struct vctx_table *t, const char *word, const char *value)
{
	const char *cells[] = {word, value};

	if (value)
		vctx_table_row(t, cells);
}

static void add_rows(struct vctx_table *t, const struct vctx_mapping *m)
{
	cleanup_free char *subject = vctx_user_subject(m), *flags = vctx_user_flags(m),
			  *place = vctx_cli_format("%s:%u", m->file, m->line),
			  *xid = vctx_cli_format("%u", m->xid);
	const char *p = flags;
	char word[32];

	row(t, "subject", subject);
	row(t, "line", place);
	row(t, "host", m->target == VCTX_TARGET_HOST ? "" : NULL);
	row(t, "deny", m->target == VCTX_TARGET_DENY ? "" : NULL);
	row(t, "vserver", m->vserver);
	row(t, "context", m->target == VCTX_TARGET_CONTEXT ? xid : NULL);
	row(t, "root", m->root);
	row(t, "ip", m->ip);
	row(t, "ip6", m->ip6);
	row(t, "ports", m->ports);
	row(t, "caps", m->caps);
	row(t, "uids", m->uids);
	row(t, "user", m->user == VCTX_USER_CREATE ? "create" : NULL);
	while (vctx_str_word(&p, word, sizeof(word)) > 0)
		row(t, word, "");
	row(t, "problem", m->why);
}

static int show(const struct vctx_mapping *m, bool json,
		const struct vctx_table_style *style)
{
	struct json_object *o;
	struct vctx_table t;
	struct vctx_err err;

	if (json) {
		o = vctx_json_new();
		vctx_json_add(o, "mapping", vctx_user_json_line(m));
		vctx_json_print(o);
		return VCTX_EXIT_DONE;
	}
	if (vctx_table_init(&t, columns, 2, style, &err))
		return vctx_cli_misuse("%s", err.msg);
	add_rows(&t, m);
	vctx_table_print(&t);
	return VCTX_EXIT_DONE;
}

static int run(const char *subject, bool json, const struct vctx_table_style *style)
{
	const struct vctx_mapping *m;
	struct vctx_config config;
	int r = vctx_user_load(&config);

	if (r)
		return r;
	m = vctx_user_find(&config.map, subject);
	if (m)
		r = show(m, json, style);
	else if (config.map.unreadable)
		r = vctx_cli_fail("%s", config.map.unreadable);
	else
		r = vctx_cli_fail("there is no line for %s", subject);
	vctx_config_done(&config);
	return r;
}

int vctx_user_show(int argc, char **argv)
{
	struct vctx_table_style style = {0};
	bool json = false;
	int r = vctx_table_options(argc, argv, usage, &json, &style);

	if (r >= 0)
		return r;
	if (argc - optind != 1)
		return vctx_cli_misuse("one user, @group or '*' is needed");
	if (json && (style.output || style.noheadings || style.raw))
		return vctx_cli_misuse("--json takes no option of tables");
	return run(argv[optind], json, &style);
}
