/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs in the kernel as those see them who start and join contexts, and the roots
 * that they hold: by raw bpf(2), for libbpf is never loaded into sshd. */
#include "sys_bpf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bpfrec.h"
#include "fd.h"

#define CHECKS 50                         /* of a record that changes under us */
#define KEYS_MAX (2 + 2 * VCTX_ABI_ADDRS) /* two aliases and all addresses */

/* The maps that this side writes. */
struct maps {
	int roots, owner, lock;
	int cgroup; /* the cgroup that is dealt with: a door to the tree */
	int bound;  /* of a load that has it */
};

static void close_maps(struct maps *m)
{
	vctx_fd_closep(&m->roots);
	vctx_fd_closep(&m->owner);
	vctx_fd_closep(&m->bound);
	vctx_fd_closep(&m->cgroup);
	vctx_fd_closep(&m->lock);
}

#define cleanup_maps __attribute__((cleanup(close_maps)))
#define MAPS_NONE ((struct maps){-1, -1, -1, -1, -1})

static int map_lookup(int map, const void *key, void *value)
{
	union bpf_attr attr = {0};

	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	return vctx_bpfrec_bpf(BPF_MAP_LOOKUP_ELEM, &attr);
}

static int map_update(int map, const void *key, const void *value, uint64_t flags)
{
	union bpf_attr attr = {0};
	int r;

	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	attr.flags = flags;
	r = vctx_bpfrec_bpf(BPF_MAP_UPDATE_ELEM, &attr);
	return r == -E2BIG ? -ENOSPC : r; /* what the kernel says of a full hash */
}

static int map_delete(int map, const void *key)
{
	union bpf_attr attr = {0};
	int r;

	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)key;
	r = vctx_bpfrec_bpf(BPF_MAP_DELETE_ELEM, &attr);
	return r == -ENOENT ? 0 : r;
}

/* The key behind *key, or the first for NULL. -ENOENT: none. */
static int map_next(int map, const void *key, void *next)
{
	union bpf_attr attr = {0};

	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)key;
	attr.next_key = (uintptr_t)next;
	return vctx_bpfrec_bpf(BPF_MAP_GET_NEXT_KEY, &attr);
}

/* By the id that the load wrote down: whatever lies at the pin's path, this is what the
 * programs look at. The sizes are what the kernel will write into our buffers. */
