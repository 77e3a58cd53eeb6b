/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors: closing, whole reads and writes, durable replacement, deadlines. */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void vctx_fd_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int vctx_fd_write(int fd, const void *buf, size_t n)
{
	const char *p = buf;

	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int vctx_fd_poke(int dirfd, const char *path, const char *text)
{
	cleanup_close int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : vctx_fd_write(fd, text, strlen(text));
}

int vctx_fd_slurp(int fd, size_t max, char **ret, size_t *ret_len)
{
	size_t cap = 4096, n = 0;
	char *buf = malloc(cap), *bigger;

	while (buf) {
		ssize_t r = read(fd, buf + n, cap - n - 1);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			int e = -errno;

			free(buf);
			return e;
		}
		if (!r) {
			buf[n] = 0;
			*ret = buf;
			if (ret_len)
				*ret_len = n;
			return 0;
		}
		n += (size_t)r;
		if (n > max) {
			free(buf);
			return -EFBIG;
		}
		if (cap - n > 1)
			continue;
		bigger = realloc(buf, cap *= 2);
		if (!bigger)
			free(buf);
		buf = bigger;
	}
	return -ENOMEM;
}

ssize_t vctx_fd_peek(int dirfd, const char *path, char *buf, size_t size)
{
	cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t n = 0;

	if (fd < 0)
		return -errno;
	while (n + 1 < size) {
		ssize_t r = read(fd, buf + n, size - n - 1);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (!r)
			break;
		n += (size_t)r;
	}
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = 0;
	return (ssize_t)n;
}

static int write_beside(int dirfd, const char *tmp, const char *text, size_t len,
			mode_t mode)
{
	cleanup_close int fd = openat(
		dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = vctx_fd_write(fd, text, len);
	if (!r && (fchmod(fd, mode) || fsync(fd)))
		r = -errno;
	return r;
}

int vctx_fd_replace(int dirfd, const char *name, const char *text, size_t len,
		    mode_t mode)
{
	char tmp[300];
	int r;

	if (snprintf(tmp, sizeof(tmp), ".%s.%d.tmp", name, (int)getpid()) >=
	    (int)sizeof(tmp))
		return -ENAMETOOLONG;
	(void)unlinkat(dirfd, tmp, 0); /* of a dead process that had this pid */
	r = write_beside(dirfd, tmp, text, len, mode);
	if (!r && renameat(dirfd, tmp, dirfd, name))
		r = -errno;
	if (r) {
		(void)unlinkat(dirfd, tmp, 0);
		return r;
	}
	return fsync(dirfd) && errno != EINVAL ? -errno : 0;
}

int vctx_fd_lock_dir(const char *path, unsigned int ms)
{
	cleanup_close int fd =
		open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	uint64_t deadline = vctx_fd_now() + ms;

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (vctx_fd_now() >= deadline)
			return -ETIMEDOUT;
		vctx_fd_sleep(2);
	}
	return vctx_fd_take(&fd);
}

uint64_t vctx_fd_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void vctx_fd_sleep(unsigned int ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&ts, NULL);
}
