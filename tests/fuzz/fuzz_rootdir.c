/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's passwd and group: the same bytes as both, in a directory of its own. */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "rootdir.h"

static char top[] = "/tmp/fuzz-rootdir-XXXXXX";
static int root = -1;

static void clean_up(void)
{
	(void)unlinkat(root, "etc/passwd", 0);
	(void)unlinkat(root, "etc/group", 0);
	(void)unlinkat(root, "etc", AT_REMOVEDIR);
	(void)rmdir(top);
}

static void set_up(void)
{
	must(mkdtemp(top));
	root = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(root >= 0 && !mkdirat(root, "etc", 0755));
	must(!atexit(clean_up));
}

static void put(const char *path, const uint8_t *data, size_t size)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && !vctx_fd_write(fd, data, size));
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const users[] = {"alice", "", "a", "root"};
	static gid_t groups[VCTX_GROUPS_MAX];
	struct vctx_inside in;
	struct vctx_err err;
	size_t i;
	int n;

	if (root < 0)
		set_up();
	put("etc/passwd", data, size);
	put("etc/group", data, size);
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		if (!vctx_rootdir_user(root, users[i], &in, &err))
			must(in.uid != (uid_t)-1 && in.gid != (gid_t)-1 &&
			     strlen(in.home) < sizeof(in.home) &&
			     strlen(in.shell) < sizeof(in.shell));
		n = vctx_rootdir_groups(root, users[i], 77, groups, &err);
		must(n >= 1 && n <= VCTX_GROUPS_MAX && groups[0] == 77);
		while (n--)
			must(groups[n] != (gid_t)-1);
	}
	return 0;
}
