/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user del: removes a line. */
#include "user.h"

#include <getopt.h>
#include <string.h>

#include "cli.h"
#include "user_file.h"

static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};

static int usage(void)
{
	puts("Usage: vctx-user del SUBJECT\n"
	     "Removes the line of a user, an @group or '*' from vctx.conf. Who has no "
	     "line\n"
	     "and is in no group that has one lands on the host.\n\n"
	     "  -h, --help  this text");
	return VCTX_EXIT_DONE;
}

static int remove_line(struct vctx_user_file *f, const struct vctx_map *map,
		       const char *subject)
{
	const struct vctx_mapping *m = vctx_user_find(map, subject);
	struct vctx_err err;

	if (!m)
		return map->unreadable
			       ? vctx_cli_fail("%s", map->unreadable)
			       : vctx_cli_fail("there is no line for %s", subject);
	if (strcmp(m->file, VCTX_MAP_FILE))
		return vctx_cli_fail("the line of %s is %s:%u: only %s is changed here",
				     subject, m->file, m->line, VCTX_MAP_FILE);
	if (vctx_user_file_put(f, m->line, NULL, &err))
		return vctx_cli_fail("%s", err.msg);
	return VCTX_EXIT_DONE;
}

int vctx_user_del(int argc, char **argv)
{
	struct vctx_config config;
	struct vctx_user_file f;
	struct vctx_err err;
	int c, r;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1)
		return c == 'h' ? usage() : vctx_cli_bad_option(c, argv);
	if (argc - optind != 1)
		return vctx_cli_misuse("one user, @group or '*' is needed");
	if (vctx_user_file_open(&f, &err))
		return vctx_cli_fail("%s", err.msg);
	r = vctx_user_load(&config);
	if (!r) {
		r = remove_line(&f, &config.map, argv[optind]);
		vctx_config_done(&config);
	}
	vctx_user_file_close(&f);
	return r;
}
