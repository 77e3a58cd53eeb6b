/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes and namespaces: pidfds, who a pid is, entering. */
#include "sys_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "str.h"

int vctx_ns_start_time(pid_t pid, uint64_t *ret)
{
	char path[48], text[1024], *p;
	ssize_t n;
	int i;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	n = vctx_fd_peek(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	p = strrchr(text, ')'); /* the name may hold anything */
	for (i = 2; p && i < 22; i++)
		p = strchr(p + 1, ' ');
	if (!p)
		return -EPROTO;
	*ret = strtoull(p + 1, NULL, 10);
	return 0;
}

bool vctx_ns_has_ended(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, 0) != 0;
}

int vctx_ns_pidfd(pid_t pid, uint64_t start, struct vctx_err *err)
{
	cleanup_close int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	uint64_t now;

	if (fd < 0)
		return vctx_err_set(err, -ESRCH, "its keeper (process %d) is gone",
				    (int)pid);
	/* the descriptor is taken first: what /proc says after that is about the same
	 * process or a later one */
	if (vctx_ns_start_time(pid, &now) || now != start || vctx_ns_has_ended(fd))
		return vctx_err_set(err, -ESRCH, "its keeper (process %d) has ended",
				    (int)pid);
	return vctx_fd_take(&fd);
}

int vctx_ns_threads(void)
{
	struct stat st;

	/* a directory for each, besides . and .. */
	return stat("/proc/self/task", &st) ? -errno : (int)st.st_nlink - 2;
}

int vctx_ns_enter(int pidfd, int flags, struct vctx_err *err)
{
	return setns(pidfd, flags) ? vctx_err_sys(err, "its namespaces cannot be entered")
				   : 0;
}

int vctx_ns_become_root(const gid_t *groups, int n, struct vctx_err *err)
{
	if (setgroups((size_t)n, groups))
		return vctx_err_sys(
			err, "the groups cannot be set (is each gid mapped inside?)");
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		return vctx_err_sys(err, "root inside cannot be taken on");
	/* setresuid made it dumpable again as far as suid_dumpable says */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return vctx_err_sys(err, "PR_SET_DUMPABLE");
	return 0;
}
