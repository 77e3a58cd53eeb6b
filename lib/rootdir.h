/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's root as seen from the host: checked before use, and its files read as hostile
 * input. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "ctx.h"
#include "err.h"

#define VCTX_GROUPS_MAX 1024

/* Opens a root directory (O_PATH). Refused: a path with a symbolic link, a part that is
 * not root's or that others can write, something that is no directory, and a root that
 * people of the host can reach: a set-uid program that a guest's root leaves there is the
 * real root's. Needs root. */
int vctx_rootdir_open(const char *path, struct vctx_err *err) VCTX_MUST_CHECK;

/* Reads a plain file under root, never leaving it, never waiting, at most max bytes.
 * Allocated. -EINVAL: not a plain file (a FIFO, a device ...). */
int vctx_rootdir_slurp(int root, const char *path, size_t max, char **ret,
		       struct vctx_err *err) VCTX_MUST_CHECK;

/* Puts text into /etc/NAME of the plain root, root's and 0644, in the place of whatever
 * is there but a directory; /etc itself may not be a symbolic link. Nothing is written
 * where the file is that text already, or its first line has the word keep. */
int vctx_rootdir_put(int root, const char *name, const char *text, const char *keep,
		     struct vctx_err *err) VCTX_MUST_CHECK;

struct vctx_inside {
	uid_t uid;
	gid_t gid;
	char home[512], shell[256];
};

/* The line of user in root's etc/passwd. -ENOENT: none. */
int vctx_rootdir_user(int root, const char *user, struct vctx_inside *ret,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* The groups of user by root's etc/group, gid first. Returns their number. */
int vctx_rootdir_groups(int root, const char *user, gid_t gid, gid_t ret[VCTX_GROUPS_MAX],
			struct vctx_err *err) VCTX_MUST_CHECK;
