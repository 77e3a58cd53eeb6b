/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a caller's inherited descriptors may bring into a context. */
#include "sys_fds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ctx.h"
#include "fd.h"
#include "str.h"

#ifndef NSFS_MAGIC
#define NSFS_MAGIC 0x6e736673
#endif

/* Mem devices that hold nothing: null, zero, full, random, urandom. */
static bool is_harmless_device(const struct stat *st)
{
	unsigned int n = minor(st->st_rdev);

	return major(st->st_rdev) == 1 &&
	       (n == 3 || n == 5 || n == 7 || n == 8 || n == 9);
}

/* A way out of the root that is to come: an open directory is one (CVE-2024-21626), and
 * so is a namespace. */
static bool is_door(int fd, const struct stat *st)
{
	struct statfs fs;
	int flags = fcntl(fd, F_GETFL);

	if (S_ISDIR(st->st_mode) || flags < 0 || (flags & O_PATH))
		return true;
	/* only a file of nsfs is a namespace, and it looks like a plain one */
	return S_ISREG(st->st_mode) && !fstatfs(fd, &fs) &&
	       (uint32_t)fs.f_type == NSFS_MAGIC;
}

static bool is_device(int fd, const struct stat *st)
{
	if (S_ISBLK(st->st_mode))
		return true;
	return S_ISCHR(st->st_mode) && !is_harmless_device(st) && !isatty(fd);
}

/* The master of a pty is somebody else's terminal: what is written to it has been typed
 * there. */
static bool is_pty_master(int fd)
{
	unsigned int n;

	return !ioctl(fd, TIOCGPTN, &n);
}

/* Sockets as anybody may make them: no packet, raw or netlink one of the caller's. */
static bool is_plain_socket(int fd)
{
	int domain = 0, type = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len))
		return false;
	if (domain == AF_UNIX)
		return true;
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type == SOCK_STREAM || type == SOCK_DGRAM);
}

/* Anonymous descriptors that hold nothing but themselves. Not pidfds, io_uring, fanotify,
 * bpf ... */
static bool is_plain_anonymous(int fd)
{
	static const char *const plain[] = {
		"anon_inode:[eventfd]", "anon_inode:[eventpoll]", "anon_inode:[signalfd]",
		"anon_inode:[timerfd]"};
	char path[40], link[64];
	ssize_t n;
	size_t i;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return false;
	link[n] = 0;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (!strcmp(link, plain[i]))
			return true;
	return false;
}

/* A list of what may stay: pipes, plain sockets, terminals, unlinked files (a
 * here-document is one) and anonymous things of the person's own. */
static bool leads_to_host(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || is_door(fd, &st))
		return true;
	switch (st.st_mode & S_IFMT) {
	case S_IFIFO:
		return false;
	case S_IFSOCK:
		return !is_plain_socket(fd);
	case S_IFREG:
		return st.st_nlink > 0;
	case S_IFCHR:
		return is_device(fd, &st) || is_pty_master(fd);
	case 0:
		return !is_plain_anonymous(fd);
	default:
		return true;
	}
}

int vctx_fds_check_std(struct vctx_err *err)
{
	struct stat st;
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (!fstat(fd, &st) && (is_door(fd, &st) || is_device(fd, &st)))
			return vctx_err_set(
				err, -EPERM,
				"descriptor %d is a directory, a device or a namespace "
				"of the host: close it",
				fd);
	return 0;
}

static bool is_kept(int fd, const int *keep)
{
	for (; *keep >= 0; keep++)
		if (*keep == fd)
			return true;
	return false;
}

int vctx_fds_blank(const int *keep, struct vctx_err *err)
{
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;
	uint32_t fd;
	int flags, r = 0;

	if (null < 0 || !dir)
		r = vctx_err_sys(err, "the open descriptors cannot be looked at");
	while (!r && dir && (d = readdir(dir))) {
		if (vctx_str_u32(d->d_name, INT32_MAX, &fd) || fd < 3 ||
		    (int)fd == null || (int)fd == dirfd(dir) || is_kept((int)fd, keep) ||
		    !leads_to_host((int)fd))
			continue;
		flags = fcntl((int)fd, F_GETFD);
		if (dup3(null, (int)fd,
			 flags >= 0 && (flags & FD_CLOEXEC) ? O_CLOEXEC : 0) < 0)
			r = vctx_err_sys(err, "descriptor %u cannot be taken away", fd);
	}
	if (dir)
		closedir(dir);
	return r;
}

static bool is_nameless(int fd, const struct stat *st)
{
	struct statfs fs;

	if (S_ISREG(st->st_mode))
		return !st->st_nlink;
	/* a FIFO that somebody made with mkfifo has a name, and an owner to keep */
	return S_ISFIFO(st->st_mode) && !fstatfs(fd, &fs) &&
	       (uint32_t)fs.f_type == PIPEFS_MAGIC;
}

void vctx_fds_hand_over(uid_t uid, uint32_t host_uid, uint32_t host_gid)
{
	struct stat st;
	int fd;

	for (fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) || (st.st_uid != 0 && st.st_uid != uid))
			continue;
		if (is_nameless(fd, &st))
			(void)!fchown(fd, host_uid, host_gid);
	}
}

int vctx_fds_terminal(void)
{
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (isatty(fd))
			return fd;
	return -1;
}
