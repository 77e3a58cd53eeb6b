/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors: closing, whole reads and writes, durable replacement, deadlines. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#include "err.h"

#define cleanup_close __attribute__((cleanup(vctx_fd_closep)))
#define cleanup_free __attribute__((cleanup(vctx_freep)))

/* Closes *fd if it is >= 0 and sets it to -1; errno is kept. */
void vctx_fd_closep(int *fd);

/* *fd, which is -1 then: for what is returned past a cleanup_close. */
static inline int vctx_fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void vctx_freep(void *p)
{
	free(*(void **)p);
}

/* Writes all n bytes, through EINTR. 0 or -errno. */
int vctx_fd_write(int fd, const void *buf, size_t n) VCTX_MUST_CHECK;

/* Opens path under dirfd for writing (no creation, no symlink at its end) and writes
 * text: for knobs in proc and cgroup. 0 or -errno. */
int vctx_fd_poke(int dirfd, const char *path, const char *text) VCTX_MUST_CHECK;

/* The whole of a descriptor up to max bytes, NUL-terminated, allocated. -EFBIG beyond. */
int vctx_fd_slurp(int fd, size_t max, char **ret, size_t *ret_len) VCTX_MUST_CHECK;

/* Reads path under dirfd into buf (a small proc or cgroup file); NUL-terminated, last
 * newline removed. Length or -errno. */
ssize_t vctx_fd_peek(int dirfd, const char *path, char *buf, size_t size) VCTX_MUST_CHECK;

/* Replaces name in dirfd by text, durably: written beside, fsync, rename, fsync of the
 * directory. After a crash it is the old file or the new one. The mode is exact, the
 * owner the caller. */
int vctx_fd_replace(int dirfd, const char *name, const char *text, size_t len,
		    mode_t mode) VCTX_MUST_CHECK;

/* Opens the directory and takes its lock (flock(2)) for this caller alone, waiting up to
 * ms milliseconds. The descriptor, which holds it, or -errno: -ETIMEDOUT. */
int vctx_fd_lock_dir(const char *path, unsigned int ms) VCTX_MUST_CHECK;

/* Monotonic milliseconds. */
uint64_t vctx_fd_now(void);

/* Sleeps ms milliseconds, or less when a signal comes. */
void vctx_fd_sleep(unsigned int ms);
