/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user namespace that nobody is in, and mounts whose ids it shifts. */
#include "sys_idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctx.h"
#include "fd.h"

const char vctx_idmap_filesystems[] =
	"ext4, xfs (5.12), btrfs (5.15), squashfs (6.2), tmpfs (6.3)";

static int write_maps(pid_t pid, const struct vctx_plan *plan, const uint32_t *base)
{
	char text[(VCTX_EXTENTS_MAX + 1) * 40], path[48];
	uint32_t i;
	int n, r;

	n = snprintf(text, sizeof(text), "0 %u %u\n", base[0], VCTX_IDS);
	for (i = 0; i < plan->n_blocks; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%u %u %u\n",
			      plan->block[i], base[i + 1], VCTX_IDS);
	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	r = vctx_fd_poke(AT_FDCWD, path, text);
	(void)snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)pid);
	return r ? r : vctx_fd_poke(AT_FDCWD, path, text);
}

/* The child makes the namespace and waits to be told that it may end. Not as uid 0: what
 * people inside use up (inotify, timers, queues) is also counted against the namespace's
 * maker, and that must not be the host's root, nor the same for two guests
 * (kernel/ucount.c). Its capabilities stay, since NO_SETUID_FIXUP is set first. */
static void child(int ready, int go, int our_end_of_go, uid_t owner)
{
	char c = 0;

	close(our_end_of_go); /* or the end of the builder would never be seen */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) ||
	    setresuid((uid_t)-1, owner, (uid_t)-1) || unshare(CLONE_NEWUSER))
		c = (char)errno;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of uid clears it */
	if (write(ready, &c, 1) == 1)
		(void)!read(go, &c, 1);
	_exit(0);
}

int vctx_idmap_userns(const struct vctx_plan *plan, const uint32_t *base,
		      struct vctx_err *err)
{
	int ready[2] = {-1, -1}, go[2] = {-1, -1}, fd = -1, r = 0;
	char c = EPIPE, path[48];
	pid_t pid = -1;

	if (pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC) || (pid = fork()) < 0)
		r = vctx_err_sys(err, "a user namespace cannot be made");
	if (pid == 0)
		child(ready[1], go[0], go[1], base[0]);
	vctx_fd_closep(&ready[1]);
	vctx_fd_closep(&go[0]);
	if (!r && (read(ready[0], &c, 1) != 1 || c)) {
		errno = (unsigned char)c;
		r = vctx_err_sys(err, "a user namespace cannot be made (a chroot? "
				      "user.max_user_namespaces?)");
	}
	if (!r && (r = write_maps(pid, plan, base))) {
		errno = -r;
		r = vctx_err_sys(err,
				 "the id map of the user namespace cannot be written");
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	if (!r && (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		r = vctx_err_sys(err, "%s", path);
	vctx_fd_closep(&go[1]);
	vctx_fd_closep(&ready[0]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return r ? r : fd;
}

static const char *fs_name(int fd, char *buf, size_t size)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} known[] = {
		{OVERLAYFS_SUPER_MAGIC, "overlay"},
		{0x858458f6, "ramfs"},
		{NFS_SUPER_MAGIC, "NFS"},
		{TMPFS_MAGIC, "tmpfs"},
		{0x65735546, "FUSE"},
		{0x01021997, "9p"},
	};
	struct statfs fs;
	size_t i;

	if (fstatfs(fd, &fs))
		return "this filesystem";
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((uint32_t)fs.f_type == known[i].magic)
			return known[i].name;
	(void)snprintf(buf, size, "filesystem type 0x%x", (unsigned int)fs.f_type);
	return buf;
}

int vctx_idmap_clone(int root, const char *path, int userns, bool nosuid,
		     struct vctx_err *err)
{
	/* private: a clone of a shared mount is shared as well (as all are under
	 * systemd), and pivot_root refuses one */
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NODEV |
					      (nosuid ? MOUNT_ATTR_NOSUID : 0),
				  .propagation = MS_PRIVATE};
	cleanup_close int tree =
		(int)syscall(SYS_open_tree, root, "",
			     AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	char buf[48];

	if (tree < 0)
		return vctx_err_sys(err, "root %s cannot be cloned", path);
	if (userns >= 0) {
		attr.attr_set |= MOUNT_ATTR_IDMAP;
		attr.userns_fd = (uint64_t)userns;
	}
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr))) {
		if (userns >= 0 && (errno == EINVAL || errno == EPERM))
			return vctx_err_set(err, -EOPNOTSUPP,
					    "root %s is on %s, which cannot be idmapped: "
					    "put it on %s, or write USERNS=host",
					    path, fs_name(root, buf, sizeof(buf)),
					    vctx_idmap_filesystems);
		return vctx_err_sys(err, "root %s: mount_setattr", path);
	}
	return vctx_fd_take(&tree);
}
