/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chbind's IPv4 roots: cgroups TOP/vctx/b<k> of processes that are the host's otherwise.
 * None of them has a process that waits for its end: whoever comes next takes away what
 * is empty. */
#include "bind.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "net.h"
#include "place.h"
#include "store.h"
#include "str.h"
#include "sys_bpf.h"
#include "sys_bpfload.h"
#include "sys_cgroup.h"

#define BINDS_MAX 65536u

/* ---- taking away ---- */

/* In the reverse order of make. A cgroup that is not in the map, for its maker was killed
 * before, is but a directory; and another version's map goes with the last of them. */
static int take_away(const char *cgroup, struct vctx_err *err)
{
	struct vctx_abi_root root;
	uint64_t id = 0;
	int r = vctx_bpf_root_get(cgroup, &root, err);

	if (!r)
		r = vctx_bpf_cgroup_id(cgroup, &id, err);
	if (!r)
		r = vctx_bpf_root_del(id, &root, err);
	if (r && r != -ENOENT && r != -EPROTO)
		return r;
	return vctx_cgroup_remove(cgroup, err);
}

static bool is_bind(const char *name)
{
	uint32_t k;

	return name[0] == 'b' && !vctx_str_u32(name + 1, BINDS_MAX - 1, &k);
}

static int collect(const char *parent, struct vctx_err *err)
{
	DIR *dir = opendir(parent);
	struct dirent *d;
	char path[512];
	int r = 0, n = 0;

	if (!dir)
		return errno == ENOENT ? 0 : vctx_err_sys(err, "%s", parent);
	while (!r && (d = readdir(dir))) {
		if (!is_bind(d->d_name))
			continue;
		if (vctx_cgroup_populated(parent, d->d_name) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", parent, d->d_name);
		r = take_away(path, err);
		n++;
	}
	closedir(dir);
	return r ? r : n;
}

int vctx_bind_collect(const char *top, uint64_t deadline, struct vctx_err *err)
{
	cleanup_close int lock = vctx_store_lock_bind(deadline, err);
	char parent[440];

	if (lock < 0)
		return lock;
	(void)snprintf(parent, sizeof(parent), "%s/vctx", top);
	return collect(parent, err);
}

/* ---- where this process is ---- */

/* The name of the child of parent in which this process is, "" if it is elsewhere. By
 * inodes: cgroup2 may be mounted more than once. */
static int find_self(const char *parent, char *ret, size_t size, struct vctx_err *err)
{
	char self[512], *slash;
	struct stat want, st;
	int r = vctx_cgroup_self(self, sizeof(self), err);

	if (!r && stat(parent, &want))
		r = vctx_err_sys(err, "%s", parent);
	if (r)
		return r;
	ret[0] = 0;
	while ((slash = strrchr(self, '/')) && slash != self) {
		*slash = 0;
		if (!stat(self, &st) && st.st_ino == want.st_ino &&
		    st.st_dev == want.st_dev)
			return vctx_str_copy(ret, size, slash + 1)
				       ? vctx_err_set(err, -ENAMETOOLONG,
						      "the cgroup's path is too long")
				       : 0;
	}
	return 0;
}

static bool has_addr(const struct vctx_abi_root *root, uint32_t addr)
{
	uint32_t i;

	for (i = 0; i < root->n_addr && i < VCTX_ABI_ADDRS; i++)
		if (root->addr[i] == addr)
			return true;
	return false;
}

static int refuse(uint32_t addr, struct vctx_err *err)
{
	char text[INET_ADDRSTRLEN] = "";

	(void)inet_ntop(AF_INET, &addr, text, sizeof(text));
	return vctx_err_set(err, -EPERM,
			    "%s is not in the IPv4 root of this process, which can only "
			    "get narrower",
			    text);
}

int vctx_bind_narrow(const struct vctx_abi_root *now, struct vctx_bind *want,
		     struct vctx_err *err)
{
	uint32_t i;

	for (i = 0; i < want->root.n_addr; i++)
		if (!has_addr(now, want->root.addr[i]))
			return refuse(want->root.addr[i], err);
	if (!want->root.bcast || want->root.bcast == now->bcast)
		return 0;
	if (want->bcast_asked)
		return refuse(want->root.bcast, err);
	want->root.bcast = 0;
	return 0;
}

/* A process that is in an IPv4 root already gets no address that this one lacks; one of a
 * context would leave the context by it. */
static int look_at_self(const char *parent, struct vctx_bind *want, struct vctx_err *err)
{
	char self[64], path[512];
	struct vctx_abi_root now;
	int r = find_self(parent, self, sizeof(self), err);

	if (r || !self[0])
		return r;
	if (!is_bind(self))
		return vctx_err_set(err, -EPERM,
				    "this process is in context %s: the IPv4 root of a "
				    "context is for all of it",
				    self);
	(void)snprintf(path, sizeof(path), "%s/%s", parent, self);
	r = vctx_bpf_root_get(path, &now, err);
	if (r)
		return vctx_err_wrap(err, "the IPv4 root of this process");
	return vctx_bind_narrow(&now, want, err);
}

/* ---- making ---- */

static int claim(const char *parent, char *ret, size_t size, struct vctx_err *err)
{
	uint32_t k;

	for (k = 0; k < BINDS_MAX; k++) {
		(void)snprintf(ret, size, "%s/b%u", parent, k);
		if (!mkdir(ret, 0755))
			return 0;
		if (errno != EEXIST)
			return vctx_err_sys(err, "cgroup %s cannot be made", ret);
	}
	return vctx_err_set(err, -EAGAIN, "%u commands run under chbind already", k);
}

/* Whose address it is, by the name that an administrator knows. */
static int name_owner(uint32_t xid, struct vctx_err *err)
{
	char name[VCTX_NAME_SIZE];
	struct vctx_err ignored;

	if (!xid || vctx_store_by_xid(xid, name, &ignored))
		return err->code;
	return vctx_err_wrap(err, "vserver '%s' has it alone", name);
}

static int make(const char *parent, const struct vctx_abi_root *root,
		struct vctx_err *err)
{
	struct vctx_err ignored;
	uint32_t xid = 0;
	char path[512];
	int r = claim(parent, path, sizeof(path), err);

	if (r)
		return r;
	r = vctx_bpf_root_set(path, root, &xid, err);
	if (r == -EADDRINUSE)
		r = name_owner(xid, err);
	if (!r)
		r = vctx_bpf_check_root(path, 0, err);
	if (!r)
		r = vctx_cgroup_enter(path, ".", 0, err);
	if (r)
		(void)!take_away(path, &ignored);
	return r;
}

static int find_parent(char *ret, size_t size, struct vctx_err *err)
{
	char top[400];
	int r = vctx_store_init(err);

	if (!r)
		r = vctx_place_find(top, sizeof(top), err);
	if (!r)
		r = vctx_cgroup_init(top, err);
	if (!r)
		(void)snprintf(ret, size, "%s/vctx", top);
	return r;
}

int vctx_bind_enter(const struct vctx_bind *b, uint64_t deadline, struct vctx_err *err)
{
	struct vctx_bind want = *b;
	cleanup_close int lock = -1;
	char parent[440];
	int r = vctx_cgroup_mount(parent, sizeof(parent), err);

	/* nothing is tried, nor left behind, where it cannot be done */
	if (r == -ENOENT)
		return vctx_err_set(err, -EPERM,
				    "inside a context the IPv4 root cannot be changed "
				    "(no cgroup2 filesystem is mounted here)");
	if (!r)
		r = find_parent(parent, sizeof(parent), err);
	if (r)
		return r;
	/* until this process is in it: an empty one is taken away */
	lock = vctx_store_lock_bind(deadline, err);
	if (lock < 0)
		return lock;
	r = collect(parent, err);
	if (r >= 0)
		r = vctx_bpfload(parent, vctx_net_fill, NULL, err);
	if (!r)
		r = vctx_bpf_check(parent, err);
	if (!r)
		r = look_at_self(parent, &want, err);
	return r ? r : make(parent, &want.root, err);
}
