/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a context. The order is the one that kernels allow; DESIGN of it in
 * HACKING.md. */
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bind.h"
#include "fd.h"
#include "join.h"
#include "net.h"
#include "place.h"
#include "rootdir.h"
#include "sys_caps.h"
#include "sys_cgroup.h"
#include "sys_idmap.h"
#include "sys_mount.h"
#include "sys_ns.h"
#include "sys_seccomp.h"

#define CLEANUP_MS 5000
#define INIT_PROGRAM VCTX_LIBEXECDIR "/vctx_init"
#define STAGE                                                                            \
	VCTX_RUN_DIR "/stage" /* where the new root is put before it is pivoted to */

/* What a child tells the builder: its outcome, and the keeper's pid where it made one. */
struct report {
	pid_t pid;
	struct vctx_err err;
};

struct build {
	const struct vctx_plan *plan;
	struct vctx_state *st;
	bool stay;
	uint64_t deadline;
	int root, userns, tree, init;
	int report[2]; /* maker and keeper -> builder, which keeps no end to write to: a
			  death is seen */
	int go[2];     /* builder -> keeper */
};

static void send_report(int fd, pid_t pid, const struct vctx_err *err)
{
	struct report r = {.pid = pid, .err = *err};

	(void)!write(fd, &r, sizeof(r));
}

/* One report from fd, or -ETIMEDOUT; a child that dies without one closes the pipe:
 * -EPIPE. *ret_pid may be NULL. vctx_init's "k" is a report of success. */
static int get_report(int fd, uint64_t deadline, const char *whose, pid_t *ret_pid,
		      struct vctx_err *err)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct report rep = {0};
	uint64_t now = vctx_fd_now();
	ssize_t n;
	int got;

	do
		got = poll(&p, 1, now < deadline ? (int)(deadline - now) : 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return vctx_err_set(err, -ETIMEDOUT, "%s did not get ready in time",
				    whose);
	n = read(fd, &rep, sizeof(rep));
	if (n == 1)
		return 0;
	if (n != sizeof(rep))
		return vctx_err_set(err, -EPIPE, "%s died", whose);
	rep.err.msg[sizeof(rep.err.msg) - 1] = 0;
	*err = rep.err;
	if (ret_pid)
		*ret_pid = rep.pid;
	return err->code;
}

/* ---- pid 1 of the context, up to the exec of vctx_init ---- */

static int name_host(const struct vctx_plan *plan, struct vctx_err *err)
{
	if (sethostname(plan->hostname, strlen(plan->hostname)))
		return vctx_err_sys(err, "sethostname");
	if (plan->domainname[0] &&
	    setdomainname(plan->domainname, strlen(plan->domainname)))
		return vctx_err_sys(err, "setdomainname");
	return 0;
}

/* No user namespace inside: the knob belongs to the context's own one, and raising it
 * needs CAP_SYS_RESOURCE, which the ceiling lacks; the system call filter refuses the
 * flag as well. */
static int forbid_nesting(const struct vctx_plan *plan, struct vctx_err *err)
{
	int r = plan->host_ids ? 0
			       : vctx_fd_poke(AT_FDCWD,
					      "/proc/sys/user/max_user_namespaces", "0");

	errno = -r;
	return r ? vctx_err_sys(err, "max_user_namespaces inside") : 0;
}

static int await_go(struct build *b, struct vctx_err *err)
{
	char c;

	return read(b->go[0], &c, 1) == 1 ? 0
					  : vctx_err_set(err, -EPIPE, "the builder died");
}

static int keeper_prepare(struct build *b, struct vctx_err *err)
{
	int r;

	if (setsid() < 0)
		return vctx_err_sys(err, "setsid");
	r = await_go(b, err); /* /proc is there */
	if (!r)
		r = name_host(b->plan, err);
	if (!r)
		r = forbid_nesting(b->plan, err);
	if (r)
		return r;
	send_report(b->report[1], 0, err);
	r = await_go(b, err); /* /proc is closed */
	if (!r)
		r = vctx_seccomp_apply(b->plan->ip.net, err);
	/* pid 1 reaps and waits: it needs no capability at all */
	return r ? r : vctx_caps_apply(0, err);
}

_Noreturn static void keeper(struct build *b)
{
	const char *const argv[] = {"vctx_init", "--keeper", NULL};
	const char *const envp[] = {NULL};
	struct vctx_err err = {0};
	int null, fd;

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!keeper_prepare(b, &err)) {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		for (fd = 0; fd < 3; fd++)
			if (dup2(null, fd) < 0)
				_exit(1);
		/* vctx_init says so on 3 when it is in place; every other descriptor
		 * closes at the exec */
		if (b->report[1] == 3 ? fcntl(3, F_SETFD, 0) : dup2(b->report[1], 3) < 0)
			_exit(1);
		(void)syscall(SYS_execveat, b->init, "", argv, envp, AT_EMPTY_PATH);
		(void)vctx_err_sys(&err, "%s cannot be run inside", INIT_PROGRAM);
	}
	send_report(b->report[1], 0, &err);
	_exit(1);
}

