/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapping line that is put together word by word, as options name them. */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "map.h"

enum vctx_user_word {
	VCTX_WORD_VSERVER,
	VCTX_WORD_CONTEXT,
	VCTX_WORD_HOST,
	VCTX_WORD_DENY,
	VCTX_WORD_ROOT,
	VCTX_WORD_IP,
	VCTX_WORD_IP6,
	VCTX_WORD_PORTS,
	VCTX_WORD_CAPS,
	VCTX_WORD_USER,
	VCTX_WORD_UIDS,
	VCTX_WORD_AUDIT,
	VCTX_WORD_ALLOW_ROOT,
	VCTX_WORD_ALLOW_UNSAFE_CAPS,
	VCTX_WORD_INCLUDE_ADMINS,
	VCTX_WORD_MAY_RESCUE,
	VCTX_WORD_N
};

struct vctx_user_line {
	const char *subject;
	char *value[VCTX_WORD_N]; /* owned; NULL: not there; "" for one without a value */
};

const char *vctx_user_line_word(enum vctx_user_word w);
bool vctx_user_line_takes_value(enum vctx_user_word w);
/* -1: there is none of that name. */
int vctx_user_line_find(const char *name);

void vctx_user_line_from(struct vctx_user_line *l, const char *subject,
			 const struct vctx_mapping *m);
void vctx_user_line_set(struct vctx_user_line *l, enum vctx_user_word w,
			const char *value);
void vctx_user_line_drop(struct vctx_user_line *l, enum vctx_user_word w);
/* Drops what cannot stand beside the target that is named: other targets, and beside host
 * or deny the words of a context. */
void vctx_user_line_retarget(struct vctx_user_line *l, enum vctx_user_word target);

/* Through the file's own parser, so that all its rules hold. */
int vctx_user_line_parse(const struct vctx_user_line *l, struct vctx_mapping *ret,
			 struct vctx_err *err) VCTX_MUST_CHECK;
void vctx_user_line_done(struct vctx_user_line *l);
