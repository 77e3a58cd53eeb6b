/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mapping file as tools change it: locked, one line touched, replaced durably. */
#include "user_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "config.h"
#include "fd.h"
#include "str.h"

#define DIR_NAME VCTX_SYSCONFDIR "/security"
#define FILE_NAME "vctx.conf"
#define LOCK_NAME ".vctx.conf.lock"
#define FILE_MAX (64u << 20)
#define LOCK_MS 5000

/* The lock file is never removed: whoever waits for it and whoever comes later have to
 * mean the same one. */
static int take_lock(struct vctx_user_file *f, struct vctx_err *err)
{
	uint64_t deadline = vctx_fd_now() + LOCK_MS;

	f->lock = openat(f->dir, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			 0600);
	if (f->lock < 0)
		return vctx_err_sys(err, "%s/%s", DIR_NAME, LOCK_NAME);
	while (flock(f->lock, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return vctx_err_sys(err, "%s/%s", DIR_NAME, LOCK_NAME);
		if (vctx_fd_now() >= deadline)
			return vctx_err_set(err, -EAGAIN,
					    "%s is being changed by another vctx-user",
					    VCTX_MAP_FILE);
		vctx_fd_sleep(20);
	}
	return 0;
}

static int read_text(struct vctx_user_file *f, struct vctx_err *err)
{
	cleanup_close int fd =
		openat(f->dir, FILE_NAME,
		       O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	f->mode = 0644;
	if (fd < 0 && errno == ENOENT) {
		f->text = vctx_cli_must(strdup(""));
		return 0;
	}
	if ((fd < 0 && errno != ELOOP) || (fd >= 0 && fstat(fd, &st)))
		return vctx_err_sys(err, "%s", VCTX_MAP_FILE);
	if (fd < 0 || !S_ISREG(st.st_mode)) /* ELOOP: a symbolic link */
		return vctx_err_set(err, -EINVAL, "%s is not a plain file",
				    VCTX_MAP_FILE);
	if (st.st_uid || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return vctx_err_set(err, -EPERM,
				    "%s has to be root's and writable by root alone",
				    VCTX_MAP_FILE);
	f->mode = st.st_mode & 0777;
	r = vctx_fd_slurp(fd, FILE_MAX, &f->text, &f->len);
	if (!r)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "%s", VCTX_MAP_FILE);
}

int vctx_user_file_open(struct vctx_user_file *f, struct vctx_err *err)
{
	int r;

	memset(f, 0, sizeof(*f));
	f->dir = f->lock = -1;
	if (geteuid())
		return vctx_err_set(err, -EPERM, "only root can change %s",
				    VCTX_MAP_FILE);
	f->dir = open(DIR_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return vctx_err_sys(err, "%s", DIR_NAME);
	r = take_lock(f, err);
	if (!r)
		r = read_text(f, err);
	if (r)
		vctx_user_file_close(f);
	return r;
}

/* Where line number line begins and where the next one does. */
static void find_line(const struct vctx_user_file *f, unsigned int line,
		      const char **ret_begin, const char **ret_end)
{
	const char *end = f->text + f->len, *p = f->text, *nl;

	for (;; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl || !--line)
			break;
	}
	*ret_begin = p;
	*ret_end = nl ? nl + 1 : end;
}

int vctx_user_file_put(struct vctx_user_file *f, unsigned int line, const char *text,
		       struct vctx_err *err)
{
	const char *begin = f->text + f->len, *end = begin;
	size_t n = text ? strlen(text) : 0, head, tail, len;
	cleanup_free char *all = vctx_cli_must(malloc(f->len + n + 3));

	if (line)
		find_line(f, line, &begin, &end);
	head = len = (size_t)(begin - f->text);
	tail = f->len - (size_t)(end - f->text);
	memcpy(all, f->text, head);
	if (len && all[len - 1] != '\n')
		all[len++] = '\n'; /* a hand-written file whose last line lacks it */
	if (text) {
		memcpy(all + len, text, n);
		len += n;
		all[len++] = '\n';
	}
	memcpy(all + len, end, tail);
	return vctx_user_file_write(f, all, len + tail, err);
}

int vctx_user_file_write(struct vctx_user_file *f, const char *text, size_t len,
			 struct vctx_err *err)
{
	int r = vctx_fd_replace(f->dir, FILE_NAME, text, len, f->mode);

	if (!r)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "%s cannot be written", VCTX_MAP_FILE);
}

char *vctx_user_file_comment(const struct vctx_user_file *f, unsigned int line)
{
	const char *begin, *p, *end;
	struct vctx_err ignored;
	char *word;

	find_line(f, line, &begin, &end);
	if (end > begin && end[-1] == '\n')
		end--;
	for (p = begin; vctx_str_shell_word(&p, end, &word, &ignored) > 0;)
		free(word);
	if (p >= end || *p != '#')
		return vctx_cli_must(strdup(""));
	while (p > begin && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return vctx_cli_must(strndup(p, (size_t)(end - p)));
}

void vctx_user_file_close(struct vctx_user_file *f)
{
	vctx_fd_closep(&f->lock);
	vctx_fd_closep(&f->dir);
	free(f->text);
	f->text = NULL;
}
