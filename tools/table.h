/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables through libsmartcols, with the three options that all of them take. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define VCTX_TABLE_COLUMNS_MAX 24

struct vctx_table_column {
	const char *name, *help;
	bool hidden; /* only where -o names it */
};

struct vctx_table_style {
	const char *output; /* of -o: "A,B", "+C", or NULL */
	bool noheadings, raw;
};

struct vctx_table {
	struct libscols_table *scols;
	const struct vctx_table_column *columns;
	size_t n;
	int shown[VCTX_TABLE_COLUMNS_MAX]; /* in this order, indexes into columns */
	size_t n_shown;
};

/* The columns' names are matched in any case; "+C" adds to the usual ones. -EINVAL: there
 * is none of that name. */
int vctx_table_init(struct vctx_table *t, const struct vctx_table_column *columns,
		    size_t n, const struct vctx_table_style *style,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* One value for each of the columns, shown or not; NULL is an empty cell. */
void vctx_table_row(struct vctx_table *t, const char *const values[]);

/* Prints and frees. */
void vctx_table_print(struct vctx_table *t);

/* "Available columns:" and one line each, for --help. */
void vctx_table_help(const struct vctx_table_column *columns, size_t n);

/* Reads the options of a verb that shows a table: --json, -o, --noheadings, --raw,
 * --help, which calls usage. -1: go on, operands from optind; else the exit status. */
int vctx_table_options(int argc, char **argv, int (*usage)(void), bool *json,
		       struct vctx_table_style *style);
