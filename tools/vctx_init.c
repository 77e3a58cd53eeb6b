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

#define STOP_PROGRAM VCTX_LIBEXECDIR "/vctx_stop"
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

/* Runs vctx_stop NAME and returns its status. It runs again as long as the context turns
 * out to be in use. */
static int run_stop(const char *name, bool idle_only)
{
	const char *argv[] = {STOP_PROGRAM, idle_only ? "--idle" : "--ended", name, NULL};
	static char *const no_env[] = {NULL};
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (!pid) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		(void)execve(argv[0], (char *const *)(void *)argv, no_env);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Waits until pid 1 has ended (true) or the context has had no process for linger seconds
 * (false). */
static bool watch(int pidfd, int events, unsigned long linger)
{
	struct pollfd p[2] = {{.fd = pidfd, .events = POLLIN},
			      {.fd = events, .events = POLLPRI}};
	unsigned long long idle_since = now_s(), until;
	unsigned long wait = linger > FIRST_LOGIN_S ? linger : FIRST_LOGIN_S;
	int timeout;

	for (;;) {
		int there = populated(events);

		if (there) {
			/* it has been used: from its next idle moment on LINGER counts */
			wait = linger;
			timeout = -1;
			idle_since = 0;
		} else {
			if (!idle_since)
				idle_since = now_s();
			until = idle_since + wait;
			if (now_s() >= until)
				return false;
			timeout = until - now_s() > 3600 ? 3600000
							 : (int)(until - now_s()) * 1000;
		}
		(void)poll(p, 2, timeout);
		if (p[0].revents)
			return true;
	}
}

static int shepherd(const char *name, const char *cgroup, const char *linger_text,
		    const char *pid_text)
{
	unsigned long linger = strtoul(linger_text, NULL, 10);
	pid_t pid = (pid_t)strtol(pid_text, NULL, 10);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), events, r;
	bool ended = pidfd < 0;
	char path[700];

	(void)prctl(PR_SET_NAME, "vctx_shepherd");
	(void)snprintf(path, sizeof(path), "%s/guest/cgroup.events", cgroup);
	events = open(path, O_RDONLY | O_CLOEXEC);
	for (;;) {
		/* linger "-": started by hand or at boot, it stays */
		if (!ended && linger_text[0] == '-')
			ended = poll(&(struct pollfd){.fd = pidfd, .events = POLLIN}, 1,
				     -1) > 0;
		else if (!ended)
			ended = watch(pidfd, events, linger);
		if (ended)
			(void)waitpid(pid, NULL, WNOHANG);
		r = run_stop(name, !ended);
		if (r == 0 || ended)
			return r;
		/* in use again, or another start or stop holds the lock */
		(void)poll(NULL, 0, 1000);
	}
}

static int usage(FILE *out)
{
	(void)fputs(
		"Usage: vctx_init --keeper\n"
		"       vctx_init --shepherd NAME CGROUP LINGER PID\n"
		"Pid 1 of a context, and its parent on the host. Run by vctx_start, not "
		"by hand.\n",
		out);
	return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--keeper"))
		return keep();
	if (argc == 6 && !strcmp(argv[1], "--shepherd"))
		return shepherd(argv[2], argv[3], argv[4], argv[5]);
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout);
	return usage(stderr);
}
