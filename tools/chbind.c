/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chbind: runs a command that has some of the host's IPv4 addresses and no others. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind.h"
#include "chbind_addr.h"
#include "cli.h"
#include "fd.h"

#define DEADLINE_MS 30000

/* As env(1) has them. */
enum { EXIT_OWN = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

enum { OPT_IP = 256, OPT_BCAST, OPT_SILENT, OPT_VERSION };

static const struct option options[] = {
	{"ip", required_argument, NULL, OPT_IP},
	{"bcast", required_argument, NULL, OPT_BCAST},
	{"silent", no_argument, NULL, OPT_SILENT},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int usage(void)
{
	puts("Usage: chbind [--silent] --ip ADDRESS... [--bcast ADDRESS] COMMAND "
	     "[ARG...]\n"
	     "Runs COMMAND with these IPv4 addresses of the host and no others.\n\n"
	     "      --ip ADDRESS     1.2.3.4 (/24), 1.2.3.4/8, 1.2.3.4/255.255.0.0, a "
	     "device's or\n"
	     "                       a host's name; up to 16 times\n"
	     "      --bcast ADDRESS  a broadcast address that it hears as well, or a "
	     "device\n"
	     "      --silent         do not print what the IPv4 root is\n"
	     "      --version        which version this is\n"
	     "  -h, --help           this text\n\n"
	     "Exit status: that of COMMAND, 2 wrong usage, 125 chbind failed, 126 "
	     "COMMAND "
	     "cannot be\nrun, 127 there is no COMMAND. See chbind(8).");
	return vctx_cli_finish(VCTX_EXIT_DONE);
}

static int fail(const struct vctx_err *err)
{
	(void)vctx_cli_fail("%s", err->msg);
	return EXIT_OWN;
}

/* ---- what is asked for ---- */

static int add(struct vctx_bind *b, const char *text, struct vctx_err *err)
{
	struct vctx_abi_root *root = &b->root;
	struct vctx_ip4 ip;
	uint32_t bcast, i;
	int r = chbind_addr_parse(text, &ip, &bcast, err);

	if (r)
		return r;
	if (root->n_addr == VCTX_ABI_ADDRS)
		return vctx_err_set(err, -E2BIG, "more than %d addresses",
				    VCTX_ABI_ADDRS);
	for (i = 0; i < root->n_addr; i++)
		if (root->addr[i] == ip.addr)
			return vctx_err_set(err, -EINVAL, "%s: an address twice", text);
	root->addr[root->n_addr] = ip.addr;
	root->mask[root->n_addr++] =
		ip.prefix ? htonl(UINT32_MAX << (32 - ip.prefix)) : 0;
	if (bcast && !b->bcast_asked)
		root->bcast = bcast;
	return 0;
}

static int set_bcast(struct vctx_bind *b, const char *text, struct vctx_err *err)
{
	b->bcast_asked = true;
	return chbind_addr_bcast(text, &b->root.bcast, err);
}

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct vctx_bind *b, bool *silent)
{
	struct vctx_err err = {0};
	int c, r = 0;

	/* "+": what follows the command is the command's */
	while (!r && (c = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		if (c == 'h')
			return usage();
		if (c == OPT_VERSION) {
			puts(PACKAGE_STRING);
			return vctx_cli_finish(VCTX_EXIT_DONE);
		}
		if (c == OPT_IP)
			r = add(b, optarg, &err);
		else if (c == OPT_BCAST)
			r = set_bcast(b, optarg, &err);
		else if (c == OPT_SILENT)
			*silent = true;
		else
			return vctx_cli_bad_option(c, argv);
	}
	if (r)
		return fail(&err);
	if (!b->root.n_addr)
		return vctx_cli_misuse("which address? (--ip)");
	if (optind == argc)
		return vctx_cli_misuse("which command shall run?");
	return -1;
}

/* ---- doing it ---- */

static const char *text_of(uint32_t addr, char buf[INET_ADDRSTRLEN])
{
	const char *text = inet_ntop(AF_INET, &addr, buf, INET_ADDRSTRLEN);

	return text ? text : "?";
}

/* A root with an address that is not there would be one without: nothing is added. */
static int check_here(const struct vctx_abi_root *root, struct vctx_err *err)
{
	char buf[INET_ADDRSTRLEN];
	uint32_t i;
	int r;

	for (i = 0; i < root->n_addr; i++) {
		r = chbind_addr_is_here(root->addr[i], err);
		if (r < 0)
			return r;
		if (!r)
			return vctx_err_set(err, -EADDRNOTAVAIL,
					    "%s is not an address of this host (ip "
					    "address add ...)",
					    text_of(root->addr[i], buf));
	}
	return 0;
}

static int print(const struct vctx_abi_root *root)
{
	char buf[INET_ADDRSTRLEN];
	uint32_t i;

	fputs("ipv4root is now", stdout);
	for (i = 0; i < root->n_addr; i++)
		printf(" %s", text_of(root->addr[i], buf));
	putchar('\n');
	return vctx_cli_finish(VCTX_EXIT_DONE);
}

static int run_command(char **argv)
{
	int e;

	(void)execvp(argv[0], argv);
	e = errno;
	(void)vctx_cli_fail("%s: %s", argv[0], strerror(e));
	return e == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

int main(int argc, char **argv)
{
	struct vctx_bind b = {
		.root = {.abi = VCTX_ABI, .flags = VCTX_ROOT_SHARED | VCTX_ROOT_HOST},
	};
	struct vctx_err err = {0};
	bool silent = false;
	mode_t mask;
	int r;

	vctx_cli_set_verb("chbind", "");
	r = read_options(argc, argv, &b, &silent);
	if (r >= 0)
		return r;
	if (geteuid()) {
		(void)vctx_cli_fail("it needs root");
		return EXIT_OWN;
	}
	r = check_here(&b.root, &err);
	mask = umask(022);
	if (!r)
		r = vctx_bind_enter(&b, vctx_fd_now() + DEADLINE_MS, &err);
	(void)umask(mask);
	if (r)
		return fail(&err);
	if (!silent && print(&b.root))
		return EXIT_OWN;
	return run_command(argv + optind);
}
