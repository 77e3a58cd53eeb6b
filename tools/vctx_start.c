/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The privileged builder: takes a plan on stdin, leaves a running context and its
 * shepherd behind. pam_vctx and vserver run it with an empty environment; it asks no name
 * service. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "add_user.h"
#include "fd.h"
#include "plan.h"
#include "start.h"

#define INIT_PROGRAM VCTX_LIBEXECDIR "/vctx_init"
#define DEADLINE_MS 18000

static int usage(FILE *out)
{
	fputs("Usage: vctx_start [--stay] NAME <PLAN\n"
	      "       vctx_start --add-user NAME <PERSON\n"
	      "Builds the context of PLAN (as vctx-user explain --plan prints it), or "
	      "makes a person known\n"
	      "in a running one. Run by pam_vctx and vserver.\n\n"
	      "      --stay      do not end it when it is idle\n"
	      "      --add-user  user, uid, gid, group, home, shell and gecos on seven "
	      "lines\n"
	      "  -h, --help      this text\n",
	      out);
	return out == stdout ? 0 : 2;
}

static int fail(const struct vctx_err *err)
{
	fprintf(stderr, "%s\n", err->msg);
	return 1;
}

/* Lifts limit i to value, or as far as this process may. */
static void lift(int i, rlim_t value)
{
	struct rlimit r = {value, value};

	if (!setrlimit(i, &r) || getrlimit(i, &r))
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(i, &r);
}

/* Nothing of the caller but stdin and stderr. The first login builds for all that follow:
 * its limits, niceness, groups and keys must not be those of pid 1 and its shepherd. */
static void clean_up(void)
{
	int i;

	for (i = 1; i < 65; i++)
		(void)signal(i, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)syscall(SYS_close_range, 3, ~0U, 0);
	for (i = 0; i < RLIM_NLIMITS; i++)
		if (i != RLIMIT_CORE)
			lift(i, i == RLIMIT_NOFILE ? 1024 : RLIM_INFINITY);
	(void)setgroups(0, NULL);
	(void)setpriority(PRIO_PROCESS, 0, 0);
	(void)sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});
	(void)!vctx_fd_poke(AT_FDCWD, "/proc/self/oom_score_adj", "0");
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	(void)umask(022);
	(void)!chdir("/");
	(void)clearenv();
}

/* The builder stays behind as the shepherd: host's root, own session, the parent of
 * pid 1. */
static void become_shepherd(const struct vctx_state *st)
{
	char linger[16], pid[16], start[24];
	char *argv[] = {(char[]){"vctx_shepherd"},
			(char[]){"--shepherd"},
			(char *)(uintptr_t)st->plan.name,
			(char *)(uintptr_t)st->cgroup,
			linger,
			pid,
			start,
			NULL};
	static char *const no_env[] = {NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	for (fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	(void)snprintf(linger, sizeof(linger), "%u", st->plan.linger);
	(void)snprintf(pid, sizeof(pid), "%d", (int)st->keeper);
	(void)snprintf(start, sizeof(start), "%" PRIu64, st->keeper_start);
	(void)syscall(SYS_close_range, 3, ~0U, 0);
	(void)execve(INIT_PROGRAM, argv, no_env);
}

static void builder(const struct vctx_plan *plan, bool stay, uint64_t deadline,
		    int report)
{
	struct vctx_err err = {0};
	struct vctx_state st;
	int r;

	(void)setsid();
	memset(&st, 0, sizeof(st));
	r = vctx_start(plan, stay, deadline, &st, &err);
	err.code = r < 0 ? r : 0;
	(void)!write(report, &err, sizeof(err));
	if (r == 0)
		become_shepherd(&st);
}

static int read_plan(const char *name, struct vctx_plan *ret, struct vctx_err *err)
{
	cleanup_free char *text = NULL;
	int r = vctx_fd_slurp(STDIN_FILENO, VCTX_PLAN_TEXT_MAX, &text, NULL);

	if (r)
		return vctx_err_set(err, r, "no plan on stdin");
	r = vctx_plan_parse(text, ret, err);
	if (!r && strcmp(ret->name, name) != 0)
		r = vctx_err_set(err, -EINVAL, "the plan is of '%s', not of '%s'",
				 ret->name, name);
	return r;
}

/* The builder is a child, so that whoever waits for us does not wait for the shepherd. */
static int build(const char *name, bool stay, struct vctx_err *err)
{
	uint64_t deadline = vctx_fd_now() + DEADLINE_MS;
	struct vctx_plan plan;
	int report[2], got, r = read_plan(name, &plan, err);
	struct pollfd p;
	pid_t pid;

	if (r)
		return r;
	if (pipe2(report, O_CLOEXEC) || (pid = fork()) < 0)
		return vctx_err_sys(err, "fork");
	if (!pid) {
		vctx_fd_closep(&report[0]);
		builder(&plan, stay, deadline, report[1]);
		_exit(1);
	}
	vctx_fd_closep(&report[1]);
	p = (struct pollfd){.fd = report[0], .events = POLLIN};
	/* it cleans up on its own deadline; a little later we only say that it took too
	 * long */
	while ((got = poll(&p, 1, DEADLINE_MS + 6000)) < 0 && errno == EINTR)
		;
	if (got <= 0)
		return vctx_err_set(err, -ETIMEDOUT, "'%s' did not start in time", name);
	if (read(report[0], err, sizeof(*err)) != sizeof(*err))
		return vctx_err_set(err, -EPIPE, "the builder of '%s' died", name);
	return err->code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"stay", no_argument, NULL, 's'},
		{"add-user", no_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool stay = false, add = false;
	struct vctx_err err = {0};
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout);
		if (c == '?')
			return usage(stderr);
		stay |= c == 's';
		add |= c == 'a';
	}
	if (argc - optind != 1)
		return usage(stderr);
	clean_up();
	r = add ? vctx_add_user(argv[optind], vctx_fd_now() + DEADLINE_MS, &err)
		: build(argv[optind], stay, &err);
	return r ? fail(&err) : 0;
}
