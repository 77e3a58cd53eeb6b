/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-setup boot: what vctx.service runs. Its own cgroup becomes the place of all
 * contexts, and the programs that their sockets go through are loaded. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/magic.h>

#include "bind.h"
#include "bpfrec.h"
#include "fd.h"
#include "net.h"
#include "setup_run.h"
#include "store.h"
#include "sys_bpfload.h"
#include "sys_cgroup.h"
#include "setup.h"

#define LOCK_MS 10000

/* systemd marks what it has handed over: in another cgroup it would move or kill what we
 * put there. */
static bool is_delegated(const char *cgroup)
{
	char yes[2] = "";

	return (getxattr(cgroup, "trusted.delegate", yes, 1) == 1 ||
		getxattr(cgroup, "user.delegate", yes, 1) == 1) &&
	       yes[0] == '1';
}

static int own_unit(char *top, size_t size, struct vctx_err *err)
{
	char *leaf;
	int r = vctx_cgroup_self(top, size, err);

	if (r)
		return r;
	/* started again: the process is in TOP/host already */
	leaf = strrchr(top, '/');
	if (leaf && !strcmp(leaf, "/host"))
		*leaf = 0;
	if (!is_delegated(top))
		return vctx_err_set(err, -EPERM,
				    "%s is not a cgroup that systemd has delegated: "
				    "systemctl start vctx.service",
				    top);
	return 0;
}

static int find_top(char *top, size_t size, struct vctx_err *err)
{
	char mount[256];
	struct stat st;
	int r = vctx_store_top(top, size, err);

	/* contexts may be running there */
	if (!r && !stat(top, &st))
		return 0;
	if (setup_run_has_systemd())
		return own_unit(top, size, err);
	r = vctx_cgroup_mount(mount, sizeof(mount), err);
	if (!r && snprintf(top, size, "%s/vctx", mount) >= (int)size)
		r = vctx_err_set(err, -ENAMETOOLONG, "%s: too long a path", mount);
	return r;
}

/* This process leaves TOP before controllers are handed down: done with a process in it,
 * the kernel makes TOP a threaded domain, whose children can hold none. */
static int step_aside(const char *top, struct vctx_err *err)
{
	char host[420];

	(void)snprintf(host, sizeof(host), "%s/host", top);
	if ((mkdir(top, 0755) && errno != EEXIST) ||
	    (mkdir(host, 0755) && errno != EEXIST))
		return vctx_err_sys(err, "cgroup %s cannot be made", host);
	return vctx_cgroup_enter(host, ".", 0, err);
}

static int prepare(bool *ret_inhabited, struct vctx_err *err)
{
	char top[400];
	int r = vctx_store_init(err);

	if (!r)
		r = find_top(top, sizeof(top), err);
	if (r)
		return r;
	*ret_inhabited = vctx_cgroup_populated(top, "host") > 0;
	r = step_aside(top, err);
	if (!r)
		r = vctx_cgroup_init(top, err);
	return r ? r : vctx_store_set_top(top, err);
}

static int favor_dynmods(struct vctx_err *err)
{
	char mount[256];
	int r = vctx_cgroup_mount(mount, sizeof(mount), err);

	if (r || setup_run_has_favordynmods(mount))
		return r;
	return setup_run_favordynmods(mount, err);
}

/* systemd removes the cgroup of a unit once no process is in it, and with it the
 * controllers that it holds: one process stays there for as long as the host is up. */
static int stay_behind(struct vctx_err *err)
{
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? vctx_err_sys(err, "fork") : 0;
	(void)setsid();
	(void)!chdir("/");
	(void)syscall(SYS_close_range, 0, ~0U, 0);
	(void)prctl(PR_SET_NAME, "vctx_place");
	for (;;)
		(void)pause();
}

/* systemd mounts it; others may not. */
static int mount_bpf(struct vctx_err *err)
{
	struct statfs fs;

	if (!statfs(VCTX_BPF_FS, &fs) && fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", VCTX_BPF_FS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=700"))
		return errno == ENODEV || errno == ENOENT
			       ? vctx_err_set(err, -EOPNOTSUPP,
					      "the kernel lacks the bpf filesystem "
					      "(CONFIG_BPF_SYSCALL)")
			       : vctx_err_sys(err, "the bpf filesystem on " VCTX_BPF_FS);
	return 0;
}

/* The programs for IPv4 roots. A kernel that lacks what they need is no fault of this
 * boot: contexts without an IPv4 root start there. */
static int load_programs(struct vctx_err *err)
{
	char parent[420];
	int r = vctx_store_top(parent, sizeof(parent) - sizeof("/vctx"), err);

	if (r)
		return r;
	(void)snprintf(parent + strlen(parent), sizeof("/vctx"), "/vctx");
	r = mount_bpf(err);
	if (!r)
		r = vctx_bpfload_repair(parent, vctx_net_fill, NULL, err);
	if (!r)
		r = vctx_net_restore(err);
	if (r == -EOPNOTSUPP) {
		fprintf(stderr,
			"vctx-setup: no context with an IPv4 root can start: %s\n",
			err->msg);
		return 0;
	}
	return r;
}

/* What commands under chbind left behind before. Nothing waits for it but another version
 * of the programs. */
static void collect(void)
{
	struct vctx_err err;
	char top[400];
	int r = vctx_store_top(top, sizeof(top), &err);

	if (!r)
		r = vctx_bind_collect(top, vctx_fd_now() + LOCK_MS, &err);
	if (r < 0)
		fprintf(stderr, "vctx-setup: %s\n", err.msg);
}

int setup_boot(const struct setup_options *o)
{
	bool inhabited = false;
	struct vctx_err err;
	int r = prepare(&inhabited, &err);

	if (!r && o->favordynmods)
		r = favor_dynmods(&err);
	if (!r && !inhabited && setup_run_has_systemd())
		r = stay_behind(&err);
	if (!r) {
		collect();
		r = load_programs(&err);
	}
	if (r)
		fprintf(stderr, "vctx-setup: %s\n", err.msg);
	return r ? 1 : 0;
}
