/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: every error and danger of this machine's configuration. */
#include "user_check.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "fd.h"
#include "json.h"
#include "user.h"

static void (*const parts[])(struct vctx_user_machine *) = {
	vctx_user_check_words, vctx_user_check_people, vctx_user_check_vservers,
	vctx_user_check_net,   vctx_user_check_pam,    vctx_user_check_sshd,
	vctx_user_check_doors, vctx_user_check_kernel,
};

static const struct option options[] = {
	{"json", no_argument, NULL, 'J'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int usage(void)
{
	puts("Usage: vctx-user check [--json]\n"
	     "Reads the mappings, the vservers, the PAM stacks and sshd's configuration, "
	     "and\n"
	     "reports errors, warnings and notes. Exit status 1 if there is an error.\n\n"
	     "      --json  as JSON\n"
	     "  -h, --help  this text");
	return VCTX_EXIT_DONE;
}

static void check_files(struct vctx_user_machine *m)
{
	size_t i;

	if (m->config.map.unreadable && m->root)
		vctx_findings_add(&m->f, VCTX_LEVEL_ERROR,
				  "%s: everyone but root is refused",
				  m->config.map.unreadable);
	else if (m->config.map.unreadable) /* perhaps by us alone */
		vctx_findings_add(&m->f, VCTX_LEVEL_WARNING, "%s",
				  m->config.map.unreadable);
	if (m->config.all_broken)
		vctx_findings_add(&m->f, VCTX_LEVEL_ERROR, "%s", m->config.all_broken);
	if (m->config.rescue)
		vctx_findings_at(&m->f, VCTX_LEVEL_WARNING, VCTX_RESCUE_FILE, 0, 0,
				 "the rescue marker is there: mapped people are refused");
	vctx_user_check_lines(&m->config.map, &m->f);
	for (i = 0; i < m->config.map.n; i++)
		m->active |= m->config.map.v[i].target != VCTX_TARGET_HOST;
	m->active |= m->config.map.unreadable != NULL;
}

static void print_text(const struct vctx_findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		cleanup_free char *place = vctx_findings_place(&f->v[i]);

		printf("%s: %s%s\n", vctx_findings_level_name(f->v[i].level), place,
		       f->v[i].text);
	}
}

static void number_or_null(struct json_object *o, const char *key, unsigned int n)
{
	if (n)
		vctx_json_number(o, key, n);
	else
		vctx_json_null(o, key);
}

static void print_json(const struct vctx_findings *f)
{
	struct json_object *o = vctx_json_new(), *list, *one;
	size_t i;

	vctx_json_number(o, "errors", f->count[VCTX_LEVEL_ERROR]);
	vctx_json_number(o, "warnings", f->count[VCTX_LEVEL_WARNING]);
	list = vctx_json_array(o, "findings");
	for (i = 0; i < f->n; i++) {
		one = vctx_json_object();
		vctx_json_text(one, "level", vctx_findings_level_name(f->v[i].level));
		vctx_json_text(one, "file", f->v[i].file);
		number_or_null(one, "line", f->v[i].line);
		number_or_null(one, "column", f->v[i].column);
		vctx_json_text(one, "text", f->v[i].text);
		vctx_json_append(list, one);
	}
	vctx_json_print(o);
}

static int run(bool json)
{
	struct vctx_user_machine m = {.root = !geteuid()};
	size_t i;
	int r = vctx_user_load(&m.config);

	if (r)
		return r;
	if (!m.root)
		vctx_findings_add(&m.f, VCTX_LEVEL_NOTE,
				  "not run by root: the vservers' roots, spools and sshd "
				  "are not looked at");
	check_files(&m);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		parts[i](&m);
	if (json)
		print_json(&m.f);
	else
		print_text(&m.f);
	r = m.f.count[VCTX_LEVEL_ERROR] ? VCTX_EXIT_FAILED : VCTX_EXIT_DONE;
	vctx_findings_done(&m.f);
	vctx_config_done(&m.config);
	free(m.mapped);
	return r;
}

int vctx_user_check(int argc, char **argv)
{
	bool json = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h')
			return usage();
		if (c != 'J')
			return vctx_cli_bad_option(c, argv);
		json = true;
	}
	if (optind < argc)
		return vctx_cli_misuse("'%s' is too much", argv[optind]);
	return run(json);
}