static int open_map(const struct vctx_bpfrec *rec, const char *name, uint32_t key_size,
		    uint32_t value_size)
{
	const struct vctx_bpfrec_map *m = vctx_bpfrec_map(rec, name);
	struct bpf_map_info info = {0};
	union bpf_attr attr = {0};
	cleanup_close int fd = -1;
	int r;

	if (!m)
		return -ENOENT;
	attr.map_id = m->id;
	fd = vctx_bpfrec_bpf(BPF_MAP_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	r = vctx_bpfrec_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (r)
		return r;
	if (info.type != BPF_MAP_TYPE_HASH || info.key_size != key_size ||
	    info.value_size != value_size || strcmp(info.name, name) != 0)
		return -EPROTO;
	return vctx_fd_take(&fd);
}

static int open_roots(struct vctx_bpfrec *rec, struct maps *m, struct vctx_err *err)
{
	int r = vctx_bpfrec_read(rec, err);

	if (r)
		return r;
	m->roots = open_map(rec, "roots", sizeof(uint64_t), sizeof(struct vctx_abi_root));
	errno = -m->roots;
	return m->roots < 0 ? vctx_err_sys(err, "the table of IPv4 roots cannot be "
						"opened (run: vctx-setup boot)")
			    : 0;
}

/* Another build may take over between the look at the record and that at the kernel. */
static bool has_changed(struct vctx_bpfrec *rec)
{
	struct vctx_bpfrec before = *rec;
	struct vctx_err ignored;
	uint32_t i;

	if (vctx_bpfrec_read(rec, &ignored))
		return false;
	if (rec->state != before.state || rec->n_hooks != before.n_hooks)
		return true;
	for (i = 0; i < rec->n_hooks; i++)
		if (rec->hook[i].prog != before.hook[i].prog)
			return true;
	return false;
}

int vctx_bpf_check(const char *parent, struct vctx_err *err)
{
	struct vctx_bpfrec rec;
	int tries = CHECKS, r = vctx_bpfrec_read(&rec, err);

	if (r)
		return r;
	do
		r = vctx_bpfrec_verify(&rec, parent, err);
	while (r && --tries && has_changed(&rec));
	return r;
}

int vctx_bpf_cgroup_id(const char *cgroup, uint64_t *ret, struct vctx_err *err)
{
	int r = vctx_bpfrec_cgroup_id(AT_FDCWD, cgroup, ret);

	errno = -r;
	return r ? vctx_err_sys(err, "cgroup %s", cgroup) : 0;
}

int vctx_bpf_root_get(const char *cgroup, struct vctx_abi_root *ret, struct vctx_err *err)
{
	cleanup_maps struct maps m = MAPS_NONE;
	struct vctx_abi_root root;
	struct vctx_bpfrec rec;
	uint64_t id;
	int r = vctx_bpf_cgroup_id(cgroup, &id, err);

	if (!r)
		r = open_roots(&rec, &m, err);
	if (r)
		return r;
	r = map_lookup(m.roots, &id, &root);
	errno = -r;
	if (r)
		return vctx_err_sys(err, "the kernel's IPv4 root of %s", cgroup);
	if (root.abi != VCTX_ABI)
		return vctx_err_set(err, -EPROTO,
				    "the kernel's IPv4 root of %s is another version's",
				    cgroup);
	*ret = root;
	return 0;
}

static struct vctx_abi_addr mapped(uint32_t addr)
{
	return (struct vctx_abi_addr){{0, 0, htonl(0xffff), addr}};
}

static struct vctx_abi_addr alias_of(uint32_t xid)
{
	return mapped(htonl(VCTX_ABI_ALIAS(xid)));
}

static struct vctx_abi_addr alias6_of(uint32_t xid)
{
	return (struct vctx_abi_addr){{htonl(VCTX_ABI_ALIAS6_0), htonl(VCTX_ABI_ALIAS6_1),
				       htonl(VCTX_ABI_ALIAS6_2), htonl(xid)}};
}

/* Aliases of the loopback come first among a root's keys, and are never shared. */
static uint32_t n_aliases(const struct vctx_abi_root *root)
{
	return !root->xid ? 0 : root->n_addr6 ? 2 : 1;
}

/* What root has in `owner`: its aliases first, if it has any. */
static uint32_t keys_of(const struct vctx_abi_root *root,
			struct vctx_abi_addr ret[KEYS_MAX])
{
	uint32_t n = 0, i;

	if (n_aliases(root) > 0)
		ret[n++] = alias_of(root->xid);
	if (n_aliases(root) > 1)
		ret[n++] = alias6_of(root->xid);
	for (i = 0; i < root->n_addr && i < VCTX_ABI_ADDRS; i++)
		ret[n++] = mapped(root->addr[i]);
	for (i = 0; i < root->n_addr6 && i < VCTX_ABI_ADDRS; i++)
		ret[n++] = root->addr6[i];
	return n;
}

static int open_owner(const struct vctx_bpfrec *rec, struct maps *m, struct vctx_err *err)
{
	m->owner = open_map(rec, "owner", sizeof(struct vctx_abi_addr),
			    sizeof(struct vctx_abi_owner));
	errno = -m->owner;
	return m->owner < 0 ? vctx_err_sys(err, "the table of addresses cannot be opened "
						"(run: vctx-setup boot)")
			    : 0;
}

/* Both, for a change, with nobody else changing them. */
static int open_maps(struct maps *m, struct vctx_err *err)
{
	struct vctx_bpfrec rec;
	int r;

	m->lock = vctx_bpfrec_lock(VCTX_BPFREC_ROOTS, err);
	if (m->lock < 0)
		return m->lock;
	r = open_roots(&rec, m, err);
	if (r)
		return r;
	m->bound = open_map(&rec, "bound", sizeof(uint64_t), sizeof(uint64_t));
	return open_owner(&rec, m, err);
}

/* Are all of root's addresses written down as its own? Without that the host's servers
 * answer there. */
static bool owns_all(const struct maps *m, uint64_t id, const struct vctx_abi_root *root)
{
	struct vctx_abi_addr keys[KEYS_MAX];
	uint32_t n = keys_of(root, keys), i;
	struct vctx_abi_owner held;
	bool shared;

	for (i = 0; i < n; i++) {
		shared = i >= n_aliases(root) && root->flags & VCTX_ROOT_SHARED;
		if (map_lookup(m->owner, &keys[i], &held) ||
		    held.root != (shared ? 0 : id))
			return false;
	}
	return true;
}

int vctx_bpf_check_root(const char *cgroup, uint32_t xid, struct vctx_err *err)
{
	cleanup_maps struct maps m = MAPS_NONE;
	struct vctx_abi_root root;
	struct vctx_bpfrec rec;
	uint64_t id;
	int r = vctx_bpf_cgroup_id(cgroup, &id, err);

	if (!r)
		r = open_roots(&rec, &m, err);
	if (!r)
		r = open_owner(&rec, &m, err);
	if (r)
		return r;
	r = map_lookup(m.roots, &id, &root);
	errno = -r;
	if (r && r != -ENOENT)
		return vctx_err_sys(err, "the IPv4 root of context %u", xid);
	if (r || root.abi != VCTX_ABI || root.xid != xid || !owns_all(&m, id, &root))
		return vctx_err_set(err, -ENOENT,
				    "the kernel has no IPv4 root for context %u: run: "
				    "vctx-setup boot, or stop it and start it again",
				    xid);
	return 0;
}

static bool has_address(const struct vctx_abi_root *root, const struct vctx_abi_addr *key)
{
	struct vctx_abi_addr keys[KEYS_MAX];
	uint32_t n = keys_of(root, keys), i;

	for (i = n_aliases(root); i < n; i++)
		if (!memcmp(&keys[i], key, sizeof(*key)))
			return true;
	return false;
}

/* Which of the n keys does a shared root have? As bits in *ret. Goes through all roots.
 */
static int find_shared(const struct maps *m, const struct vctx_abi_addr *keys, uint32_t n,
		       uint64_t *ret)
{
	uint64_t id, *last = NULL, next;
	struct vctx_abi_root root;
	uint32_t i;
	int r;

	*ret = 0;
	while (!(r = map_next(m->roots, last, &next))) {
		id = next;
		last = &id;
		r = map_lookup(m->roots, &id, &root);
		if (r)
			break;
		if (!(root.flags & VCTX_ROOT_SHARED))
			continue;
		for (i = 0; i < n; i++)
			if (has_address(&root, &keys[i]))
				*ret |= 1ULL << i;
	}
	return r == -ENOENT ? 0 : r;
}

/* Is there a living root under this id? One whose cgroup is gone was left behind, and
 * goes now. */
static int is_alive(const struct maps *m, uint64_t id)
{
	struct vctx_abi_root root;
	int r = map_lookup(m->roots, &id, &root);

	if (r)
		return r == -ENOENT ? 0 : r;
	r = vctx_bpfrec_is_cgroup(m->cgroup, id);
	return r ? r : map_delete(m->roots, &id);
}

/* Is whoever holds key alive? What a start that was killed left behind is nobody's. */
static int is_held(const struct maps *m, const struct vctx_abi_addr *key,
		   const struct vctx_abi_owner *held)
{
	uint64_t shared;
	int r;

	if (held->root)
		return is_alive(m, held->root);
	r = find_shared(m, key, 1, &shared);
	return r ? r : shared != 0;
}

/* 1: key is now want's and was not before; 0: it was already; -EADDRINUSE: it is held's.
 */
static int claim(const struct maps *m, const struct vctx_abi_addr *key,
		 const struct vctx_abi_owner *want, struct vctx_abi_owner *held)
{
	int r = map_update(m->owner, key, want, BPF_NOEXIST);

	if (r != -EEXIST)
		return r ? r : 1;
	r = map_lookup(m->owner, key, held);
	if (r)
		return r;
	if (held->root == want->root && held->xid == want->xid)
		return 0;
	r = is_held(m, key, held);
	if (r)
		return r < 0 ? r : -EADDRINUSE;
	r = map_update(m->owner, key, want, BPF_EXIST);
	return r ? r : 1;
}

static int refuse(int r, const struct vctx_abi_addr *key,
		  const struct vctx_abi_owner *held, struct vctx_err *err)
{
	char text[INET6_ADDRSTRLEN] = "", whose[32] = "others that share it";

	if (!key->w[0] && !key->w[1] && key->w[2] == htonl(0xffff))
		(void)inet_ntop(AF_INET, &key->w[3], text, sizeof(text));
	else
		(void)inet_ntop(AF_INET6, key, text, sizeof(text));
	if (held->xid)
		(void)snprintf(whose, sizeof(whose), "context %u", held->xid);
	else if (held->root)
		(void)snprintf(whose, sizeof(whose), "a command under chbind");
	if (r == -EADDRINUSE)
		return vctx_err_set(err, r, "%s is in use by %s", text, whose);
	if (r == -ENOSPC)
		return vctx_err_set(err, r,
				    "the kernel's table of addresses is full (%s)", text);
	errno = -r;
	return vctx_err_sys(err, "%s in the kernel's table of addresses", text);
}

/* The keys of `owner`; *ret_made: bits of those that were not there. */
static int claim_all(const struct maps *m, uint64_t id, const struct vctx_abi_root *root,
		     uint64_t *ret_made, uint32_t *ret_xid, struct vctx_err *err)
{
	const struct vctx_abi_owner own = {.root = id, .xid = root->xid}, shared = {0};
	struct vctx_abi_addr keys[KEYS_MAX];
	struct vctx_abi_owner held = {0};
	uint32_t n = keys_of(root, keys), i;
	bool alias;
	int r;

	for (i = 0; i < n; i++) {
		alias = i < n_aliases(root);
		r = claim(m, &keys[i],
			  root->flags & VCTX_ROOT_SHARED && !alias ? &shared : &own,
			  &held);
		if (r > 0)
			*ret_made |= 1ULL << i;
		if (r == -EADDRINUSE)
			*ret_xid = held.xid;
		if (r < 0)
			return refuse(r, &keys[i], &held, err);
	}
	return 0;
}

static bool meets(const struct vctx_abi_root *a, const struct vctx_abi_root *b)
{
	struct vctx_abi_addr keys[KEYS_MAX];
	uint32_t n = keys_of(a, keys), i;

	if (!a->port_last || !b->port_last || a->port_first > b->port_last ||
	    b->port_first > a->port_last)
		return false;
	for (i = n_aliases(a); i < n; i++)
		if (has_address(b, &keys[i]))
			return true;
	return false;
}

/* Who shares an address shares none of its ports. */
static int check_ranges(const struct maps *m, uint64_t self,
			const struct vctx_abi_root *root, uint32_t *ret_xid,
			struct vctx_err *err)
{
	uint64_t id, *last = NULL, next;
	struct vctx_abi_root other;
	int r = root->port_last ? 0 : -ENOENT;

	while (!r && !(r = map_next(m->roots, last, &next))) {
		id = next;
		last = &id;
		if (id == self || map_lookup(m->roots, &id, &other) ||
		    !meets(root, &other) || vctx_bpfrec_is_cgroup(m->cgroup, id) == 0)
			continue;
		*ret_xid = other.xid;
		return vctx_err_set(err, -EADDRINUSE,
				    "its ports %u-%u meet ports %u-%u of context %u, "
				    "which has an address in common with it",
				    root->port_first, root->port_last, other.port_first,
				    other.port_last, other.xid);
	}
	errno = -r;
	return r == -ENOENT ? 0 : vctx_err_sys(err, "the kernel's table of IPv4 roots");
}

int vctx_bpf_root_set(const char *cgroup, const struct vctx_abi_root *root,
		      uint32_t *ret_xid, struct vctx_err *err)
{
	cleanup_maps struct maps m = MAPS_NONE;
	struct vctx_abi_addr keys[KEYS_MAX];
	uint64_t id, made = 0;
	uint32_t n = keys_of(root, keys), i;
	int r = vctx_bpf_cgroup_id(cgroup, &id, err);

	if (!r)
		r = open_maps(&m, err);
	if (r)
		return r;
	m.cgroup = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m.cgroup < 0)
		return vctx_err_sys(err, "cgroup %s", cgroup);
	r = check_ranges(&m, id, root, ret_xid, err);
	if (!r)
		r = claim_all(&m, id, root, &made, ret_xid, err);
	if (!r) {
		r = map_update(m.roots, &id, root, BPF_ANY);
		errno = -r;
		if (r == -ENOSPC)
			(void)vctx_err_set(err, r,
					   "the kernel's table of IPv4 roots is full");
		else if (r)
			(void)vctx_err_sys(err, "the kernel's table of IPv4 roots");
	}
	for (i = 0; r && i < n; i++)
		if (made & 1ULL << i)
			(void)map_delete(m.owner, &keys[i]);
	return r;
}

