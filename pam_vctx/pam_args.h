/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words behind pam_vctx.so in a PAM file. */
#pragma once

#include <stdbool.h>

struct vctx_pam_args {
	bool gate;  /* answer only whether the person is mapped: SUCCESS for the mapped,
		       else IGNORE */
	bool guard; /* refuse mapped people in whatever service: the line of files that do
		       not land */
	bool debug; /* say to the host's log what was decided, for unmapped people too */
};

/* An unknown word is an error: a misspelt line must not let anyone pass. The word, or
 * NULL. */
const char *vctx_pam_args_parse(int argc, const char **argv, struct vctx_pam_args *ret);
