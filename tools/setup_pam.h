/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a file of /etc/pam.d: its lines, and our own ones between marks. From a
 * buffer into a buffer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum setup_type {
	SETUP_NONE, /* blank, a comment, or nothing that libpam knows */
	SETUP_AUTH,
	SETUP_ACCOUNT,
	SETUP_PASSWORD,
	SETUP_SESSION,
	SETUP_INCLUDE, /* "@include NAME": all lines of NAME, of every type */
};

/* One line as libpam reads it: continued ones are joined, comments gone. */
struct setup_line {
	const char *begin, *end; /* as it stands in the buffer, newline included */
	unsigned int number;     /* of its first line in the file */
	enum setup_type type;
	char control[256]; /* "required", "[success=1 default=ignore]", "include" ... */
	char name[256];    /* the module without its directory, or the included file */
	char args[512];
};

struct setup_reader {
	const char *p, *end;
	unsigned int number;
};

/* 1 a line, 0 the end, -EINVAL one whose reading differs between versions of libpam. */
int setup_pam_next(struct setup_reader *r, struct setup_line *ret,
		   struct vctx_err *err) VCTX_MUST_CHECK;

bool setup_pam_is_common_session(const char *name);

/* Modules that do something for the person on the host: those that are gated. */
bool setup_pam_is_for_host(const char *module);

struct setup_want {
	bool top;     /* the account line above everything, and nothing else */
	bool account; /* the account line before the first account line */
	bool session; /* the session line at the end */
	bool gate;    /* mapped people pass by what is for the host */
	bool guard;   /* with the word guard: mapped people are refused */
};

/* Takes the marked lines out; what they replaced is put back. text without marks comes
 * back as it is. ret is allocated. -EINVAL: the marks are not as we wrote them. */
int setup_pam_strip(const char *text, size_t len, char **ret, size_t *ret_len,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* Puts them in; text has none. strip(apply(text)) is text, byte for byte. */
int setup_pam_apply(const char *text, size_t len, const struct setup_want *want,
		    char **ret, size_t *ret_len, struct vctx_err *err) VCTX_MUST_CHECK;
