/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two small processes of every context, one static program. --keeper: pid 1 inside, reaps
 * and waits. --shepherd: its parent on the host, sees how it ends and when the context
 * has been idle for LINGER, and runs vctx_stop. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char stop_program[] = VCTX_LIBEXECDIR "/vctx_stop";
#define FIRST_LOGIN_S 30 /* a context that a login has just started is not idle yet */

static void block(sigset_t *set, const int *sigs)
{
	sigemptyset(set);
	for (; *sigs; sigs++)
		sigaddset(set, *sigs);
	sigprocmask(SIG_BLOCK, set, NULL);
}

/* ---- keeper ---- */

static int keep(void)
{
	static const int sigs[] = {SIGCHLD, 0};
	sigset_t set;
	int sig;

	/* nobody inside may trace pid 1 or open its executable, which is the host's */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return 1;
	block(&set, sigs);
	if (write(3, "k", 1) != 1)
		return 1;
	(void)syscall(SYS_close_range, 3, ~0U, 0);
	for (;;) {
		(void)sigwait(&set, &sig);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

/* ---- shepherd ---- */

static unsigned long long now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (unsigned long long)ts.tv_sec;
}

/* 1 there is a process, 0 none, -1 the cgroup is gone. */
static int populated(int events)
{
	char buf[256];
	ssize_t n = pread(events, buf, sizeof(buf) - 1, 0);

	if (n < 0)
		return -1;
	buf[n] = 0;
	return strstr(buf, "populated 1") != NULL;
}

/* The context that this shepherd is of. */
struct watched {
	const char *name;
	char keeper[48]; /* PID:START */
	int pidfd, events;
	unsigned long linger;
};

/* Runs vctx_stop for this very context and returns its status. */
static int run_stop(const struct watched *f, bool idle_only)
{
	const char *argv[] = {stop_program, "--keeper", f->keeper, f->name, NULL, NULL};
	static char *const no_env[] = {NULL};
	int status = 0;
	pid_t pid;

	if (idle_only) {
		argv[3] = "--idle";
		argv[4] = f->name;
	}
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		(void)execve(argv[0], (char *const *)(void *)argv, no_env);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void await_end(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	while (poll(&p, 1, -1) <= 0)
		;
}

/* Waits until pid 1 has ended (true) or the context has had no process for linger seconds
 * (false). A cgroup that cannot be read is gone: so is pid 1, or will be. */
static bool watch(const struct watched *f)
{
	struct pollfd p[2] = {{.fd = f->pidfd, .events = POLLIN},
			      {.fd = f->events, .events = POLLPRI}};
	unsigned long wait = f->linger > FIRST_LOGIN_S ? f->linger : FIRST_LOGIN_S;
	unsigned long long idle_since = now_s();
	int there, timeout;

	for (;;) {
		there = populated(f->events);
		if (there < 0) {
			await_end(f->pidfd);
			return true;
		}
		if (there) {
			/* it has been used: from its next idle moment on LINGER counts */
			wait = f->linger;
			idle_since = 0;
			timeout = -1;
		} else {
			if (!idle_since)
				idle_since = now_s();
			if (now_s() >= idle_since + wait)
				return false;
			timeout = wait > 3600 ? 3600000
					      : (int)(idle_since + wait - now_s()) * 1000;
		}
		if (poll(p, 2, timeout) > 0 && p[0].revents)
			return true;
	}
}

static int shepherd(struct watched *f)
{
	bool ended = f->pidfd < 0;
	int r;

	for (;;) {
		if (!ended)
			ended = watch(f);
		r = run_stop(f, !ended);
		if (r == 4) {
			/* started by hand or at boot: it stays, whatever LINGER says */
			await_end(f->pidfd);
			ended = true;
			continue;
		}
		if (r == 0)
			return 0;
		/* in use again, or another start or stop holds the lock, or something is
		 * in the way */
		(void)poll(NULL, 0, 1000);
	}
}

static int become_shepherd(char **argv)
{
	struct watched f = {.name = argv[0], .linger = strtoul(argv[2], NULL, 10)};
	char path[700];

	(void)prctl(PR_SET_NAME, "vctx_shepherd");
	(void)snprintf(f.keeper, sizeof(f.keeper), "%s:%s", argv[3], argv[4]);
	/* our child: its pid is not given to another before vctx_stop has been run */
	f.pidfd = (int)syscall(SYS_pidfd_open, (pid_t)strtol(argv[3], NULL, 10), 0);
	(void)snprintf(path, sizeof(path), "%s/guest/cgroup.events", argv[1]);
	f.events = open(path, O_RDONLY | O_CLOEXEC);
	return shepherd(&f);
}

static int usage(FILE *out)
{
	(void)fputs(
		"Usage: vctx_init --keeper\n"
		"       vctx_init --shepherd NAME CGROUP LINGER PID START\n"
		"Pid 1 of a context, and its parent on the host. Run by vctx_start, not "
		"by hand.\n",
		out);
	return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--keeper"))
		return keep();
	if (argc == 7 && !strcmp(argv[1], "--shepherd"))
		return become_shepherd(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout);
	return usage(stderr);
}
