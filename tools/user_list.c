/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user list: all lines of all files, the broken ones too. */
#include "user.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fd.h"
#include "json.h"
#include "table.h"
#include "user_json.h"

enum {
	C_SUBJECT,
	C_TARGET,
	C_IP,
	C_IP6,
	C_PORTS,
	C_ROOT,
	C_CAPS,
	C_USER,
	C_UIDS,
	C_FLAGS,
	C_FILE,
	C_PROBLEM,
	C_N
};

static const struct vctx_table_column columns[C_N] = {
	[C_SUBJECT] = {"SUBJECT", "user, @group or *", false},
	[C_TARGET] = {"TARGET", "deny, host, a vserver's name, or #NUMBER", false},
	[C_IP] = {"IP", "addresses on the line", true},
	[C_IP6] = {"IP6", "IPv6 addresses on the line", true},
	[C_PORTS] = {"PORTS", "range of ports on the line", true},
	[C_ROOT] = {"ROOT", "root on the line", true},
	[C_CAPS] = {"CAPS", "capability ceiling on the line", true},
	[C_USER] = {"USER", "who the person is inside: inside or create", true},
	[C_UIDS] = {"UIDS", "more ids on the line", true},
	[C_FLAGS] = {"FLAGS", "words without a value", false},
	[C_FILE] = {"FILE", "file and line", false},
	[C_PROBLEM] = {"PROBLEM", "why the line is broken", false},
};

static int usage(void)
{
	puts("Usage: vctx-user list [OPTION...]\n"
	     "Shows all lines of vctx.conf and vctx.conf.d, in the order of reading.\n\n"
	     "  -o, --output COLUMNS  these columns, or +COLUMN for one more\n"
	     "      --noheadings      without the line of headings\n"
	     "      --raw             without alignment\n"
	     "      --json            as JSON\n"
	     "  -h, --help            this text");
	vctx_table_help(columns, C_N);
	return VCTX_EXIT_DONE;
}

static void add_row(struct vctx_table *t, const struct vctx_mapping *m)
{
	cleanup_free char *subject = vctx_user_subject(m), *target = vctx_user_target(m),
			  *flags = vctx_user_flags(m),
			  *file = vctx_cli_format("%s:%u", m->file, m->line);
	const char *row[C_N] = {
		[C_SUBJECT] = subject, [C_TARGET] = target,  [C_IP] = m->ip,
		[C_IP6] = m->ip6,      [C_PORTS] = m->ports, [C_ROOT] = m->root,
		[C_CAPS] = m->caps,    [C_UIDS] = m->uids,   [C_FLAGS] = flags,
		[C_FILE] = file,       [C_PROBLEM] = m->why,
	};

	if (m->target == VCTX_TARGET_VSERVER || m->target == VCTX_TARGET_CONTEXT)
		row[C_USER] = m->user == VCTX_USER_CREATE ? "create" : "inside";
	vctx_table_row(t, row);
}

static int print_table(const struct vctx_map *map, const struct vctx_table_style *style)
{
	struct vctx_table t;
	struct vctx_err err;
	size_t i;

	if (vctx_table_init(&t, columns, C_N, style, &err))
		return vctx_cli_misuse("%s", err.msg);
	for (i = 0; i < map->n; i++)
		add_row(&t, &map->v[i]);
	vctx_table_print(&t);
	return VCTX_EXIT_DONE;
}

static void print_json(const struct vctx_map *map)
{
	struct json_object *o = vctx_json_new(), *lines = vctx_json_array(o, "lines");
	size_t i;

	for (i = 0; i < map->n; i++)
		vctx_json_append(lines, vctx_user_json_line(&map->v[i]));
	vctx_json_text(o, "unreadable", map->unreadable);
	vctx_json_print(o);
}

static int run(bool json, const struct vctx_table_style *style)
{
	struct vctx_config config;
	int r = vctx_user_load(&config);

	if (r)
		return r;
	if (json)
		print_json(&config.map);
	else
		r = print_table(&config.map, style);
	if (!r && config.map.unreadable)
		r = vctx_cli_fail("%s", config.map.unreadable);
	vctx_config_done(&config);
	return r;
}

int vctx_user_list(int argc, char **argv)
{
	struct vctx_table_style style = {0};
	bool json = false;
	int r = vctx_table_options(argc, argv, usage, &json, &style);

	if (r >= 0)
		return r;
	if (optind < argc)
		return vctx_cli_misuse("'%s' is too much", argv[optind]);
	if (json && (style.output || style.noheadings || style.raw))
		return vctx_cli_misuse("--json takes no option of tables");
	return run(json, &style);
}
