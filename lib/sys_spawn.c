/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a helper of ours from within another program, without touching that program. */
#include "sys_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"

struct child_fds {
	int in, err;
};

/* Between clone and exec: system calls only, libc's locks are the program's. */
_Noreturn static void exec_helper(const char *const argv[], const struct child_fds *fds)
{
	static char *const no_env[] = {NULL};
	sigset_t none;
	int in, err;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)umask(022);
	/* 0 and 2 may be the very numbers that are moved: both go out of the way first */
	in = fcntl(fds->in, F_DUPFD, 10);
	err = fcntl(fds->err, F_DUPFD, 10);
	if (in >= 0 && err >= 0 && dup2(in, 0) == 0 && dup2(err, 1) == 1 &&
	    dup2(err, 2) == 2 && !chdir("/") && !syscall(SYS_close_range, 3, ~0U, 0))
		(void)execve(argv[0], (char *const *)(uintptr_t)argv, no_env);
	_exit(127);
}

/* A process between us and the helper, since exec makes every process send SIGCHLD when
 * it ends: this one never execs, so the program's handler and its wait() see nothing. It
 * ends with the helper's status. */
_Noreturn static void between(const char *const argv[], const struct child_fds *fds)
{
	int status = 0, sig;
	long pid;

	/* the program's handlers are not for this process; an ignored SIGCHLD would lose
	 * the status */
	for (sig = 1; sig < 65; sig++)
		(void)signal(sig, SIG_DFL);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		exec_helper(argv, fds);
	close(fds->in);
	close(fds->err);
	if (pid < 0 || waitpid((pid_t)pid, &status, 0) != pid)
		_exit(126);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* exit_signal 0: no SIGCHLD, and a plain wait() of the program does not find the child.
 */
static int spawn(const char *const argv[], const struct child_fds *fds, int *ret_pidfd)
{
	struct clone_args args = {.flags = CLONE_PIDFD,
				  .pidfd = (uint64_t)(uintptr_t)ret_pidfd};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		between(argv, fds);
	return pid < 0 ? -errno : 0;
}

static int text_fd(const char *text)
{
	cleanup_close int fd = memfd_create("vctx", MFD_CLOEXEC);

	if (fd < 0 || vctx_fd_write(fd, text, strlen(text)) || lseek(fd, 0, SEEK_SET))
		return -1;
	return vctx_fd_take(&fd);
}

/* What the helper says on stderr, up to its end or the deadline: the last bytes are kept.
 */
static bool listen_to(int fd, int pidfd, uint64_t deadline, char *buf, size_t size)
{
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
			      {.fd = pidfd, .events = POLLIN}};
	bool ended = false;
	size_t n = 0;

	for (;;) {
		uint64_t now = vctx_fd_now();

		if (now >= deadline)
			return false;
		if (poll(p, 2, (int)(deadline - now)) < 0 && errno != EINTR)
			return false;
		if (p[0].revents & POLLIN) {
			if (n + 1 >= size)
				n = 0;
			ssize_t r = read(fd, buf + n, size - n - 1);

			if (r > 0)
				n += (size_t)r;
			buf[n] = 0;
			continue;
		}
		/* its children may hold the pipe for ever: the process itself is what
		 * counts, once the pipe was seen empty after its end */
		if (p[1].revents && (ended || p[0].fd < 0))
			return true;
		ended |= p[1].revents != 0;
		if (p[0].revents)
			p[0].fd = -1;
	}
}

static const char *last_line(char *buf)
{
	char *nl;
	size_t n = strlen(buf);

	while (n && buf[n - 1] == '\n')
		buf[--n] = 0;
	nl = strrchr(buf, '\n');
	return nl ? nl + 1 : buf;
}

static int reap(int pidfd, bool ended, const char *name, char *said, struct vctx_err *err)
{
	siginfo_t si = {0};

	if (!ended)
		(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)pidfd, &si, WEXITED | __WCLONE) && errno == EINTR)
		;
	if (!ended)
		return vctx_err_set(err, -ETIMEDOUT, "%s did not end in time", name);
	if (si.si_code == CLD_EXITED && si.si_status == 0)
		return 0;
	if (said[0])
		return vctx_err_set(err, -EIO, "%s", last_line(said));
	return vctx_err_set(err, -EIO, "%s ended with %d", name, si.si_status);
}

int vctx_spawn(const char *const argv[], const char *text, uint64_t deadline,
	       struct vctx_err *err)
{
	cleanup_close int in = text_fd(text), pidfd = -1;
	int out[2] = {-1, -1};
	char said[1024] = "";
	bool ended;
	int r;

	if (in < 0 || pipe2(out, O_CLOEXEC))
		return vctx_err_sys(err, "%s cannot be run", argv[0]);
	r = spawn(argv, &(struct child_fds){in, out[1]}, &pidfd);
	vctx_fd_closep(&out[1]);
	if (r) {
		vctx_fd_closep(&out[0]);
		errno = -r;
		return vctx_err_sys(err, "%s cannot be run", argv[0]);
	}
	ended = listen_to(out[0], pidfd, deadline, said, sizeof(said));
	vctx_fd_closep(&out[0]);
	return reap(pidfd, ended, argv[0], said, err);
}
