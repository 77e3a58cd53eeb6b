/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The error contract: every failure is -errno and one sentence an administrator can act
 * on. */
#pragma once

#include <stdarg.h>

#define VCTX_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define VCTX_MUST_CHECK __attribute__((warn_unused_result))

struct vctx_err {
	int code;      /* 0 or -errno */
	char msg[256]; /* one sentence, no newline, always terminated */
};

/* Sets code and sentence; a code of 0 becomes -EINVAL. Returns the code. Never fails. */
int vctx_err_set(struct vctx_err *err, int code, const char *fmt, ...) VCTX_PRINTF(3, 4);

/* As vctx_err_set with -errno, and ": strerror" appended. Returns the code. */
int vctx_err_sys(struct vctx_err *err, const char *fmt, ...) VCTX_PRINTF(2, 3);

/* Puts "PREFIX: " before the sentence that is there, on the way up. Returns err->code. */
int vctx_err_wrap(struct vctx_err *err, const char *fmt, ...) VCTX_PRINTF(2, 3);
