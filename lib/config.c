/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration files on disk, read as root's own or not at all. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctx.h"
#include "fd.h"

#define FILE_MAX (64u << 20) /* a hundred thousand lines are 5 MiB */

/* Whoever can write the file decides who gets out: it has to be root's alone. */
static int slurp_owned(int dirfd, const char *name, char **text, size_t *len,
		       struct vctx_err *err)
{
	cleanup_close int fd = openat(
		dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0)
		return vctx_err_sys(err, "cannot be opened");
	if (fstat(fd, &st))
		return vctx_err_sys(err, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return vctx_err_set(err, -EINVAL, "is not a plain file");
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return vctx_err_set(err, -EPERM,
				    "has to be root's and writable by root alone");
	r = vctx_fd_slurp(fd, FILE_MAX, text, len);
	if (!r)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "cannot be read");
}

static int load_map_file(struct vctx_map *map, int dirfd, const char *name,
			 const char *path)
{
	struct vctx_err err;
	char *text = NULL;
	size_t len = 0;
	int r = slurp_owned(dirfd, name, &text, &len, &err);

	if (r == -ENOENT)
		return 0;
	if (r)
		return r == -ENOMEM ? r : vctx_map_set_unreadable(map, path, err.msg);
	r = vctx_map_parse(map, path, text, len, &err);
	free(text);
	return r;
}

static int is_conf(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && d->d_name[0] != '.' && !strcmp(d->d_name + n - 5, ".conf");
}

/* Not alphasort, which asks the locale: sshd and vctx-user have to find the same order.
 */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* -1, and *why: who can write the directory can take files of root's away. */
static int list_dir(int dir, struct dirent ***names, const char **why)
{
	struct stat st;
	int n;

	*why = "has to be root's and writable by root alone";
	if (!fstat(dir, &st) && (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH))))
		return -1;
	n = scandirat(dir, ".", names, is_conf, by_bytes);
	if (n < 0)
		*why = strerror(errno);
	return n;
}

static int load_map_dir(struct vctx_map *map)
{
	cleanup_close int dir = open(VCTX_MAP_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **names = NULL;
	const char *why;
	char path[512];
	int i, n, r = 0;

	if (dir < 0 && errno == ENOENT)
		return 0;
	why = strerror(errno);
	n = dir < 0 ? -1 : list_dir(dir, &names, &why);
	if (n < 0)
		return vctx_map_set_unreadable(map, VCTX_MAP_DIR, why);
	for (i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", VCTX_MAP_DIR,
			       names[i]->d_name);
		if (!r)
			r = load_map_file(map, dir, names[i]->d_name, path);
		free(names[i]);
	}
	free(names);
	return r;
}

static int load_all(struct vctx_config *c)
{
	struct vctx_err err;
	char *text = NULL;
	size_t len = 0;
	int r = slurp_owned(AT_FDCWD, VCTX_CONF_FILE, &text, &len, &err);

	if (r == -ENOENT)
		return 0;
	if (r)
		(void)vctx_err_wrap(&err, "%s", VCTX_CONF_FILE);
	else
		r = vctx_conf_parse(VCTX_CONF_ALL, VCTX_CONF_FILE, text, len, &c->all,
				    &err);
	free(text);
	if (r) {
		c->all_broken = strdup(err.msg);
		return c->all_broken ? 0 : -ENOMEM;
	}
	return 0;
}

int vctx_config_load(struct vctx_config *ret, struct vctx_err *err)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->rescue = !faccessat(AT_FDCWD, VCTX_RESCUE_FILE, F_OK, AT_SYMLINK_NOFOLLOW);
	ret->map_missing =
		faccessat(AT_FDCWD, VCTX_MAP_FILE, F_OK, AT_SYMLINK_NOFOLLOW) &&
		errno == ENOENT;
	r = load_map_file(&ret->map, AT_FDCWD, VCTX_MAP_FILE, VCTX_MAP_FILE);
	if (!r)
		r = load_map_dir(&ret->map);
	if (!r)
		r = load_all(ret);
	if (!r)
		return 0;
	vctx_config_done(ret);
	return vctx_err_set(err, r, "out of memory");
}

void vctx_config_done(struct vctx_config *c)
{
	vctx_map_done(&c->map);
	vctx_conf_done(&c->all);
	free(c->all_broken);
	c->all_broken = NULL;
}

int vctx_config_vserver(const char *name, struct vctx_conf *ret, struct vctx_err *err)
{
	char path[512], *text = NULL;
	size_t len = 0;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!vctx_ctx_name_is_valid(name))
		return vctx_err_set(err, -EINVAL, "'%s' is not a vserver's name", name);
	(void)snprintf(path, sizeof(path), "%s/%s.conf", VCTX_CONF_DIR, name);
	r = slurp_owned(AT_FDCWD, path, &text, &len, err);
	if (r == -ENOENT)
		return vctx_err_set(err, r, "no vserver '%s': %s is not there", name,
				    path);
	if (r)
		return vctx_err_wrap(err, "%s", path);
	r = vctx_conf_parse(VCTX_CONF_VSERVER, path, text, len, ret, err);
	free(text);
	return r;
}
