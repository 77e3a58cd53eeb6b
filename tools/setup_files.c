/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/pam.d: files read once, changed in memory, and written when all of them are right.
 */
#include "setup_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"

#define FILE_MAX (1u << 20)

const char *const setup_services[] = {"sshd",    "login",     "su",   "su-l",
				      "runuser", "runuser-l", "cron", NULL};
const char *const setup_guards[] = {"sudo", "sudo-i", "doas", "polkit-1", "atd", NULL};
const char *const setup_bases[] = {"common-account", "other", NULL};

bool setup_is_one_of(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

int setup_files_open(struct setup_files *f, bool lock, struct vctx_err *err)
{
	memset(f, 0, sizeof(*f));
	f->dir = open(SETUP_PAM_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return vctx_err_sys(err, SETUP_PAM_DIR);
	if (!lock || !flock(f->dir, LOCK_EX | LOCK_NB))
		return 0;
	(void)vctx_err_sys(err, "another vctx-setup is at work on " SETUP_PAM_DIR);
	setup_files_close(f);
	return err->code;
}

void setup_files_close(struct setup_files *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free(f->v[i]->old);
		free(f->v[i]->new);
		free(f->v[i]);
	}
	f->n = 0;
	vctx_fd_closep(&f->dir);
}

static int load(int dir, struct setup_file *file, struct vctx_err *err)
{
	cleanup_close int fd =
		openat(dir, file->name,
		       O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return vctx_err_set(err, -ELOOP, "%s/%s is a symbolic link",
				    SETUP_PAM_DIR, file->name);
	if (fd < 0 || fstat(fd, &st))
		return vctx_err_sys(err, "%s/%s", SETUP_PAM_DIR, file->name);
	if (!S_ISREG(st.st_mode) || st.st_uid || (st.st_mode & 022))
		return vctx_err_set(err, -EPERM,
				    "%s/%s has to be a plain file that root alone can "
				    "write",
				    SETUP_PAM_DIR, file->name);
	file->mode = st.st_mode & 07777;
	file->gid = st.st_gid;
	r = vctx_fd_slurp(fd, FILE_MAX, &file->old, &file->old_len);
	errno = -r;
	return r ? vctx_err_sys(err, "%s/%s", SETUP_PAM_DIR, file->name) : 0;
}

int setup_files_get(struct setup_files *f, const char *name, struct setup_file **ret,
		    struct vctx_err *err)
{
	struct setup_file *file;
	size_t i;
	int r;

	for (i = 0; i < f->n; i++)
		if (!strcmp(f->v[i]->name, name)) {
			*ret = f->v[i];
			return 0;
		}
	if (!*name || *name == '.' || strchr(name, '/') ||
	    strlen(name) >= sizeof(file->name))
		return vctx_err_set(err, -EINVAL, "'%.80s' is not the name of a service",
				    name);
	if (f->n == sizeof(f->v) / sizeof(f->v[0]))
		return vctx_err_set(err, -E2BIG, "too many files in %s", SETUP_PAM_DIR);
	file = calloc(1, sizeof(*file));
	if (!file)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	memcpy(file->name, name, strlen(name) + 1);
	r = load(f->dir, file, err);
	if (r) {
		free(file->old);
		free(file);
		return r;
	}
	f->v[f->n++] = *ret = file;
	return 0;
}

int setup_files_read(void *arg, const char *name, const char **ret_text, size_t *ret_len,
		     struct vctx_err *err)
{
	struct setup_file *file;
	int r = setup_files_get(arg, name, &file, err);

	if (r)
		return r;
	if (!file->old)
		return vctx_err_set(err, -ENOENT, "%s/%s is not there", SETUP_PAM_DIR,
				    name);
	*ret_text = file->new ? file->new : file->old;
	*ret_len = file->new ? file->new_len : file->old_len;
	return 0;
}

static bool has_changed(const struct setup_file *f)
{
	return f->new && (f->new_len != f->old_len || memcmp(f->new, f->old, f->old_len));
}

int setup_files_commit(struct setup_files *f, size_t *ret_n, struct vctx_err *err)
{
	size_t i;
	int r;

	*ret_n = 0;
	for (i = 0; i < f->n; i++) {
		const struct setup_file *file = f->v[i];

		if (!has_changed(file))
			continue;
		r = vctx_fd_replace(f->dir, file->name, file->new, file->new_len,
				    file->mode);
		if (!r && file->gid &&
		    fchownat(f->dir, file->name, 0, file->gid, AT_SYMLINK_NOFOLLOW))
			r = -errno;
		errno = -r;
		if (r)
			return vctx_err_sys(err, "%s/%s cannot be written", SETUP_PAM_DIR,
					    file->name);
		++*ret_n;
	}
	return 0;
}

void setup_names_free(char **names)
{
	size_t i;

	for (i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

static int is_plain(const struct dirent *d)
{
	return d->d_name[0] != '.' && strlen(d->d_name) < 64 && d->d_type != DT_DIR;
}

int setup_files_marked(struct setup_files *f, char ***ret, struct vctx_err *err)
{
	struct dirent **list = NULL;
	struct setup_file *file = NULL;
	int i, n = scandirat(f->dir, ".", &list, is_plain, alphasort), r = 0;
	char **names;
	size_t k = 0;

	if (n < 0)
		return vctx_err_sys(err, SETUP_PAM_DIR);
	names = calloc((size_t)n + 1, sizeof(*names));
	if (!names)
		r = vctx_err_set(err, -ENOMEM, "out of memory");
	for (i = 0; i < n; i++) {
		if (!r)
			r = setup_files_get(f, list[i]->d_name, &file, err);
		if (r == -ELOOP || r == -EACCES)
			r = 0; /* not written by us */
		else if (!r && names && file && file->old &&
			 strstr(file->old, "# vctx begin\n") &&
			 !(names[k++] = strdup(list[i]->d_name)))
			r = vctx_err_set(err, -ENOMEM, "out of memory");
		free(list[i]);
	}
	free(list);
	if (r) {
		setup_names_free(names);
		return r;
	}
	*ret = names;
	return 0;
}
