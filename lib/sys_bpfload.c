/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading, pinning and taking over the programs in the kernel, by libbpf.
 *
 * A load that is killed at any moment leaves what was in force in force, or says so: the
 * record goes before each step. LOADING: not all hooks are in force, nobody joins.
 * TAKING_OVER, with the ids of both builds: every link is the old or the new program's.
 * A link is known by its id, a map by its id, from the record; pins only keep them. */
#include "sys_bpfload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>

#include "bpflevel.h"
#include "bpfobj.h"
#include "bpfrec.h"
#include "fd.h"
#include "str.h"
#include "vctx_abi.h"

struct load {
	const char *parent;
	int cgroup, netns;
	uint64_t parent_id, netns_id;
	bool known;                  /* there is a record: was */
	struct vctx_bpfrec was, now; /* what is loaded, and what will be */
	struct vctx_bpfobj bytes[VCTX_BPFOBJ_MAX];
	struct bpf_object *obj[VCTX_BPFOBJ_MAX];
	size_t n;
};

/* libbpf gives its callback no argument. What it says first is the cause. */
static _Thread_local char complaint[200];

static void keep(const char *line, size_t len)
{
	size_t n = strlen(complaint);

	(void)snprintf(complaint + n, sizeof(complaint) - n, "%s%.*s", n ? ": " : "",
		       (int)len, line);
}

/* The verifier's reason is the line before its statistics. */
static void keep_reason(const char *log)
{
	const char *end = strstr(log, "\nprocessed "), *line;

	if (!end)
		return;
	for (line = end; line > log && line[-1] != '\n'; line--)
		;
	keep(line, (size_t)(end - line));
}

__attribute__((format(printf, 2, 0))) static int
listen_to_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (level != LIBBPF_WARN || vasprintf(&text, fmt, ap) < 0)
		return 0;
	if (!complaint[0])
		keep(text + (strncmp(text, "libbpf: ", 8) ? 0 : 8), strcspn(text, "\n"));
	else if (strstr(text, "BEGIN PROG LOAD LOG"))
		keep_reason(text);
	free(text);
	return 0;
}

/* errno's sentence, or libbpf's own. */
static int fail(struct vctx_err *err, int code, const char *what)
{
	errno = -code;
	if (!complaint[0])
		return vctx_err_sys(err, "%s", what);
	return vctx_err_set(err, code, "%s: %s", what, complaint);
}

static void hash_objects(const struct load *l, char ret[VCTX_BPFREC_HASH])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;
	size_t i;

	SHA256Init(&sha);
	for (i = 0; i < l->n; i++)
		SHA256Update(&sha, l->bytes[i].bytes, l->bytes[i].size);
	SHA256Final(digest, &sha);
	for (i = 0; i < sizeof(digest); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

/* ---- what the kernel can do ---- */

static int ask(int target, enum bpf_attach_type type, const char *lacks,
	       struct vctx_err *err)
{
	uint32_t n = 0;
	int r = bpf_prog_query(target, type, 0, NULL, NULL, &n);

	if (!r)
		return 0;
	if (errno == EPERM || errno == EACCES)
		return vctx_err_sys(err, "bpf(2) is refused to this process");
	return vctx_err_set(err, -EOPNOTSUPP, "the kernel lacks %s", lacks);
}

static int check_kernel(const struct load *l, struct vctx_err *err)
{
	struct statfs fs;
	int r = ask(l->cgroup, BPF_CGROUP_INET_SOCK_CREATE,
		    "programs on cgroups (CONFIG_BPF_SYSCALL, CONFIG_CGROUP_BPF)", err);

	if (!r)
		r = ask(l->netns, BPF_SK_LOOKUP, "sk_lookup programs (5.9 or later)",
			err);
	if (r)
		return r;
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return vctx_err_set(err, -EOPNOTSUPP,
				    "the kernel lacks its own type information "
				    "(/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)");
	if (statfs(VCTX_BPF_FS, &fs) || fs.f_type != BPF_FS_MAGIC)
		return vctx_err_set(err, -EOPNOTSUPP,
				    "no bpf filesystem is mounted on " VCTX_BPF_FS
				    ": run: vctx-setup boot");
	return 0;
}

/* ---- pins ---- */

/* Pins fd as name, in the place of whatever is there. */
static int put_pin(const char *name, int fd, uint64_t *ret_inode, struct vctx_err *err)
{
	char path[VCTX_BPFREC_PATH];

	if (vctx_bpfrec_pin(name, path))
		(void)unlink(path);
	if (bpf_obj_pin(fd, path))
		return vctx_err_sys(err, "%s cannot be made", path);
	*ret_inode = vctx_bpfrec_pin(name, path);
	return 0;
}

/* Removes the pins that rec does not know; NULL: all. */
static int remove_pins(const struct vctx_bpfrec *rec, struct vctx_err *err)
{
	DIR *dir = opendir(VCTX_BPF_DIR);
	struct dirent *d;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : vctx_err_sys(err, VCTX_BPF_DIR);
	while (!r && (d = readdir(dir))) {
		if (d->d_name[0] == '.' || (rec && (vctx_bpfrec_hook(rec, d->d_name) ||
						    vctx_bpfrec_map(rec, d->d_name))))
			continue;
		if (unlinkat(dirfd(dir), d->d_name,
			     d->d_type == DT_DIR ? AT_REMOVEDIR : 0))
			r = vctx_err_sys(err, "%s/%s cannot be removed", VCTX_BPF_DIR,
					 d->d_name);
	}
	closedir(dir);
	return r;
}

static bool has_pins(void)
{
	DIR *dir = opendir(VCTX_BPF_DIR);
	struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir)))
		found = d->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return found;
}