static int release_all(const struct maps *m, uint64_t id,
		       const struct vctx_abi_root *root)
{
	struct vctx_abi_addr keys[KEYS_MAX];
	uint32_t n = keys_of(root, keys), i;
	struct vctx_abi_owner held;
	uint64_t shared = 0;
	bool gone;
	int r = root->flags & VCTX_ROOT_SHARED ? find_shared(m, keys, n, &shared) : 0;

	for (i = 0; !r && i < n; i++) {
		r = map_lookup(m->owner, &keys[i], &held);
		if (r) {
			r = r == -ENOENT ? 0 : r;
			continue;
		}
		gone = held.root
			       ? id && held.root == id
			       : root->flags & VCTX_ROOT_SHARED && !(shared & 1ULL << i);
		if (gone)
			r = map_delete(m->owner, &keys[i]);
	}
	return r;
}

int vctx_bpf_root_del(uint64_t id, const struct vctx_abi_root *root, struct vctx_err *err)
{
	cleanup_maps struct maps m = MAPS_NONE;
	struct vctx_abi_addr alias = alias_of(root->xid);
	struct vctx_abi_root stored = {0};
	struct vctx_abi_owner held;
	int r = open_maps(&m, err);

	/* the tables went with the programs; or they are another version's, which goes
	 * when its contexts' cgroups are gone: nothing of it is left, or in the way */
	if (r == -ENOENT || r == -EPROTO)
		return 0;
	if (r)
		return r;
	if (!id && root->xid && !map_lookup(m.owner, &alias, &held))
		id = held.root;
	/* the caller may have a number alone, of a state that cannot be read */
	if (id && (map_lookup(m.roots, &id, &stored) || stored.xid != root->xid))
		memset(&stored, 0, sizeof(stored));
	/* the rules before the addresses: nobody else gets those while these hold */
	if (id)
		r = map_delete(m.roots, &id);
	if (id && m.bound >= 0)
		(void)map_delete(m.bound, &id);
	if (!r)
		r = release_all(&m, id, root);
	if (!r && stored.xid && !root->n_addr && !root->n_addr6)
		r = release_all(&m, id, &stored);
	errno = -r;
	return r ? vctx_err_sys(err, "the IPv4 root of context %u cannot be removed",
				root->xid)
		 : 0;
}
