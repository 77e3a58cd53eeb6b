/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables through libsmartcols, with the three options that all of them take. */
#include "table.h"

#include <getopt.h>
#include <errno.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "str.h"

static int find(const struct vctx_table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!strcasecmp(t->columns[i].name, name))
			return (int)i;
	return -1;
}

static void choose_usual(struct vctx_table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!t->columns[i].hidden)
			t->shown[t->n_shown++] = (int)i;
}

static int choose(struct vctx_table *t, const char *list, struct vctx_err *err)
{
	char word[32];
	int r, k;

	if (!list || *list == '+') {
		choose_usual(t);
		list = list ? list + 1 : "";
	}
	while ((r = vctx_str_word(&list, word, sizeof(word))) > 0) {
		k = find(t, word);
		if (k < 0)
			return vctx_err_set(err, -EINVAL, "no column '%s'", word);
		if (t->n_shown == VCTX_TABLE_COLUMNS_MAX)
			return vctx_err_set(err, -EINVAL, "too many columns");
		t->shown[t->n_shown++] = k;
	}
	if (r < 0 || !t->n_shown)
		return vctx_err_set(err, -EINVAL, "no such list of columns");
	return 0;
}

int vctx_table_init(struct vctx_table *t, const struct vctx_table_column *columns,
		    size_t n, const struct vctx_table_style *style, struct vctx_err *err)
{
	size_t i;
	int r;

	memset(t, 0, sizeof(*t));
	t->columns = columns;
	t->n = n;
	r = choose(t, style->output, err);
	if (r)
		return r;
	scols_init_debug(0);
	t->scols = vctx_cli_must(scols_new_table());
	(void)scols_table_enable_noheadings(t->scols, style->noheadings);
	(void)scols_table_enable_raw(t->scols, style->raw);
	for (i = 0; i < t->n_shown; i++)
		(void)vctx_cli_must(scols_table_new_column(
			t->scols, columns[t->shown[i]].name, 0, 0));
	return 0;
}

void vctx_table_row(struct vctx_table *t, const char *const values[])
{
	struct libscols_line *line = vctx_cli_must(scols_table_new_line(t->scols, NULL));
	size_t i;

	for (i = 0; i < t->n_shown; i++)
		if (values[t->shown[i]] &&
		    scols_line_set_data(line, i, values[t->shown[i]]))
			(void)vctx_cli_must(NULL);
}

void vctx_table_print(struct vctx_table *t)
{
	(void)scols_print_table(t->scols);
	scols_unref_table(t->scols);
	t->scols = NULL;
}

void vctx_table_help(const struct vctx_table_column *columns, size_t n)
{
	size_t i;

	fputs("\nColumns for --output (those with * only when named):\n", stdout);
	for (i = 0; i < n; i++)
		printf("  %-8s%s %s\n", columns[i].name, columns[i].hidden ? "*" : " ",
		       columns[i].help);
}

int vctx_table_options(int argc, char **argv, int (*usage)(void), bool *json,
		       struct vctx_table_style *style)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'J'},
		{"output", required_argument, NULL, 'o'},
		{"noheadings", no_argument, NULL, 'n'},
		{"raw", no_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		switch (c) {
		case 'J':
			*json = true;
			break;
		case 'o':
			style->output = optarg;
			break;
		case 'n':
			style->noheadings = true;
			break;
		case 'r':
			style->raw = true;
			break;
		case 'h':
			return usage();
		default:
			return vctx_cli_bad_option(c, argv);
		}
	}
	return -1;
}
