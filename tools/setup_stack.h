/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service's stacks as libpam runs them, with everything that is included: what our
 * lines in it are worth. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* The text of the PAM file called name; it stays the callback's. 0 or -errno. */
typedef int (*setup_read_fn)(void *arg, const char *name, const char **ret_text,
			     size_t *ret_len, struct vctx_err *err);

struct setup_source {
	setup_read_fn read;
	void *arg;
};

enum setup_state {
	SETUP_MISSING, /* pam_vctx.so is not in this stack */
	SETUP_GUARD,   /* with the word guard: mapped people are refused */
	SETUP_LANDS,
};

struct setup_part {
	bool empty; /* no line of this type: libpam takes those of "other" */
	enum setup_state state;
	char from[64]; /* the file that our line stands in */
};

struct setup_facts {
	struct setup_part account, session;
	unsigned int gated, ungated; /* things that are for the host alone */
	char ungated_name[64];       /* one of the latter */
	char problem[256]; /* why the lines do not hold what they promise, or "" */
};

/* Reads the stacks of service. The only failures are files that cannot be read. */
int setup_stack_facts(const struct setup_source *source, const char *service,
		      struct setup_facts *ret, struct vctx_err *err) VCTX_MUST_CHECK;

/* The file that service's last session line includes (su for su-l), or "": that file's
 * last line is then service's too. *ret_account: its first account line does so as well.
 */
int setup_stack_through(const struct setup_source *source, const char *service,
			char ret[64], bool *ret_account,
			struct vctx_err *err) VCTX_MUST_CHECK;
