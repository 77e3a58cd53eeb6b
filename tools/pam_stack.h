/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service's PAM file with what it includes, as a flat list. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct vctx_pam_line {
	char type[16]; /* auth, account, password, session */
	char control[200];
	char module[128]; /* last part of its path: "pam_unix.so" */
	char args[200];
	char file[128];
	unsigned int line;
};

struct vctx_pam_stack {
	struct vctx_pam_line *v;
	size_t n;
};

/* /etc/pam.d/SERVICE, with @include, include and substack followed. -ENOENT: there is no
 * such file. */
int vctx_pam_stack_read(const char *service, struct vctx_pam_stack *ret,
			struct vctx_err *err) VCTX_MUST_CHECK;
void vctx_pam_stack_done(struct vctx_pam_stack *s);

bool vctx_pam_stack_is_gate(const struct vctx_pam_line *l);
/* The last line of type that names pam_vctx.so and is no gate, or NULL. */
const struct vctx_pam_line *vctx_pam_stack_ours(const struct vctx_pam_stack *s,
						const char *type);
/* Does a session of service go through a session line of ours? */
bool vctx_pam_stack_lands_service(const char *service);
