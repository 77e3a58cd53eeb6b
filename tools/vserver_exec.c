/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vserver NAME exec: three processes. This one stays on the host and waits; its child
 * joins; that one's child is in the context's pid namespace and becomes the command. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "join.h"
#include "vserver_verbs.h"

#define DEADLINE_MS 30000
#define PATH_INSIDE "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What is sent to us is meant for the command. */
static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

static volatile sig_atomic_t next_pid; /* the process to which signals are passed on */

static void pass_on(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	/* a terminal sends to the command as well: twice would be once too often */
	if (info->si_code <= 0 && next_pid > 0)
		(void)kill((pid_t)next_pid, sig);
	errno = saved;
}

static void block_passed(sigset_t *before)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	(void)sigprocmask(SIG_BLOCK, &set, before);
}

/* One that the caller ignores (nohup) stays ignored, inside too. */
static void catch_passed(void)
{
	struct sigaction sa = {.sa_sigaction = pass_on,
			       .sa_flags = SA_SIGINFO | SA_RESTART};
	struct sigaction old;
	size_t i;

	for (i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		if (!sigaction(passed_on[i], NULL, &old) && old.sa_handler != SIG_IGN)
			(void)sigaction(passed_on[i], &sa, NULL);
	(void)signal(SIGCHLD, SIG_DFL);
}

static int wait_for(pid_t pid, const sigset_t *mask)
{
	int status;

	next_pid = pid;
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return VSERVER_EXEC_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

_Noreturn static void run_command(char **argv, const sigset_t *mask)
{
	int e;

	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	(void)execvp(argv[0], argv);
	e = errno;
	fprintf(stderr, "vserver: %s: %s\n", argv[0], strerror(e));
	_exit(e == ENOENT ? VSERVER_NOT_FOUND : VSERVER_CANNOT_RUN);
}

/* Nothing of the host's environment means anything inside but the kind of terminal. */
static int set_environment(void)
{
	const char *term = getenv("TERM");
	cleanup_free char *keep = term ? strdup(term) : NULL;

	return (term && !keep) || clearenv() || setenv("PATH", PATH_INSIDE, 1) ||
	       setenv("HOME", "/root", 1) || (keep && setenv("TERM", keep, 1));
}

/* From after the point of no return. */
static void lost(void *arg, const struct vctx_err *err)
{
	const struct vserver *v = arg;

	fprintf(stderr, "vserver: %s cannot be entered: %s\n", v->name, err->msg);
	_exit(VSERVER_EXEC_FAILED);
}

_Noreturn static void enter(struct vserver *v, char **argv, const sigset_t *mask)
{
	struct vctx_join j = {
		.as_root = true, .tty = VCTX_TTY_SHOW, .lost = lost, .arg = v};
	struct vctx_err err = {0};
	pid_t pid;

	(void)syscall(SYS_close_range, 3, ~0U, 0);
	/* as it runs, whatever its file says by now */
	if (set_environment() ||
	    vctx_join(&j, &v->st.plan, vctx_fd_now() + DEADLINE_MS, &err)) {
		fprintf(stderr, "vserver: %s cannot be entered: %s\n", v->name,
			err.msg[0] ? err.msg : "out of memory");
		_exit(VSERVER_EXEC_FAILED);
	}
	pid = fork();
	if (!pid)
		run_command(argv, mask);
	if (pid < 0) {
		fprintf(stderr, "vserver: %s: fork: %s\n", v->name, strerror(errno));
		_exit(VSERVER_EXEC_FAILED);
	}
	_exit(wait_for(pid, mask));
}

int vserver_exec(struct vserver *v, char **argv)
{
	sigset_t mask;
	pid_t pid;

	if (!v->running) {
		fprintf(stderr, "vserver: '%s' is not running: vserver '%s' start\n",
			v->name, v->name);
		return VSERVER_EXEC_FAILED;
	}
	block_passed(&mask);
	catch_passed();
	pid = fork();
	if (!pid)
		enter(v, argv, &mask);
	if (pid < 0) {
		fprintf(stderr, "vserver: fork: %s\n", strerror(errno));
		return VSERVER_EXEC_FAILED;
	}
	return wait_for(pid, &mask);
}
