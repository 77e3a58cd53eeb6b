/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vserver: starts, stops and asks one vserver, and runs commands in it. */
#include "vserver_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "fd.h"
#include "str.h"
#include "sys_ns.h"

static const struct command {
	const char *name;
	int (*fn)(struct vserver *v, char **args);
	bool args;
	const char *help;
} commands[] = {
	{"start", vserver_start, false, "start it; it stays until it is stopped"},
	{"stop", vserver_stop, false, "end everything in it"},
	{"status", vserver_status, false,
	 "0 it is running, 3 it is not, 5 no such vserver"},
	{"exec", vserver_exec, true, "run COMMAND in it as its root"},
};

static int usage(void)
{
	size_t i;

	printf("Usage: vserver NAME COMMAND\n"
	       "       vserver NAME exec COMMAND [ARG...]\n"
	       "NAME is a vserver's name, or '#N' for the context with that number.\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-7s %s\n", commands[i].name, commands[i].help);
	printf("\n  -h, --help  this text\n\n"
	       "Exit status: 0 done, 1 failed, 2 wrong usage, 3 not running, 5 no such "
	       "vserver; exec\npasses that of COMMAND, 128 + N for signal N, 125 vserver "
	       "failed, 126 COMMAND cannot be\nrun, 127 there is no COMMAND. See "
	       "vserver(8).\n");
	return VSERVER_DONE;
}

static int try_help(const char *what, const char *which)
{
	fprintf(stderr, "vserver: %s%s%s%s\nTry 'vserver --help'.\n", what,
		which ? " '" : "", which ? which : "", which ? "'" : "");
	return VSERVER_USAGE;
}

/* A number leads to the name that it runs under. */
static int take_name(const char *arg, char ret[VCTX_NAME_SIZE])
{
	struct vctx_err ignored;
	uint32_t xid;

	if (!vctx_ctx_label_is_valid(arg))
		return -EINVAL;
	if (arg[0] == '#' && !vctx_str_u32(arg + 1, VCTX_XID_DYNAMIC_MAX, &xid) &&
	    !vctx_store_by_xid(xid, ret, &ignored) && vctx_ctx_label_is_valid(ret))
		return 0;
	return vctx_str_copy(ret, VCTX_NAME_SIZE, arg);
}

static int find(const char *arg, struct vserver *v, struct vctx_err *err)
{
	cleanup_close int pidfd = -1;
	struct vctx_err ignored;
	struct vctx_conf conf;
	int r;

	if (take_name(arg, v->name))
		return vctx_err_set(err, -ENOENT, "'%.80s' is not a vserver's name", arg);
	r = vctx_store_read(v->name, &v->st, err);
	/* a state that cannot be read is one: stop and start take it down, and status
	 * says that it is not running as it should */
	v->has_state = r != -ENOENT;
	if (!r && v->st.running)
		pidfd = vctx_ns_pidfd(v->st.keeper, v->st.keeper_start, &ignored);
	v->running = pidfd >= 0;
	if (v->name[0] == '#')
		return 0;
	r = vctx_config_vserver(v->name, &conf, err);
	if (!r)
		vctx_conf_done(&conf);
	/* a broken file is a vserver's too: start says what is wrong with it */
	v->has_file = r != -ENOENT;
	return v->has_file || v->has_state ? 0 : r;
}

static int run(const struct command *cmd, const char *name, char **args)
{
	bool is_exec = cmd->fn == vserver_exec;
	struct vserver v = {0};
	struct vctx_err err;
	int r;

	if (geteuid()) {
		fprintf(stderr, "vserver: it is for root\n");
		return is_exec ? VSERVER_EXEC_FAILED : VSERVER_FAILED;
	}
	(void)umask(022);
	r = find(name, &v, &err);
	if (!r)
		return cmd->fn(&v, args);
	fprintf(stderr, "vserver: %s\n", err.msg);
	if (is_exec)
		return VSERVER_EXEC_FAILED;
	return r == -ENOENT ? VSERVER_UNKNOWN : VSERVER_FAILED;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return usage();
	if (argc > 1 && argv[1][0] == '-')
		return try_help("no such option", argv[1]);
	if (argc < 3)
		return try_help(argc < 2 ? "which vserver?" : "which command?", NULL);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[2], commands[i].name) != 0)
			continue;
		if (!commands[i].args && argc > 3)
			return try_help("too many arguments for", argv[2]);
		if (commands[i].args && argc < 4)
			return try_help("which command shall run?", NULL);
		return run(&commands[i], argv[1], argv + 3);
	}
	return try_help("no command", argv[2]);
}