/* Maps that the record knows and that are alive keep their pins, or get them back; what
 * lies at the path of one instead goes. Without a record pins are taken as they are: the
 * objects say what shape they have to have. */
static int keep_maps(const struct load *l, struct vctx_err *err)
{
	const struct vctx_bpfrec_map *m;
	int r = 0;

	for (m = l->was.map; !r && m < l->was.map + l->was.n_maps; m++) {
		cleanup_close int fd = -1;
		char path[VCTX_BPFREC_PATH];
		uint64_t inode = vctx_bpfrec_pin(m->name, path);

		if (inode && inode == m->inode)
			continue;
		fd = bpf_map_get_fd_by_id(m->id);
		if (fd >= 0)
			r = put_pin(m->name, fd, &inode, err);
		else if (unlink(path) && errno != ENOENT)
			r = vctx_err_sys(err, "%s cannot be removed", path);
	}
	return r;
}

/* ---- objects ---- */

/* Where the variable `level` is in an object's constants; SIZE_MAX: it has none. */
static size_t find_level(const struct bpf_object *obj, size_t size)
{
	const struct btf *btf = bpf_object__btf(obj);
	int id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *sec = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	const struct btf_var_secinfo *v = sec ? btf_var_secinfos(sec) : NULL;
	size_t i;

	for (i = 0; sec && i < btf_vlen(sec); i++, v++) {
		const struct btf_type *var = btf__type_by_id(btf, v->type);

		if (!strcmp(btf__name_by_offset(btf, var->name_off), "level") &&
		    v->size == sizeof(uint32_t) && v->offset + v->size <= size)
			return v->offset;
	}
	return SIZE_MAX;
}

static int set_level(struct bpf_object *obj, uint32_t level)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, ".rodata");
	size_t size = 0, at;
	const void *first = map ? bpf_map__initial_value(map, &size) : NULL;
	cleanup_free char *data = NULL;

	at = first ? find_level(obj, size) : SIZE_MAX;
	if (at == SIZE_MAX)
		return 0;
	data = malloc(size);
	if (!data)
		return -ENOMEM;
	memcpy(data, first, size);
	memcpy(data + at, &level, sizeof(level));
	return bpf_map__set_initial_value(map, data, size);
}

/* Without a record nothing tells what lies at the path of a map: what cannot be it goes.
 */
static void remove_foreign(const struct bpf_map *map, const char *path)
{
	cleanup_close int fd = bpf_obj_get(path);
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	if (fd < 0 ||
	    (!bpf_obj_get_info_by_fd(fd, &info, &len) &&
	     info.type == bpf_map__type(map) && info.key_size == bpf_map__key_size(map) &&
	     info.value_size == bpf_map__value_size(map) &&
	     info.max_entries == bpf_map__max_entries(map) &&
	     info.map_flags == bpf_map__map_flags(map) &&
	     !strncmp(info.name, bpf_map__name(map), sizeof(info.name) - 1)))
		return;
	(void)unlink(path);
}

/* Opened, and told where its maps are: those that are there are used. */
static int open_object(struct load *l, size_t i)
{
	const struct bpf_object_open_opts opts = {.sz = sizeof(opts),
						  .object_name = l->bytes[i].name};
	struct bpf_map *map;
	char path[VCTX_BPFREC_PATH];
	int r;

	l->obj[i] = bpf_object__open_mem(l->bytes[i].bytes, l->bytes[i].size, &opts);
	if (!l->obj[i])
		return -errno;
	r = set_level(l->obj[i], l->now.level);
	bpf_object__for_each_map(map, l->obj[i])
	{
		if (r || bpf_map__is_internal(map))
			continue;
		(void)vctx_bpfrec_pin(bpf_map__name(map), path);
		if (!l->known)
			remove_foreign(map, path);
		r = bpf_map__set_pin_path(map, path);
	}
	return r;
}

