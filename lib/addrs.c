/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that contexts put onto the host's devices, counted. */
#include "addrs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "store.h"

#define ADDR_DIR VCTX_RUN_DIR "/addr"
#define LOCK_MS 10000
#define NOTE ".dev" /* no label begins with a dot */

static int lock(struct vctx_err *err)
{
	int fd;

	if (mkdir(ADDR_DIR, 0700) && errno != EEXIST)
		return vctx_err_sys(err, "%s", ADDR_DIR);
	fd = vctx_fd_lock_dir(ADDR_DIR, LOCK_MS);
	errno = -fd;
	return fd < 0 ? vctx_err_sys(err, "%s", ADDR_DIR) : fd;
}

static void path_of(const struct vctx_addr *addr, const char *file, char *buf,
		    size_t size)
{
	char text[INET6_ADDRSTRLEN];

	(void)snprintf(buf, size, "%s/%s%s%s", ADDR_DIR, vctx_addr_print(addr, text),
		       file[0] ? "/" : "", file);
}

static int touch(const struct vctx_addr *addr, const char *label, const char *text,
		 struct vctx_err *err)
{
	cleanup_close int fd = -1;
	char path[256];

	path_of(addr, label, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || vctx_fd_write(fd, text, strlen(text)))
		return vctx_err_sys(err, "%s", path);
	return 0;
}

static int count(const struct vctx_addr *addr, const char *label, const char *dev,
		 struct vctx_err *err)
{
	char path[256];
	int r;

	path_of(addr, "", path, sizeof(path));
	if (mkdir(path, 0700) && errno != EEXIST)
		return vctx_err_sys(err, "%s", path);
	r = touch(addr, label, "", err);
	return r ? r : touch(addr, NOTE, dev, err);
}

/* Does anybody use it? -ENOENT: there is no count of it. */
static int is_used(const struct vctx_addr *addr)
{
	char path[256];
	struct dirent *d;
	int used = 0;
	DIR *dir;

	path_of(addr, "", path, sizeof(path));
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!used && (d = readdir(dir)))
		used = d->d_name[0] != '.';
	closedir(dir);
	return used;
}

int vctx_addrs_take(const char *label, const struct vctx_addr *addr, uint8_t prefix,
		    uint32_t bcast, const char *dev, struct vctx_err *err)
{
	cleanup_close int held = lock(err);
	struct vctx_addr_found found;
	int r = held < 0 ? held : vctx_addr_find(addr, &found, err);

	if (r || (found.theirs && !found.ours))
		return r;
	/* counted first: a drop finds what is counted, and looks for our mark before it
	 * removes anything */
	r = count(addr, label, found.ours ? found.dev : dev, err);
	if (r || found.ours)
		return r;
	return vctx_addr_add(addr, prefix, bcast, dev, err);
}

static int drop_locked(const char *label, const struct vctx_addr *addr,
		       struct vctx_err *err)
{
	struct vctx_addr_found found;
	char path[256];
	int used, r;

	path_of(addr, label, path, sizeof(path));
	(void)unlink(path);
	used = is_used(addr);
	if (used == -ENOENT || used > 0)
		return 0;
	if (used < 0)
		return vctx_err_set(err, used, "%s cannot be read", ADDR_DIR);
	r = vctx_addr_find(addr, &found, err);
	if (!r && found.ours)
		r = vctx_addr_del(addr, found.prefix, found.dev, err);
	if (r)
		return r;
	/* last: as long as it is there, the next drop tries again */
	path_of(addr, NOTE, path, sizeof(path));
	(void)unlink(path);
	path_of(addr, "", path, sizeof(path));
	(void)rmdir(path);
	return 0;
}

int vctx_addrs_drop(const char *label, const struct vctx_addr *addr, struct vctx_err *err)
{
	cleanup_close int held = lock(err);

	return held < 0 ? held : drop_locked(label, addr, err);
}

int vctx_addrs_drop_all(const char *label, struct vctx_err *err)
{
	cleanup_close int held = lock(err);
	DIR *dir = held < 0 ? NULL : opendir(ADDR_DIR);
	struct vctx_addr addr;
	struct dirent *d;
	char path[256];
	int r = 0;

	if (held < 0)
		return held;
	while (!r && dir && (d = readdir(dir))) {
		if (vctx_addr_parse(d->d_name, &addr))
			continue;
		path_of(&addr, label, path, sizeof(path));
		/* or by a drop that died half way */
		if (!access(path, F_OK) || !is_used(&addr))
			r = drop_locked(label, &addr, err);
	}
	if (dir)
		closedir(dir);
	return r;
}
