/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command of ours talks: one line on stderr, exit codes 0 done, 1 failed, 2 usage.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *program_name = "vctx", *verb_name = "";

void vctx_cli_set_verb(const char *program, const char *verb)
{
	program_name = program;
	verb_name = verb;
}

__attribute__((format(printf, 1, 0))) static void say(const char *fmt, va_list ap)
{
	fprintf(stderr, "%s%s%s: ", program_name, *verb_name ? " " : "", verb_name);
	(void)vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int vctx_cli_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return VCTX_EXIT_FAILED;
}

int vctx_cli_misuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try '%s%s%s --help'.\n", program_name, *verb_name ? " " : "",
		verb_name);
	return VCTX_EXIT_USAGE;
}

int vctx_cli_bad_option(int c, char **argv)
{
	const char *word = optind > 0 ? argv[optind - 1] : "";

	if (c == ':')
		return vctx_cli_misuse("option '%s' needs a value", word);
	if (optopt && optopt < 256 && (word[0] != '-' || word[1] != '-'))
		return vctx_cli_misuse("no option '-%c'", optopt);
	return vctx_cli_misuse("option '%s' is unknown, ambiguous or takes no value",
			       word);
}

int vctx_cli_finish(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	return vctx_cli_fail("the output cannot be written: %s", strerror(errno));
}

void *vctx_cli_must(void *p)
{
	if (p)
		return p;
	(void)vctx_cli_fail("out of memory");
	exit(VCTX_EXIT_FAILED);
}

char *vctx_cli_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return vctx_cli_must(text);
}
