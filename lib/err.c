/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The error contract: -errno and one sentence, on the caller's stack. */
#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A name that a person chose may hold control characters; a log line may not. */
static void flatten(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

int vctx_err_set(struct vctx_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	err->code = code ? code : -EINVAL;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	flatten(err->msg);
	return err->code;
}

int vctx_err_sys(struct vctx_err *err, const char *fmt, ...)
{
	char buf[64];
	size_t n;
	va_list ap;

	err->code = errno ? -errno : -EIO;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	n = strlen(err->msg);
	(void)snprintf(err->msg + n, sizeof(err->msg) - n, ": %s",
		       strerror_r(-err->code, buf, sizeof(buf)));
	flatten(err->msg);
	return err->code;
}

int vctx_err_wrap(struct vctx_err *err, const char *fmt, ...)
{
	char old[sizeof(err->msg)];
	size_t n;
	va_list ap;

	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	n = strlen(err->msg);
	(void)snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", old);
	flatten(err->msg);
	return err->code;
}
