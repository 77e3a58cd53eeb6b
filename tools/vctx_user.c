/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user: who lands where. Dispatches to one file a verb. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "user.h"

#define PROGRAM "vctx-user"

static const struct {
	const char *name;
	int (*fn)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{"add", vctx_user_add, "maps a person, a group or everyone"},
	{"mod", vctx_user_mod, "changes words of a line"},
	{"del", vctx_user_del, "removes a line"},
	{"list", vctx_user_list, "all lines, a row each"},
	{"show", vctx_user_show, "one line, a word a row"},
	{"explain", vctx_user_explain, "what happens to a person who logs in"},
	{"check", vctx_user_check, "reports every error and danger on this machine"},
	{"edit", vctx_user_edit, "the file in an editor, checked before it counts"},
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int usage(void)
{
	size_t i;

	puts("Usage: " PROGRAM " VERB [OPTION...]\n"
	     "Says who belongs into which vserver.\n");
	for (i = 0; i < N_VERBS; i++)
		printf("  %-8s %s\n", verbs[i].name, verbs[i].help);
	puts("\nEach verb explains itself: " PROGRAM " VERB --help. See " PROGRAM "(8).");
	return vctx_cli_finish(VCTX_EXIT_DONE);
}

int main(int argc, char **argv)
{
	size_t i;

	(void)setlocale(LC_CTYPE, "");
	vctx_cli_set_verb(PROGRAM, "");
	if (argc < 2)
		return vctx_cli_misuse("a verb is missing");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return usage();
	for (i = 0; i < N_VERBS; i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		vctx_cli_set_verb(PROGRAM, verbs[i].name);
		return vctx_cli_finish(verbs[i].fn(argc - 1, argv + 1));
	}
	return vctx_cli_misuse("no verb '%s'", argv[1]);
}
