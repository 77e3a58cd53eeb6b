/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mapping file as tools change it: locked, one line touched, replaced durably. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

struct vctx_user_file {
	int dir, lock; /* descriptors; the lock lasts as long as this one is open */
	char *text;    /* owned, "" where there is no file */
	size_t len;
	mode_t mode;
};

/* Locks and reads VCTX_MAP_FILE. A file that is not root's alone, or no plain file, is
 * refused: what stands in it is not to be trusted, and replacing it would hide that.
 * -EAGAIN: another one holds the lock. Needs root. */
int vctx_user_file_open(struct vctx_user_file *f, struct vctx_err *err) VCTX_MUST_CHECK;

/* Replaces line number line (0: a new one at the end) by text (NULL: removes it), and
 * writes the file. All other lines stay byte for byte. */
int vctx_user_file_put(struct vctx_user_file *f, unsigned int line, const char *text,
		       struct vctx_err *err) VCTX_MUST_CHECK;

/* Writes the file as a whole. */
int vctx_user_file_write(struct vctx_user_file *f, const char *text, size_t len,
			 struct vctx_err *err) VCTX_MUST_CHECK;

/* The comment at the end of line number line with the blanks before it, or "". The caller
 * frees. */
char *vctx_user_file_comment(const struct vctx_user_file *f, unsigned int line);

void vctx_user_file_close(struct vctx_user_file *f);