static int load_objects(struct load *l, struct vctx_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; !r && i < l->n; i++) {
		r = open_object(l, i);
		if (!r)
			r = bpf_object__load(l->obj[i]);
	}
	return r ? fail(err, r, "the kernel refuses the programs for IPv4 roots") : 0;
}

static int note_map(struct vctx_bpfrec *rec, const struct bpf_map *map)
{
	struct vctx_bpfrec_map *m = &rec->map[rec->n_maps];
	const char *name = bpf_map__name(map);
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);
	char path[VCTX_BPFREC_PATH];

	if (bpf_map__is_internal(map) || vctx_bpfrec_map(rec, name))
		return 0;
	if (rec->n_maps == VCTX_BPFREC_MAPS ||
	    vctx_str_copy(m->name, sizeof(m->name), name))
		return -E2BIG;
	if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len))
		return -errno;
	m->id = info.id;
	m->inode = vctx_bpfrec_pin(name, path);
	rec->n_maps++;
	return 0;
}

/* A link of the record that is alive, on our cgroup or network namespace: its descriptor,
 * and the program that it has. */
static int open_link(const struct load *l, const struct vctx_bpfrec_hook *h,
		     uint32_t *ret_prog)
{
	cleanup_close int fd = h && h->link ? bpf_link_get_fd_by_id(h->link) : -1;
	struct bpf_link_info info = {0};
	uint32_t len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return -1;
	if (h->type == BPF_SK_LOOKUP ? info.type != BPF_LINK_TYPE_NETNS ||
					       info.netns.netns_ino != l->netns_id ||
					       info.netns.attach_type != h->type
				     : info.type != BPF_LINK_TYPE_CGROUP ||
					       info.cgroup.cgroup_id != l->parent_id ||
					       info.cgroup.attach_type != h->type)
		return -1;
	*ret_prog = info.prog_id;
	return vctx_fd_take(&fd);
}

/* The hook of a program: what is there now is the old one. */
static int note_hook(struct load *l, const struct bpf_program *prog)
{
	struct vctx_bpfrec_hook *h = &l->now.hook[l->now.n_hooks];
	const char *name = bpf_program__name(prog);
	const struct vctx_bpfrec_hook *was = vctx_bpfrec_hook(&l->was, name);
	cleanup_close int link = -1;
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	if (l->now.n_hooks == VCTX_BPFREC_HOOKS ||
	    vctx_str_copy(h->name, sizeof(h->name), name) ||
	    vctx_bpfrec_hook(&l->now, name) || vctx_bpfrec_map(&l->now, name))
		return -E2BIG;
	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
		return -errno;
	h->type = (uint32_t)bpf_program__expected_attach_type(prog);
	h->prog = info.id;
	link = was && was->type == h->type ? open_link(l, was, &h->old) : -1;
	if (link >= 0) {
		h->link = was->link;
		h->inode = was->inode;
	}
	l->now.n_hooks++;
	return 0;
}

static int note_objects(struct load *l, struct vctx_err *err)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	size_t i;
	int r = 0;

	l->now.n_maps = l->now.n_hooks = 0;
	for (i = 0; i < l->n; i++)
		bpf_object__for_each_map(map, l->obj[i]) r =
			r ? r : note_map(&l->now, map);
	for (i = 0; i < l->n; i++)
		bpf_object__for_each_program(prog, l->obj[i]) r =
			r ? r : note_hook(l, prog);
	errno = -r;
	return r ? vctx_err_sys(err, "what was loaded for IPv4 roots") : 0;
}

/* ---- in force ---- */

/* The program takes the place of the one before it in the same step, or a link of its own
 * where there is none. */
static int put_in_force(struct load *l, struct vctx_bpfrec_hook *h, int prog,
			struct vctx_err *err)
{
	struct bpf_link_info info = {0};
	uint32_t len = sizeof(info), old;
	char path[VCTX_BPFREC_PATH];
	cleanup_close int link = open_link(l, h, &old);
	bool is_new = link < 0;
	int r = 0;

