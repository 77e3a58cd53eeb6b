/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entering a running context. The order is the one that kernels allow; each step says
 * against what. */
#include "join.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "sys_bpf.h"
#include "sys_caps.h"
#include "sys_cgroup.h"
#include "sys_fds.h"
#include "sys_mount.h"
#include "sys_ns.h"
#include "sys_seccomp.h"

#define TTY_GID 5u
#define KEYCTL_JOIN_SESSION_KEYRING 1

struct entry {
	struct vctx_join *j;
	int lock, pidfd, procs, tty;
	gid_t groups[VCTX_GROUPS_MAX];
	int n_groups;
};

static int check_ids(const struct vctx_state *st, const struct vctx_plan *plan,
		     const struct vctx_person *who, struct vctx_err *err)
{
	uint32_t id = vctx_plan_has_id(&st->plan, who->uid) ? who->gid : who->uid;

	if (st->plan.host_ids && who->uid == 0 && !plan->allow_root)
		return vctx_err_set(
			err, -EPERM,
			"'%s' has USERNS=host and no allow-root: uid 0 is not let in",
			st->plan.name);
	if (!vctx_plan_has_id(&st->plan, id))
		return vctx_err_set(err, -ERANGE,
				    "id %u is not mapped in '%s': write UIDS=\"%u\" into "
				    "its file and restart it",
				    id, st->plan.name, id / VCTX_IDS * VCTX_IDS);
	return 0;
}

static const struct vctx_person guest_root = {.user = "root", .group = "root"};

static int check_inside(int root, const struct vctx_person *who, struct vctx_err *err)
{
	struct vctx_inside in;
	int r = vctx_rootdir_user(root, who->user, &in, err);

	if (r)
		return r;
	if (in.uid != who->uid || in.gid != who->gid)
		return vctx_err_set(err, -EPERM,
				    "'%s' is %u:%u on the host and %u:%u inside: they "
				    "have to be the same",
				    who->user, who->uid, who->gid, in.uid, in.gid);
	return 0;
}

static int check_room(const struct vctx_state *st, struct vctx_err *err)
{
	char file[640], now[24], max[24];

	(void)snprintf(file, sizeof(file), "%s/guest/pids.max", st->cgroup);
	if (vctx_fd_peek(AT_FDCWD, file, max, sizeof(max)) < 0 || !strcmp(max, "max"))
		return 0;
	(void)snprintf(file, sizeof(file), "%s/guest/pids.current", st->cgroup);
	if (vctx_fd_peek(AT_FDCWD, file, now, sizeof(now)) < 0)
		return 0;
	/* the monitor, its child, and a shell */
	if (strtoul(now, NULL, 10) + 3 > strtoul(max, NULL, 10))
		return vctx_err_set(
			err, -EAGAIN,
			"'%s' has %s of at most %s processes: no room for a login",
			st->plan.name, now, max);
	return 0;
}

/* Without the programs in the kernel its sockets would have every address of the host. */
static int check_addresses(const struct vctx_state *st, struct vctx_err *err)
{
	char parent[sizeof(st->cgroup)], *slash;
	int r;

	if (st->plan.ip.net != VCTX_NET_ROOT)
		return 0;
	memcpy(parent, st->cgroup, sizeof(parent));
	slash = strrchr(parent, '/');
	if (slash)
		*slash = 0;
	r = vctx_bpf_check(parent, err);
	if (!r)
		r = vctx_bpf_check_root(st->cgroup, st->plan.xid, err);
	return r ? vctx_err_wrap(err, "'%s' is not held to its addresses", st->plan.name)
		 : 0;
}

bool vctx_join_is_alive(const char *name, struct vctx_state *ret)
{
	struct vctx_err ignored;
	cleanup_close int pidfd = -1;

	if (vctx_store_read(name, ret, &ignored) || !ret->running)
		return false;
	pidfd = vctx_ns_pidfd(ret->keeper, ret->keeper_start, &ignored);
	return pidfd >= 0;
}

int vctx_join_check_caller(struct vctx_err *err)
{
	int n = vctx_ns_threads();

	if (geteuid() != 0)
		return vctx_err_set(
			err, -EPERM,
			"the calling program is not root: it cannot enter a context");
	if (n < 0)
		return vctx_err_set(err, n, "/proc/self/task cannot be read");
	/* in a threaded program setns fails half way */
	if (n != 1)
		return vctx_err_set(
			err, -EPERM,
			"the calling program has %d threads: it cannot enter a context; "
			"use another service",
			n);
	return 0;
}