/* ---- the child that makes the mount namespace and leaves the keeper behind ---- */

static int leave_host(struct build *b, struct vctx_err *err)
{
	int r;

	/* the cgroup first: after the pivot there is no way to it, and the cgroup
	 * namespace's root is where its maker is */
	r = vctx_cgroup_enter(b->st->cgroup, "guest", 0, err);
	if (!r && unshare(CLONE_NEWNS))
		r = vctx_err_sys(err, "a mount namespace cannot be made");
	if (!r) {
		r = vctx_mount_root(b->tree, STAGE, b->st->base[0], &b->plan->ip, err);
		b->tree = -1;
	}
	/* the mount namespace stays the host root's: a guest's root cannot mount in it */
	if (!r && b->userns >= 0 && setns(b->userns, CLONE_NEWUSER))
		r = vctx_err_sys(err, "the user namespace cannot be entered");
	if (!r && b->userns >= 0)
		r = vctx_ns_become_root(NULL, 0, err);
	if (!r && unshare(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP))
		r = vctx_err_sys(err, "namespaces cannot be made");
	return r;
}

_Noreturn static void maker(struct build *b)
{
	struct vctx_err err = {0};
	pid_t pid = -1;

	vctx_fd_closep(&b->go[1]); /* or the keeper would never see the builder die */
	if (!leave_host(b, &err)) {
		/* the keeper becomes the builder's child, not ours: the shepherd gets its
		 * wait status */
		pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
		if (pid == 0)
			keeper(b);
		if (pid < 0)
			(void)vctx_err_sys(&err, "pid 1 cannot be made");
	}
	send_report(b->report[1], pid, &err);
	_exit(0);
}

/* ---- helpers that act inside as host's root ---- */

/* In the helper: the pid namespace needs a child's child. */
_Noreturn static void helper(int pidfd, int (*fn)(struct vctx_err *), int report)
{
	struct vctx_err err = {0};
	pid_t inner = -1;

	if (!vctx_ns_enter(pidfd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC, &err) &&
	    (inner = fork()) < 0)
		(void)vctx_err_sys(&err, "fork");
	if (inner > 0) {
		close(report);
		(void)waitpid(inner, NULL, 0);
		_exit(0);
	}
	if (inner == 0)
		(void)fn(&err);
	send_report(report, 0, &err);
	_exit(0);
}

/* Runs fn inside the context's mount, pid and ipc namespaces. */
static int act_inside(struct build *b, int pidfd, int (*fn)(struct vctx_err *),
		      struct vctx_err *err)
{
	int report[2], r;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC))
		return vctx_err_sys(err, "pipe");
	pid = fork();
	if (!pid)
		helper(pidfd, fn, report[1]);
	vctx_fd_closep(&report[1]);
	r = pid < 0 ? vctx_err_sys(err, "fork")
		    : get_report(report[0], b->deadline, "a helper of the builder", NULL,
				 err);
	vctx_fd_closep(&report[0]);
	if (r == -ETIMEDOUT)
		(void)kill(pid, SIGKILL);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return r;
}

static int let_go(struct build *b, struct vctx_err *err)
{
	return write(b->go[1], "g", 1) == 1 ? 0 : vctx_err_sys(err, "pid 1 inside died");
}

/* Leads the keeper from its birth to the exec of vctx_init. */
static int lead_keeper(struct build *b, int pidfd, struct vctx_err *err)
{
	static const char whose[] = "pid 1 inside";
	int r = act_inside(b, pidfd, vctx_mount_proc, err);

	if (!r)
		r = let_go(b, err);
	if (!r)
		r = get_report(b->report[0], b->deadline, whose, NULL, err);
	if (!r)
		r = act_inside(b, pidfd, vctx_mount_close_proc, err);
	if (!r)
		r = let_go(b, err);
	if (!r)
		r = get_report(b->report[0], b->deadline, whose, NULL, err);
	return r ? r : vctx_cgroup_enter(b->st->cgroup, "keeper", b->st->keeper, err);
}