	if (is_new)
		link = bpf_link_create(prog,
				       h->type == BPF_SK_LOOKUP ? l->netns : l->cgroup,
				       (enum bpf_attach_type)h->type, NULL);
	else
		r = bpf_link_update(link, prog, NULL);
	if (link < 0 || r)
		return vctx_err_sys(err, "the program %s for IPv4 roots", h->name);
	if (is_new || vctx_bpfrec_pin(h->name, path) != h->inode)
		r = put_pin(h->name, link, &h->inode, err);
	if (!r && bpf_obj_get_info_by_fd(link, &info, &len))
		r = vctx_err_sys(err, "the link of %s", h->name);
	h->link = info.id;
	return r;
}

static int put_all_in_force(struct load *l, struct vctx_err *err)
{
	struct vctx_bpfrec_hook *h = l->now.hook;
	struct bpf_program *prog;
	size_t i;
	int r = 0;

	for (i = 0; i < l->n; i++)
		bpf_object__for_each_program(prog, l->obj[i])
		{
			r = r ? r : put_in_force(l, h, bpf_program__fd(prog), err);
			h++;
		}
	return r;
}

static int finish(struct load *l, struct vctx_err *err)
{
	struct vctx_bpfrec_hook *h;
	int r = remove_pins(&l->now, err);

	if (r)
		return r;
	for (h = l->now.hook; h < l->now.hook + l->now.n_hooks; h++)
		h->old = 0;
	l->now.state = VCTX_BPFREC_COMPLETE;
	/* a kernel that says yes and does nothing is found out here, before anybody joins
	 */
	r = vctx_bpfrec_verify(&l->now, l->parent, err);
	return r ? r : vctx_bpfrec_write(&l->now, err);
}

/* From nothing, from half of it, or (whole) from another build that is in force. */
static int settle(struct load *l, bool whole, int (*fill)(void *, struct vctx_err *),
		  void *arg, struct vctx_err *err)
{
	int r;

	l->now = l->was;
	l->now.state = whole ? VCTX_BPFREC_TAKING_OVER : VCTX_BPFREC_LOADING;
	if (!l->known || l->was.parent != l->parent_id)
		r = vctx_bpflevel_find(l->parent, &l->now.level, err);
	else
		r = 0;
	l->now.abi = VCTX_ABI;
	l->now.parent = l->parent_id;
	l->now.netns = l->netns_id;
	/* what is in force stays what the record says, until more is known */
	if (!r && !whole)
		r = vctx_bpfrec_write(&l->now, err);
	if (!r && mkdir(VCTX_BPF_DIR, 0700) && errno != EEXIST)
		r = vctx_err_sys(err, VCTX_BPF_DIR " cannot be made");
	if (!r)
		r = keep_maps(l, err);
	if (!r)
		r = load_objects(l, err);
	if (!r)
		r = note_objects(l, err);
	hash_objects(l, l->now.hash);
	if (!r)
		r = vctx_bpfrec_write(&l->now, err);
	if (!r && !whole && fill)
		r = fill(arg, err);
	if (!r)
		r = put_all_in_force(l, err);
	return r ? r : finish(l, err);
}

/* ---- what there is, and what to do about it ---- */

/* Is there a context, as a cgroup? Or -errno. */
static int has_contexts(const struct load *l)
{
	int fd = dup(l->cgroup);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	int found = 0;

	if (!dir) {
		found = -errno;
		vctx_fd_closep(&fd);
		return found;
	}
	rewinddir(dir); /* the position is the descriptor's, which is not ours alone */
	while (!found && (d = readdir(dir)))
		found = d->d_type == DT_DIR && d->d_name[0] != '.' &&
			strcmp(d->d_name, "probe") != 0;
	closedir(dir);
	return found;
}

/* Maps of another version are thrown away when nobody is in them. An entry alone is not
 * somebody: tools of this version cannot take out what another one put in. */
static int unload(struct load *l, struct vctx_err *err)
{
	const struct vctx_bpfrec_map *m = vctx_bpfrec_map(&l->was, "roots");
	cleanup_close int lock = vctx_bpfrec_lock(VCTX_BPFREC_ROOTS, err);
	cleanup_close int roots = m ? bpf_map_get_fd_by_id(m->id) : -1;
	uint64_t first;
	int r;

	if (lock < 0)
		return lock;
	if (roots >= 0 && !bpf_map_get_next_key(roots, NULL, &first) && has_contexts(l))
		return vctx_err_set(err, -EBUSY,
				    "the programs for IPv4 roots are of version %u, not "
				    "%u, and contexts run with them: stop all contexts",
				    l->was.abi, VCTX_ABI);
	l->known = false;
	memset(&l->was, 0, sizeof(l->was));
	l->now = l->was;
	l->now.abi = VCTX_ABI;
	r = vctx_bpfrec_write(&l->now, err);
	return r ? r : remove_pins(NULL, err);
}