int vctx_join_check(const struct vctx_plan *plan, const struct vctx_person *who,
		    struct vctx_state *st, int *ret_root, struct vctx_err *err)
{
	cleanup_close int root = -1, pidfd = -1;
	int r = vctx_store_read(plan->name, st, err);

	if (r)
		return r;
	if (!st->running)
		return vctx_err_set(err, -ESRCH, "'%s' is half built", plan->name);
	pidfd = vctx_ns_pidfd(st->keeper, st->keeper_start, err);
	if (pidfd < 0)
		return pidfd;
	if (strcmp(st->plan.root, plan->root) != 0 ||
	    (plan->xid && st->plan.xid != plan->xid) ||
	    st->plan.host_ids != plan->host_ids ||
	    !vctx_ip_is_same(&st->plan.ip, &plan->ip))
		return vctx_err_set(err, -ESTALE,
				    "'%s' runs as it was configured before: vserver '%s' "
				    "stop, then log in again",
				    plan->name, plan->name);
	root = vctx_rootdir_open(plan->root, err);
	if (root < 0)
		return root;
	r = check_ids(st, plan, who ? who : &guest_root, err);
	if (!r && who)
		r = check_inside(root, who, err);
	if (!r)
		r = check_room(st, err);
	if (!r)
		r = check_addresses(st, err);
	if (r)
		return r;
	if (ret_root)
		*ret_root = vctx_fd_take(&root);
	return vctx_fd_take(&pidfd);
}

/* After setns the root is the guest's, and so would be the libnss_*.so that libc loads
 * for a lookup, in a process that is still the host's. `files` and `dns` are built into
 * libc. Every database is pinned: one that is not would keep the host's services ("db",
 * "nis", "sss") and load them from the guest. It also keeps libc from reading
 * nsswitch.conf again, and from asking a nscd that the guest runs. */
static int pin_names(struct vctx_err *err)
{
	static const char *const databases[] = {
		"aliases",  "ethers",   "group",  "gshadow",   "initgroups",
		"netgroup", "networks", "passwd", "protocols", "publickey",
		"rpc",      "services", "shadow",
	};
	struct passwd pw, *p;
	char buf[1024];
	size_t i;

	for (i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		if (__nss_configure_lookup(databases[i], "files"))
			return vctx_err_sys(err, "the name service (%s) cannot be pinned",
					    databases[i]);
	if (__nss_configure_lookup("hosts", "files dns"))
		return vctx_err_sys(err, "the name service (hosts) cannot be pinned");
	(void)getpwuid_r(0, &pw, buf, sizeof(buf), &p);
	return 0;
}

/* The groups are the guest's: what the host calls a group may be another one there. */
static int find_groups(struct entry *e, int root, struct vctx_err *err)
{
	const struct vctx_person *who = &e->j->who;

	if (e->j->as_root) {
		e->groups[0] = 0;
		return 1;
	}
	return vctx_rootdir_groups(root, who->user, who->gid, e->groups, err);
}

/* All that may fail and return. Nothing of the caller is changed but its terminal's owner
 * (login) and its name service. */
static int prepare(struct entry *e, const struct vctx_plan *plan, uint64_t deadline,
		   struct vctx_err *err)
{
	struct vctx_join *j = e->j;
	cleanup_close int root = -1;
	char path[640];
	int term = vctx_fds_terminal(), r;

	r = vctx_join_check_caller(err);
	if (!r)
		r = vctx_fds_check_std(err);
	if (r)
		return r;
	e->lock = vctx_store_lock(plan->name, false, deadline, err);
	if (e->lock < 0)
		return e->lock;
	e->pidfd = vctx_join_check(plan, j->as_root ? NULL : &j->who, &j->st, &root, err);
	if (e->pidfd < 0)
		return e->pidfd;
	e->n_groups = find_groups(e, root, err);
	if (e->n_groups < 0)
		return e->n_groups;
	(void)snprintf(path, sizeof(path), "%s/guest/cgroup.procs", j->st.cgroup);
	e->procs = open(path, O_WRONLY | O_CLOEXEC);
	if (e->procs < 0)
		return vctx_err_sys(err, "%s", path);
	if (term >= 0 && j->tty != VCTX_TTY_NONE) {
		e->tty = vctx_mount_take_tty(term, err);
		/* -EINVAL: it is of another mount namespace (su under PrivateTmp=): the
		 * session works, its terminal has no name inside */
		if (e->tty < 0 && e->tty != -EINVAL)
			return e->tty;
	}
	r = j->pin_names ? pin_names(err) : 0;
	/* root inside has to own login's terminal to give it to the person. Not su's: it
	 * could not be given back, and root inside could open it again */
	if (!r && term >= 0 && j->tty == VCTX_TTY_GIVE && !j->st.plan.host_ids &&
	    fchown(term, j->st.base[0], j->st.base[0] + TTY_GID))
		r = vctx_err_sys(err, "the terminal cannot be handed over");
	return r;
}

static int enter_namespaces(struct entry *e, struct vctx_err *err)
{
	const int rest = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP;
	const int user = e->j->st.plan.host_ids ? 0 : CLONE_NEWUSER;
	int r;

	if (e->tty < 0)
		return vctx_ns_enter(e->pidfd, rest | user, err);
	/* the terminal is mounted while we are the host's root still: the guest's cannot
	 * mount */
	r = vctx_ns_enter(e->pidfd, rest, err);
	if (!r)
		r = vctx_mount_place_tty(e->tty, err);
	return r || !user ? r : vctx_ns_enter(e->pidfd, user, err);
}

static int take_on_groups(const struct entry *e, struct vctx_err *err)
{
	gid_t mapped[VCTX_GROUPS_MAX];
	int i, n = 0;

	for (i = 0; i < e->n_groups; i++)
		if (vctx_plan_has_id(&e->j->st.plan, e->groups[i]))
			mapped[n++] = e->groups[i];
	if (!e->j->st.plan.host_ids)
		return vctx_ns_become_root(mapped, n, err);
	return setgroups((size_t)n, mapped) ? vctx_err_sys(err, "setgroups") : 0;
}

/* The host's number for an id of the inside. */
static uint32_t host_id(const struct vctx_state *st, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < st->plan.n_blocks; i++)
		if (st->plan.block[i] == id / VCTX_IDS * VCTX_IDS)
			return st->base[i + 1] + id % VCTX_IDS;
	return st->base[0] + id % VCTX_IDS;
}

