/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words behind pam_vctx.so in a PAM file. */
#include "pam_args.h"

#include <string.h>

const char *vctx_pam_args_parse(int argc, const char **argv, struct vctx_pam_args *ret)
{
	int i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "gate"))
			ret->gate = true;
		else if (!strcmp(argv[i], "guard"))
			ret->guard = true;
		else if (!strcmp(argv[i], "debug"))
			ret->debug = true;
		else
			return argv[i];
	}
	return NULL;
}
