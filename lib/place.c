/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where contexts are kept in the cgroup tree. */
#include "place.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store.h"
#include "sys_cgroup.h"

int vctx_place_find(char *ret_top, size_t size, struct vctx_err *err)
{
	struct stat st;
	char mount[256];
	int r = vctx_store_top(ret_top, size, err);

	/* a unit that was stopped takes its cgroup along, and the note about it stays */
	if (!r && stat(ret_top, &st) && !stat("/run/systemd/system", &st))
		r = -ENOENT;
	if (r != -ENOENT)
		return r;
	if (!stat("/run/systemd/system", &st))
		return vctx_err_set(err, -ENOENT,
				    "the unit that holds contexts does not run: "
				    "systemctl enable --now vctx.service");
	r = vctx_cgroup_mount(mount, sizeof(mount), err);
	if (r)
		return r;
	if (snprintf(ret_top, size, "%s/vctx", mount) >= (int)size)
		return vctx_err_set(err, -ENAMETOOLONG, "%s: too long a path", mount);
	return vctx_store_set_top(ret_top, err);
}