/* From the first line on there is no way back. */
static int enter(struct entry *e, struct vctx_err *err)
{
	const struct vctx_join *j = e->j;
	/* -1 ends the list, so that a terminal that is not there has to be another's
	 * number */
	const int keep[] = {e->lock, e->pidfd, e->procs, e->tty < 0 ? e->pidfd : e->tty,
			    -1};
	int r;

	/* nobody inside may trace us, or open our /proc/PID/exe and write to it
	 * (CVE-2019-5736) */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return vctx_err_sys(err, "PR_SET_DUMPABLE");
	if (write(e->procs, "0", 1) != 1)
		return vctx_err_sys(err, "its cgroup cannot be entered");
	if (!j->st.plan.host_ids)
		vctx_fds_hand_over(j->who.uid, host_id(&j->st, j->who.uid),
				   host_id(&j->st, j->who.gid));
	r = vctx_fds_blank(keep, err);
	if (!r)
		r = enter_namespaces(e, err);
	if (!r)
		r = take_on_groups(e, err);
	if (!r && chdir("/"))
		r = vctx_err_sys(err, "chdir");
	/* one that pam_keyinit made before carries the host uid's keys. No keyrings in
	 * the kernel: nothing to leave */
	if (!r && syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
	    errno != ENOSYS)
		r = vctx_err_sys(err, "a session keyring cannot be made");
	if (!r)
		r = vctx_seccomp_apply(j->st.plan.ip.net, err);
	if (!r)
		r = vctx_caps_apply(j->st.plan.caps & j->caps, err);
	return r;
}

static void close_all(struct entry *e)
{
	vctx_fd_closep(&e->tty);
	vctx_fd_closep(&e->procs);
	vctx_fd_closep(&e->pidfd);
	vctx_fd_closep(&e->lock);
}

int vctx_join(struct vctx_join *j, const struct vctx_plan *plan, uint64_t deadline,
	      struct vctx_err *err)
{
	struct entry e = {.j = j, .lock = -1, .pidfd = -1, .procs = -1, .tty = -1};
	int r;

	j->caps = plan->caps;
	if (j->as_root)
		j->who = guest_root;
	r = prepare(&e, plan, deadline, err);
	if (!r) {
		if (j->entering)
			j->entering(j->arg);
		r = enter(&e, err);
		if (r) {
			/* half inside: a program that went on would be neither the host's
			 * nor the guest's */
			if (j->lost)
				j->lost(j->arg, err);
			_exit(254);
		}
	}
	close_all(&e);
	return r;
}
