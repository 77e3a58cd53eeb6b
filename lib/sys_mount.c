/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A context's mounts: its root, /dev, /run, /tmp, /proc, and what of /proc is closed. */
#include "sys_mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fd.h"

#define UTMP_GID 43u
#define TTY_GID 5u

/* What a filesystem is made with; a NULL key ends the list. */
struct option {
	const char *key;
	char value[24];
};

static struct option opt(const char *key, const char *fmt, ...) VCTX_PRINTF(2, 3);
static struct option opt(const char *key, const char *fmt, ...)
{
	struct option o = {.key = key};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(o.value, sizeof(o.value), fmt, ap);
	va_end(ap);
	return o;
}

/* Opens a directory under dir without following any symbolic link: guests plant them. */
static int open_dir(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* The directory of a socket's path, without the slash that begins it. */
static void dir_of(const char *socket, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%.*s", (int)(strrchr(socket, '/') - socket - 1),
		       socket + 1);
}

/* Does it lie in a filesystem that is new at every start? */
static bool is_volatile(const char *path)
{
	static const char *const dirs[] = {"run/", "tmp/", "dev/shm/"};
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (!strncmp(path, dirs[i], strlen(dirs[i])))
			return true;
	return false;
}

/* Makes path and what is above it under dir, for id. */
static int make_dirs(int dir, const char *path, uint32_t id, struct vctx_err *err)
{
	char part[VCTX_SOCKET_SIZE];
	size_t n = 0;

	do {
		n += strcspn(path + n, "/");
		(void)snprintf(part, sizeof(part), "%.*s", (int)n, path);
		cleanup_close int fd = open_dir(dir, part);

		if (fd < 0 && errno != ENOENT)
			return vctx_err_set(err, -errno, "/%s inside is not a directory",
					    part);
		if (fd < 0 && (mkdirat(dir, part, 0755) ||
			       fchownat(dir, part, id, id, AT_SYMLINK_NOFOLLOW)))
			return vctx_err_sys(err, "/%s inside cannot be made", part);
	} while (path[n++]);
	return 0;
}

static int prepare_sockets(int root, const struct vctx_iproot *ip, struct vctx_err *err)
{
	char dir[VCTX_SOCKET_SIZE];
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < ip->n_socket; i++) {
		dir_of(ip->socket[i], dir, sizeof(dir));
		if (!is_volatile(dir))
			r = make_dirs(root, dir, 0, err);
	}
	return r;
}

int vctx_mount_prepare(int root, const char *path, const struct vctx_iproot *ip,
		       struct vctx_err *err)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {
		{"dev", 0755},
		{"run", 0755},
		{"tmp", 01777},
		{"proc", 0555},
	};
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		cleanup_close int fd = open_dir(root, dirs[i].name);

		if (fd >= 0)
			continue;
		if (errno != ENOENT)
			return vctx_err_set(err, -errno,
					    "root %s: /%s inside is not a directory",
					    path, dirs[i].name);
		if (mkdirat(root, dirs[i].name, dirs[i].mode))
			return vctx_err_sys(err, "root %s: /%s inside cannot be made",
					    path, dirs[i].name);
	}
	return prepare_sockets(root, ip, err) ? vctx_err_wrap(err, "root %s", path) : 0;
}

/* A detached mount of a new filesystem. */
static int new_fs(const char *type, const struct option *o, unsigned int attrs)
{
	cleanup_close int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

	if (fs < 0)
		return -1;
	for (; o && o->key; o++)
		if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, o->key, o->value, 0))
			return -1;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attrs);
}

