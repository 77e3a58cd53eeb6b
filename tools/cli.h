/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command of ours talks: one line on stderr, exit codes 0 done, 1 failed, 2 usage.
 */
#pragma once

#include "err.h"

enum { VCTX_EXIT_DONE = 0, VCTX_EXIT_FAILED = 1, VCTX_EXIT_USAGE = 2 };

/* The verb that runs, for the lines below. Call it first. */
void vctx_cli_set_verb(const char *program, const char *verb);

/* "PROGRAM VERB: SENTENCE" on stderr. Returns VCTX_EXIT_FAILED. */
int vctx_cli_fail(const char *fmt, ...) VCTX_PRINTF(1, 2);

/* The same, and "Try 'PROGRAM VERB --help'". Returns VCTX_EXIT_USAGE. */
int vctx_cli_misuse(const char *fmt, ...) VCTX_PRINTF(1, 2);

/* What getopt_long (with opterr = 0) refused: names the option. c is '?' or ':'. */
int vctx_cli_bad_option(int c, char **argv);

/* Flushes stdout: a full disk or a closed pipe is a failure. Returns code, or
 * VCTX_EXIT_FAILED. */
int vctx_cli_finish(int code) VCTX_MUST_CHECK;

/* Says "out of memory" and exits: a command has nothing to save then. */
void *vctx_cli_must(void *p);

/* asprintf that cannot fail. The caller frees. */
char *vctx_cli_format(const char *fmt, ...) VCTX_PRINTF(1, 2);
