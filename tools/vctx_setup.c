/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-setup: puts pam_vctx.so into services and takes it out; nothing else edits another
 * package's files. */
#include "setup.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DENY = 1, RELEASE = 2, FAVOR = 4 };

static const struct command {
	const char *name;
	int (*fn)(const struct setup_options *o);
	int options;
	bool services, root;
	const char *help;
} commands[] = {
	{"enable", setup_enable, 0, true, true,
	 "put the lines into these services, or into all that are known"},
	{"disable", setup_disable, DENY | RELEASE, true, true, "take them out again"},
	{"status", setup_status, 0, true, false, "what is in force, and what is missing"},
	{"boot", setup_boot, FAVOR, false, true, "what vctx.service runs"},
};

static int usage(void)
{
	size_t i;

	printf("Usage: vctx-setup COMMAND [OPTION] [SERVICE...]\n"
	       "Puts pam_vctx.so into services of /etc/pam.d and takes it out.\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].help);
	printf("\n"
	       "      --deny          disable: mapped people are refused from now on\n"
	       "      --release       disable: mapped people get in, on the host\n"
	       "      --favordynmods  boot: remount cgroup2 so that logins are quicker; "
	       "machine-wide\n"
	       "  -h, --help          this text\n\n"
	       "Exit status: 0 done, or status finds nothing missing; 1 failed, or "
	       "something is missing;\n2 wrong usage. See vctx-setup(8).\n");
	return 0;
}

static int try_help(const char *what, const char *which)
{
	fprintf(stderr, "vctx-setup: %s%s%s%s\nTry 'vctx-setup --help'.\n", what,
		which ? " '" : "", which ? which : "", which ? "'" : "");
	return 2;
}

/* 0, 1 for --help, -1 for wrong usage */
static int parse_options(int argc, char **argv, struct setup_options *o, int *given)
{
	static const struct option options[] = {
		{"deny", no_argument, NULL, DENY},
		{"release", no_argument, NULL, RELEASE},
		{"favordynmods", no_argument, NULL, FAVOR},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return 1;
		if (c == '?')
			return -1;
		*given |= c;
	}
	o->deny = *given & DENY;
	o->release = *given & RELEASE;
	o->favordynmods = *given & FAVOR;
	return 0;
}

static int run(const struct command *cmd, const struct setup_options *o, int given)
{
	if (given & ~cmd->options)
		return try_help("that option is not one of", cmd->name);
	if (o->deny && o->release)
		return try_help("one of --deny and --release", NULL);
	if (!cmd->services && o->services[0])
		return try_help("too many arguments for", cmd->name);
	if (cmd->root && geteuid()) {
		fprintf(stderr, "vctx-setup: %s is for root\n", cmd->name);
		return 1;
	}
	(void)umask(022);
	return cmd->fn(o);
}

int main(int argc, char **argv)
{
	struct setup_options o = {0};
	int given = 0, r = parse_options(argc, argv, &o, &given);
	size_t i;

	if (r > 0)
		return usage();
	if (r < 0)
		return try_help("no such option", argv[optind - 1]);
	if (optind == argc)
		return try_help("which command?", NULL);
	o.services = argv + optind + 1;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[optind], commands[i].name))
			return run(&commands[i], &o, given);
	return try_help("no command", argv[optind]);
}
