/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's root as seen from the host: checked before use, and its files read as hostile
 * input. */
#include "rootdir.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "str.h"

#define PASSWD_MAX (16u << 20)
#define PUT_MAX 16384 /* a longer file is never the same */

static int open_beneath(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* One part of the path: root's, and nobody else may put another thing in its place.
 * *closed is set where other people of the host cannot pass. */
static int check_part(int fd, const char *path, bool last, bool *closed,
		      struct vctx_err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return vctx_err_sys(err, "%s", path);
	if (!S_ISDIR(st.st_mode))
		return vctx_err_set(err, -ENOTDIR, "root %s is not a directory", path);
	if (st.st_uid)
		return vctx_err_set(err, -EPERM,
				    "root %s: a part of it is not owned by root", path);
	if ((st.st_mode & 022) && (last || !(st.st_mode & S_ISVTX)))
		return vctx_err_set(err, -EPERM,
				    "root %s: a part of it is writable by others", path);
	if (!last && !(st.st_mode & 007) && (!st.st_gid || !(st.st_mode & 070)))
		*closed = true;
	return 0;
}

int vctx_rootdir_open(const char *path, struct vctx_err *err)
{
	cleanup_close int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool closed = false;
	const char *p = path;
	struct statvfs vfs;
	char part[256];
	size_t n;
	int next, r;

	if (fd < 0)
		return vctx_err_sys(err, "/");
	r = vctx_ctx_path_check(path, err);
	while (!r && *p) {
		n = strcspn(++p, "/");
		if (n >= sizeof(part))
			return vctx_err_set(err, -ENAMETOOLONG, "root %s", path);
		memcpy(part, p, n);
		part[n] = 0;
		p += n;
		/* O_NOFOLLOW beside O_PATH would open the link itself */
		next = open_beneath(fd, part, O_PATH,
				    RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
		if (next < 0 && errno == ENOENT)
			return vctx_err_set(err, -ENOENT, "root %s is not there", path);
		if (next < 0 && errno == ELOOP)
			return vctx_err_set(err, -ELOOP,
					    "root %s: a part of it is a symbolic link",
					    path);
		if (next < 0)
			return vctx_err_sys(err, "root %s", path);
		close(fd);
		fd = next;
		r = check_part(fd, path, !*p, &closed, err);
	}
	if (r)
		return r;
	if (!closed && (fstatvfs(fd, &vfs) || !(vfs.f_flag & ST_NOSUID)))
		return vctx_err_set(
			err, -EPERM,
			"root %s can be reached by people of the host, and a set-uid "
			"file in it is root's: chmod 700 a directory above it",
			path);
	return vctx_fd_take(&fd);
}

int vctx_rootdir_slurp(int root, const char *path, size_t max, char **ret,
		       struct vctx_err *err)
{
	cleanup_close int fd = open_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
					    RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	struct stat st;
	int r;

	*ret = NULL;
	if (fd < 0)
		return vctx_err_sys(err, "/%s inside", path);
	if (fstat(fd, &st))
		return vctx_err_sys(err, "/%s inside", path);
	if (!S_ISREG(st.st_mode))
		return vctx_err_set(err, -EINVAL, "/%s inside is not a plain file", path);
	r = vctx_fd_slurp(fd, max, ret, NULL);
	if (!r)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "/%s inside", path);
}

/* Is the plain file etc/NAME to stay as it is? */
static bool is_kept(int etc, const char *name, const char *text, const char *keep)
{
	cleanup_close int fd = open_beneath(etc, name, O_RDONLY | O_NONBLOCK | O_NOCTTY,
					    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
						    RESOLVE_NO_MAGICLINKS);
	char old[PUT_MAX];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	n = read(fd, old, sizeof(old) - 1);
	if (n < 0)
		return false;
	old[n] = 0;
	if ((size_t)st.st_size == strlen(text) && !strcmp(old, text) && !st.st_uid &&
	    !st.st_gid && (st.st_mode & 07777) == 0644)
		return true;
	old[strcspn(old, "\n")] = 0;
	return strstr(old, keep) != NULL;
}

int vctx_rootdir_put(int root, const char *name, const char *text, const char *keep,
		     struct vctx_err *err)
{
	/* not O_PATH: a directory is synchronised through it */
	cleanup_close int etc = open_beneath(
		root, "etc", O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	int r;

	if (etc < 0)
		return vctx_err_sys(err, "/etc inside is not a directory");
	if (is_kept(etc, name, text, keep))
		return 0;
	r = vctx_fd_replace(etc, name, text, strlen(text), 0644);
	/* a set-group-id /etc would give the file its group */
	if (!r && fchownat(etc, name, 0, 0, AT_SYMLINK_NOFOLLOW))
		r = -errno;
	errno = -r;
	return r ? vctx_err_sys(err, "/etc/%s inside cannot be written", name) : 0;
}

/* Splits the line at *p at its colons into n fields, NUL-terminated in place; *p moves to
 * the next line. false: it has not that many. */
static bool split(char **p, char *field[], size_t n)
{
	char *line = *p, *nl = strchr(line, '\n');
	size_t i;

	if (nl)
		*nl = 0;
	*p = nl ? nl + 1 : line + strlen(line);
	for (i = 0; i < n; i++) {
		field[i] = line;
		if (i + 1 == n)
			break;
		line = strchr(line, ':');
		if (!line)
			return false;
		*line++ = 0;
	}
	return true;
}

int vctx_rootdir_user(int root, const char *user, struct vctx_inside *ret,
		      struct vctx_err *err)
{
	cleanup_free char *text = NULL;
	char *p, *f[7];
	int r = vctx_rootdir_slurp(root, "etc/passwd", PASSWD_MAX, &text, err);

	if (r == -ENOENT)
		return vctx_err_set(err, -ENODATA, "there is no /etc/passwd inside");
	if (r || !text)
		return r;
	for (p = text; *p;) {
		if (!split(&p, f, 7) || strcmp(f[0], user) != 0)
			continue;
		if (vctx_str_u32(f[2], 0xfffffffe, &ret->uid) ||
		    vctx_str_u32(f[3], 0xfffffffe, &ret->gid) ||
		    vctx_str_copy(ret->home, sizeof(ret->home), f[5]) ||
		    vctx_str_copy(ret->shell, sizeof(ret->shell), f[6]))
			return vctx_err_set(
				err, -EINVAL,
				"the line of '%s' in /etc/passwd inside is malformed",
				user);
		return 0;
	}
	return vctx_err_set(err, -ENOENT, "'%s' is not in /etc/passwd inside", user);
}

static bool is_listed(const char *members, const char *user)
{
	size_t n = strlen(user), len;

	for (; *members; members += len + (members[len] == ',')) {
		len = strcspn(members, ",");
		if (len == n && !memcmp(members, user, n))
			return true;
	}
	return false;
}

int vctx_rootdir_groups(int root, const char *user, gid_t gid, gid_t ret[VCTX_GROUPS_MAX],
			struct vctx_err *err)
{
	cleanup_free char *text = NULL;
	char *p, *f[4];
	int n = 0, r = vctx_rootdir_slurp(root, "etc/group", PASSWD_MAX, &text, err);
	uint32_t id;

	ret[n++] = gid;
	if (r == -ENOENT)
		return n;
	if (r || !text)
		return r;
	for (p = text; *p && n < VCTX_GROUPS_MAX;)
		if (split(&p, f, 4) && is_listed(f[3], user) &&
		    !vctx_str_u32(f[2], 0xfffffffe, &id) && id != gid)
			ret[n++] = id;
	return n;
}
