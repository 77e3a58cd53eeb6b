/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How deep in the cgroup tree a cgroup is, as programs in the kernel count it. */
#include "bpflevel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <level.skel.h>

#include "bpfrec.h"
#include "fd.h"

/* In a child: a socket made inside of the probe. Whether it may be made does not matter;
 * the parent's programs may refuse it after ours has looked. */
static int visit(int probe)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		if (vctx_fd_poke(probe, "cgroup.procs", "0"))
			_exit(1);
		(void)!socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EPERM;
}

static int look(struct level *skel, int probe, uint32_t *ret, struct vctx_err *err)
{
	__typeof__(*skel->bss) seen;
	const size_t n = sizeof(seen.ancestors) / sizeof(seen.ancestors[0]);
	const uint32_t first = 0;
	uint64_t id;
	uint32_t i;
	int r = vctx_bpfrec_cgroup_id(probe, "", &id);

	if (!r && level__load(skel))
		r = -errno;
	if (!r) {
		skel->links.note_ancestors =
			bpf_program__attach_cgroup(skel->progs.note_ancestors, probe);
		r = skel->links.note_ancestors ? visit(probe) : -errno;
	}
	if (!r && bpf_map_lookup_elem(bpf_map__fd(skel->maps.bss), &first, &seen))
		r = -errno;
	errno = -r;
	if (r)
		return vctx_err_sys(err, "the level of contexts in the cgroup tree");
	for (i = 0; i < n; i++) {
		if (seen.ancestors[i] != id)
			continue;
		*ret = i;
		return 0;
	}
	return vctx_err_set(err, -EOPNOTSUPP,
			    "contexts are more than %zu levels deep in "
			    "the cgroup tree",
			    n - 1);
}

int vctx_bpflevel_find(const char *parent, uint32_t *ret, struct vctx_err *err)
{
	cleanup_close int dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int probe = -1;
	struct level *skel;
	int r;

	if (dir < 0)
		return vctx_err_sys(err, "cgroup %s", parent);
	/* one that a killed load left there is as good */
	if (mkdirat(dir, "probe", 0700) && errno != EEXIST)
		return vctx_err_sys(err, "cgroup %s/probe cannot be made", parent);
	probe = openat(dir, "probe", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (probe < 0)
		return vctx_err_sys(err, "cgroup %s/probe", parent);
	skel = level__open();
	r = skel ? look(skel, probe, ret, err) : vctx_err_sys(err, "level.bpf.o");
	if (skel)
		level__destroy(skel);
	(void)unlinkat(dir, "probe", AT_REMOVEDIR);
	return r;
}