static int raise_keeper(struct build *b, struct vctx_err *err)
{
	cleanup_close int pidfd = -1;
	pid_t pid = fork();
	int r;

	if (pid < 0)
		return vctx_err_sys(err, "fork");
	if (!pid)
		maker(b);
	vctx_fd_closep(&b->report[1]);
	vctx_fd_closep(&b->go[0]);
	r = get_report(b->report[0], b->deadline, "the maker of its namespaces",
		       &b->st->keeper, err);
	if (r)
		(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	if (r)
		return r;
	r = vctx_ns_start_time(b->st->keeper, &b->st->keeper_start);
	pidfd = r ? -1 : vctx_ns_pidfd(b->st->keeper, b->st->keeper_start, err);
	if (pidfd < 0)
		return vctx_err_set(err, -ESRCH, "pid 1 inside died at once");
	return lead_keeper(b, pidfd, err);
}

/* ---- the builder ---- */

static int open_parts(struct build *b, struct vctx_err *err)
{
	b->init = open(INIT_PROGRAM, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (b->init < 0)
		return vctx_err_sys(err, "%s", INIT_PROGRAM);
	if (pipe2(b->report, O_CLOEXEC) || pipe2(b->go, O_CLOEXEC))
		return vctx_err_sys(err, "pipe");
	if (!b->plan->host_ids) {
		b->userns = vctx_idmap_userns(b->plan, b->st->base, err);
		if (b->userns < 0)
			return b->userns;
	}
	/* without a user namespace a set-uid program of root's would be the host's root
	 */
	b->tree = vctx_idmap_clone(b->root, b->plan->root, b->userns,
				   b->plan->host_ids && !b->plan->allow_root, err);
	return b->tree < 0 ? b->tree : 0;
}

static void close_parts(struct build *b)
{
	int *fds[] = {&b->root,      &b->userns,    &b->tree,  &b->init,
		      &b->report[0], &b->report[1], &b->go[0], &b->go[1]};
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		vctx_fd_closep(fds[i]);
}

/* An address that is in use may be so by a command under chbind that has ended. */
static int bring_net_up(struct build *b, const char *top, struct vctx_err *err)
{
	struct vctx_err ignored;
	int r = vctx_net_up(b->st, b->root, err);

	if (r != -EADDRINUSE || vctx_bind_collect(top, b->deadline, &ignored) <= 0)
		return r;
	return vctx_net_up(b->st, b->root, err);
}

static int build(struct build *b, const char *top, struct vctx_err *err)
{
	struct vctx_state *st = b->st;
	int r = vctx_store_claim(st, b->deadline, err);

	if (r)
		return r;
	if (snprintf(st->cgroup, sizeof(st->cgroup), "%s/vctx/%u", top, st->plan.xid) >=
	    (int)sizeof(st->cgroup))
		return vctx_err_set(err, -ENAMETOOLONG, "%s is too long", top);
	r = vctx_net_prepare(st, err);
	/* written before the first thing that a teardown has to undo */
	if (!r)
		r = vctx_store_write(st, err);
	if (!r)
		r = vctx_cgroup_make(st->cgroup, &st->plan, err);
	/* before a process is in the cgroup that could open a socket */
	if (!r)
		r = bring_net_up(b, top, err);
	if (!r)
		r = open_parts(b, err);
	if (!r)
		r = raise_keeper(b, err);
	if (r)
		return r;
	st->running = true;
	return vctx_store_write(st, err);
}

/* A teardown of whatever bears the name. */
static const struct vctx_stop whole;

static int start_locked(struct build *b, const char *top, struct vctx_err *err)
{
	int r;

	if (vctx_join_is_alive(b->plan->name, b->st)) {
		if (!b->stay || b->st->stay)
			return 1;
		b->st->stay = true;
		r = vctx_store_write(b->st, err);
		return r ? r : 1;
	}
	r = vctx_stop_locked(b->plan->name, &whole, b->deadline,
			     err); /* what a dead one left */
	if (r < 0)
		return r;
	memset(b->st, 0, sizeof(*b->st));
	b->st->plan = *b->plan;
	b->st->stay = b->stay;
	b->st->started = (uint64_t)time(NULL);
	b->root = vctx_rootdir_open(b->plan->root, err);
	if (b->root < 0)
		return b->root;
	r = vctx_mount_prepare(b->root, b->plan->root, &b->plan->ip, err);
	if (!r)
		r = build(b, top, err);
	close_parts(b);
	return r;
}

int vctx_start(const struct vctx_plan *plan, bool stay, uint64_t deadline,
	       struct vctx_state *ret_st, struct vctx_err *err)
{
	struct build b = {
		.plan = plan,
		.stay = stay,
		.st = ret_st,
		.deadline = deadline,
		.root = -1,
		.userns = -1,
		.tree = -1,
		.init = -1,
		.report = {-1, -1},
		.go = {-1, -1},
	};
	cleanup_close int lock = -1;
	struct vctx_err undo;
	char top[400];
	int r = vctx_store_init(err);

	if (!r)
		r = vctx_place_find(top, sizeof(top), err);
	if (!r)
		r = vctx_cgroup_init(top, err);
	if (!r && mkdir(STAGE, 0700) && errno != EEXIST)
		r = vctx_err_sys(err, "%s", STAGE);
	/* out of the cgroup of whoever called: a session's end must not end the shepherd
	 */
	if (!r) {
		char host[420];

		(void)snprintf(host, sizeof(host), "%s/host", top);
		r = vctx_cgroup_enter(host, ".", 0, err);
	}
	if (r)
		return r;
	lock = vctx_store_lock(plan->name, true, deadline, err);
	if (lock < 0)
		return lock;
	r = start_locked(&b, top, err);
	if (r >= 0 || vctx_join_is_alive(plan->name, ret_st))
		return r;
	if (vctx_stop_locked(plan->name, &whole, deadline + CLEANUP_MS, &undo) >= 0)
		vctx_store_remove(plan->name);
	else
		(void)vctx_err_wrap(err, "(and it could not be cleaned up: %s)",
				    undo.msg);
	return r;
}