static int attach(int mount, int dir, const char *path)
{
	cleanup_close int at = open_dir(dir, path);

	if (at < 0)
		return -1;
	return (int)syscall(SYS_move_mount, mount, "", at, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* A new filesystem on dir/path; returns a descriptor of its root. */
static int mount_new(int dir, const char *path, const char *type, const struct option *o,
		     unsigned int attrs, struct vctx_err *err)
{
	int fd = new_fs(type, o, attrs);

	if (fd >= 0 && !attach(fd, dir, path))
		return fd;
	(void)vctx_err_sys(err, "%s cannot be mounted on /%s inside", type, path);
	vctx_fd_closep(&fd);
	return err->code;
}

static int mount_tmpfs(int dir, const char *path, uint32_t base, const char *mode,
		       const char *size, const char *inodes, unsigned int attrs,
		       struct vctx_err *err)
{
	const struct option o[] = {
		opt("mode", "%s", mode),        opt("size", "%s", size),
		opt("nr_inodes", "%s", inodes), opt("uid", "%u", base),
		opt("gid", "%u", base),         {NULL, ""},
	};

	return mount_new(dir, path, "tmpfs", o, attrs, err);
}

static int make_node(int dev, const char *name, unsigned int major_nr,
		     unsigned int minor_nr, uint32_t base)
{
	return mknodat(dev, name, S_IFCHR | 0666, makedev(major_nr, minor_nr)) ||
	       fchmodat(dev, name, 0666, 0) ||
	       fchownat(dev, name, base, base, AT_SYMLINK_NOFOLLOW);
}

static int fill_dev(int dev, uint32_t base, struct vctx_err *err)
{
	static const struct {
		const char *name;
		unsigned int major_nr, minor_nr;
	} nodes[] = {
		{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
		{"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
	};
	static const struct {
		const char *name, *target;
	} links[] = {
		{"ptmx", "pts/ptmx"},          {"fd", "/proc/self/fd"},
		{"stdin", "/proc/self/fd/0"},  {"stdout", "/proc/self/fd/1"},
		{"stderr", "/proc/self/fd/2"},
	};
	static const char *const dirs[] = {"pts", "shm", "mqueue"};
	size_t i;
	int bad = 0;

	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		bad |= make_node(dev, nodes[i].name, nodes[i].major_nr, nodes[i].minor_nr,
				 base);
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		bad |= symlinkat(links[i].target, dev, links[i].name);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		bad |= mkdirat(dev, dirs[i], 0755);
	if (bad)
		return vctx_err_sys(err, "/dev inside cannot be filled");
	/* where a host's terminal is shown to the session that came from it
	 * (vctx_mount_place_tty) */
	cleanup_close int console =
		openat(dev, "console", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	return console < 0 ? vctx_err_sys(err, "/dev/console inside") : 0;
}

static int fill_run(int run, uint32_t base, struct vctx_err *err)
{
	cleanup_close int utmp =
		openat(run, "utmp", O_CREAT | O_WRONLY | O_CLOEXEC, 0664);

	if (utmp < 0 || fchmod(utmp, 0664) || fchown(utmp, base, base + UTMP_GID) ||
	    mkdirat(run, "lock", 01777) || fchmodat(run, "lock", 01777, 0) ||
	    fchownat(run, "lock", base, base, AT_SYMLINK_NOFOLLOW))
		return vctx_err_sys(err, "/run inside cannot be filled");
	return 0;
}

static int mount_dev(int root, uint32_t base, struct vctx_err *err)
{
	const struct option pts[] = {
		opt("mode", "620"),
		opt("ptmxmode", "666"),
		opt("gid", "%u", base + TTY_GID),
		opt("max", "256"),
		{NULL, ""},
	};
	cleanup_close int dev = mount_tmpfs(root, "dev", base, "755", "64k", "64",
					    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, err);
	int r = dev < 0 ? dev : fill_dev(dev, base, err);

	if (r)
		return r;
	cleanup_close int p = mount_new(dev, "pts", "devpts", pts,
					MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, err);
	cleanup_close int shm =
		p < 0 ? p
		      : mount_tmpfs(dev, "shm", base, "1777", "64m", "16k",
				    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);

	return shm < 0 ? shm : 0;
}

static int mount_all(int tree, uint32_t base, struct vctx_err *err)
{
	int r = mount_dev(tree, base, err);

	if (r)
		return r;
	cleanup_close int run = mount_tmpfs(tree, "run", base, "755", "32m", "16k",
					    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
	r = run < 0 ? run : fill_run(run, base, err);
	if (r)
		return r;
	cleanup_close int tmp = mount_tmpfs(tree, "tmp", base, "1777", "128m", "64k",
					    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);

	return tmp < 0 ? tmp : 0;
}

/* Whatever else lay beside the sockets would be shown inside. */
static int check_sockets(int dir, const char *path, struct vctx_err *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	struct stat st;
	int r = 0;

	if (!list) {
		(void)vctx_err_sys(err, "HOST_SERVICES: /%s", path);
		vctx_fd_closep(&fd);
		return err->code;
	}
	while (!r && (d = readdir(list))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") ||
		    (!fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		     S_ISSOCK(st.st_mode)))
			continue;
		r = vctx_err_set(err, -EPERM,
				 "HOST_SERVICES: /%s is mounted inside, so it may hold "
				 "sockets only, and '%.60s' in it is none",
				 path, d->d_name);
	}
	closedir(list);
	return r;
}

/* Where a service that is started again makes its socket anew: a socket that was mounted
 * itself would be the dead one. Connecting to a socket is no write to its filesystem. */
static int mount_sockets(int tree, const char *path, uint32_t base, struct vctx_err *err)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
	};
	cleanup_close int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int dir = open_dir(host, path);
	int r = dir < 0 ? vctx_err_sys(err,
				       "HOST_SERVICES: /%s of the host, without a "
				       "symbolic link",
				       path)
			: check_sockets(dir, path, err);

	if (!r && is_volatile(path))
		r = make_dirs(tree, path, base, err);
	if (r)
		return r;
	cleanup_close int clone =
		(int)syscall(SYS_open_tree, dir, "",
			     AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (clone < 0 ||
	    syscall(SYS_mount_setattr, clone, "", AT_EMPTY_PATH, &attr, sizeof(attr)) ||
	    attach(clone, tree, path))
		return vctx_err_sys(err, "HOST_SERVICES: /%s cannot be mounted inside",
				    path);
	return 0;
}

static int mount_services(int tree, const struct vctx_iproot *ip, uint32_t base,
			  struct vctx_err *err)
{
	char dir[VCTX_SOCKET_SIZE], other[VCTX_SOCKET_SIZE];
	uint32_t i, k;
	int r = 0;

	for (i = 0; !r && i < ip->n_socket; i++) {
		dir_of(ip->socket[i], dir, sizeof(dir));
		for (k = 0; k < i; k++) {
			dir_of(ip->socket[k], other, sizeof(other));
			if (!strcmp(dir, other))
				break;
		}
		if (k == i) /* two sockets in one directory are one mount */
			r = mount_sockets(tree, dir, base, err);
	}
	return r;
}

int vctx_mount_root(int tree, const char *stage, uint32_t base,
		    const struct vctx_iproot *ip, struct vctx_err *err)
{
	cleanup_close int own = tree;
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return vctx_err_sys(err, "the mounts cannot be made private");
	if (syscall(SYS_move_mount, own, "", AT_FDCWD, stage, MOVE_MOUNT_F_EMPTY_PATH))
		return vctx_err_sys(err, "the root cannot be put on %s", stage);
	r = mount_all(own, base, err);
	if (!r)
		r = mount_services(own, ip, base, err);
	if (r)
		return r;
	/* the old root is stacked under the new one by pivot_root(".", ".") and detached:
	 * there is no chroot to climb out of, and nothing of the host is left to climb to
	 */
	if (fchdir(own) || syscall(SYS_pivot_root, ".", ".") ||
	    umount2(".", MNT_DETACH) || chdir("/"))
		return vctx_err_sys(err, "the root cannot be changed to");
	return 0;
}

int vctx_mount_proc(struct vctx_err *err)
{
	const unsigned int attrs =
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int proc =
		root < 0 ? -1 : mount_new(root, "proc", "proc", NULL, attrs, err);

	if (proc < 0)
		return root < 0 ? vctx_err_sys(err, "/") : proc;
	cleanup_close int mq = mount_new(root, "dev/mqueue", "mqueue", NULL, attrs, err);

	return mq < 0 ? mq : 0;
}

static int make_readonly(int proc, const char *name)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
	};
	cleanup_close int tree = (int)syscall(SYS_open_tree, proc, name,
					      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return errno == ENOENT ? 0 : -1;
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return -1;
	return (int)syscall(SYS_move_mount, tree, "", proc, name,
			    MOVE_MOUNT_F_EMPTY_PATH);
}

static int hide(int proc, const char *name, int null)
{
	struct stat st;
	cleanup_close int tree = -1;

	if (fstatat(proc, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -1;
	if (S_ISDIR(st.st_mode)) {
		const struct option o[] = {
			opt("mode", "555"), opt("nr_inodes", "2"), {NULL, ""}};

		tree = new_fs("tmpfs", o,
			      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	} else {
		tree = (int)syscall(SYS_open_tree, null, "",
				    AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	}
	if (tree < 0)
		return -1;
	return (int)syscall(SYS_move_mount, tree, "", proc, name,
			    MOVE_MOUNT_F_EMPTY_PATH);
}

int vctx_mount_close_proc(struct vctx_err *err)
{
	static const char *const readonly[] = {
		"sys", "bus",  "driver",   "dynamic_debug", "fs",
		"irq", "mtrr", "pressure", "sysrq-trigger"};
	static const char *const hidden[] = {
		"acpi",       "asound",     "interrupts",    "kcore",
		"keys",       "key-users",  "kmsg",          "kpagecgroup",
		"kpagecount", "kpageflags", "latency_stats", "sched_debug",
		"scsi",       "slabinfo",   "timer_list",    "vmcore",
	};
	cleanup_close int proc =
		open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_close int null = open("/dev/null", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	size_t i;

	if (proc < 0 || null < 0)
		return vctx_err_sys(err, "/proc and /dev/null inside");
	for (i = 0; i < sizeof(readonly) / sizeof(readonly[0]); i++)
		if (make_readonly(proc, readonly[i]))
			return vctx_err_sys(err,
					    "/proc/%s inside cannot be made read-only",
					    readonly[i]);
	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (hide(proc, hidden[i], null))
			return vctx_err_sys(err, "/proc/%s inside cannot be hidden",
					    hidden[i]);
	return 0;
}

int vctx_mount_take_tty(int fd, struct vctx_err *err)
{
	char path[32];
	int tree;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return tree < 0 ? vctx_err_sys(err, "the terminal cannot be taken along") : tree;
}

int vctx_mount_place_tty(int tree, struct vctx_err *err)
{
	/* a mount namespace of this session's own, fed by the context's: others never see
	 * the terminal */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) ||
	    syscall(SYS_move_mount, tree, "", AT_FDCWD, "/dev/console",
		    MOVE_MOUNT_F_EMPTY_PATH))
		return vctx_err_sys(
			err, "the terminal cannot be shown as /dev/console inside");
	return 0;
}