/* A sk_lookup program in force in another network namespace: contexts' addresses hold
 * there. */
static bool holds_elsewhere(const struct load *l)
{
	struct bpf_link_info info;
	uint32_t i, len;

	for (i = 0; i < l->was.n_hooks; i++) {
		cleanup_close int fd =
			l->was.hook[i].type == BPF_SK_LOOKUP
				? bpf_link_get_fd_by_id(l->was.hook[i].link)
				: -1;

		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
		    info.type == BPF_LINK_TYPE_NETNS && info.netns.netns_ino &&
		    info.netns.netns_ino != l->netns_id)
			return true;
	}
	return false;
}

/* The cgroup that the programs were attached to is gone, and its contexts with it: an
 * empty one goes when systemd tidies its unit up, and is made anew for the next context.
 */
static bool has_moved(const struct load *l)
{
	return l->was.parent != l->parent_id &&
	       vctx_bpfrec_is_cgroup(l->cgroup, l->was.parent) == 0;
}

static int decide(struct load *l, bool repair, int (*fill)(void *, struct vctx_err *),
		  void *arg, struct vctx_err *err)
{
	char hash[VCTX_BPFREC_HASH];
	struct vctx_err why;
	bool whole = false;
	int r;

	hash_objects(l, hash);
	r = vctx_bpfrec_read(&l->was, &why);
	l->known = !r;
	/* one that cannot be read is as good as none */
	if (!l->known && !repair && r != -ENOENT) {
		*err = why;
		return r;
	}
	if (!l->known && !repair && has_pins())
		return vctx_err_set(err, r,
				    "there are programs in " VCTX_BPF_DIR
				    " that " VCTX_BPFREC_FILE
				    " does not tell of: run: vctx-setup boot");
	if (!l->known)
		memset(&l->was, 0, sizeof(l->was));
	else
		whole = !vctx_bpfrec_verify(&l->was, l->parent, &why);
	if (whole && l->was.state == VCTX_BPFREC_COMPLETE && !strcmp(l->was.hash, hash))
		return 0;
	if (l->known && ((!repair && l->was.netns != l->netns_id) || holds_elsewhere(l)))
		return vctx_err_set(err, -EXDEV,
				    "IPv4 roots hold in another network namespace than "
				    "this process's: do it where vctx-setup boot ran");
	r = check_kernel(l, err);
	if (r)
		return r;
	if (l->known && l->was.abi != VCTX_ABI) {
		r = unload(l, err);
		if (r)
			return r;
	} else if (l->known && !whole && l->was.state != VCTX_BPFREC_LOADING && !repair &&
		   !has_moved(l)) {
		*err = why;
		return err->code;
	}
	return settle(l, whole, fill, arg, err);
}

static int open_places(struct load *l, struct vctx_err *err)
{
	struct stat st;
	int r;

	l->cgroup = open(l->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->cgroup < 0)
		return vctx_err_sys(err, "cgroup %s", l->parent);
	l->netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (l->netns < 0 || fstat(l->netns, &st))
		return vctx_err_sys(err, "/proc/self/ns/net");
	l->netns_id = st.st_ino;
	r = vctx_bpfrec_cgroup_id(l->cgroup, "", &l->parent_id);
	errno = -r;
	return r ? vctx_err_sys(err, "cgroup %s", l->parent) : 0;
}

static int load(const char *parent, bool repair, int (*fill)(void *, struct vctx_err *),
		void *arg, struct vctx_err *err)
{
	struct load l = {.parent = parent, .cgroup = -1, .netns = -1};
	cleanup_close int lock = vctx_bpfrec_lock(VCTX_BPFREC_LOADS, err);
	libbpf_print_fn_t before;
	size_t i;
	int r;

	if (lock < 0)
		return lock;
	complaint[0] = 0;
	before = libbpf_set_print(listen_to_libbpf);
	l.n = vctx_bpfobj_list(l.bytes);
	r = open_places(&l, err);
	if (!r)
		r = decide(&l, repair, fill, arg, err);
	for (i = 0; i < l.n; i++)
		if (l.obj[i])
			bpf_object__close(l.obj[i]);
	(void)libbpf_set_print(before);
	vctx_fd_closep(&l.cgroup);
	vctx_fd_closep(&l.netns);
	return r;
}

int vctx_bpfload(const char *parent, int (*fill)(void *, struct vctx_err *), void *arg,
		 struct vctx_err *err)
{
	return load(parent, false, fill, arg, err);
}

int vctx_bpfload_repair(const char *parent, int (*fill)(void *, struct vctx_err *),
			void *arg, struct vctx_err *err)
{
	return load(parent, true, fill, arg, err);
}
