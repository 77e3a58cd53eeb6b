/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of what is loaded into the kernel (/run/vctx/bpf), and whether it still
 * holds there. By raw bpf(2): what joins never loads libbpf. */
#include "bpfrec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fd.h"
#include "str.h"
#include "vctx_abi.h"

#ifndef FILEID_KERNFS /* linux/exportfs.h is not for programs */
#define FILEID_KERNFS 0xfe
#endif

#define TEXT_MAX 8192
#define WAIT_MS 10000
#define IDS_MAX 64 /* programs of one type on one cgroup: BPF_CGROUP_MAX_PROGS */
#define BOOT "run: vctx-setup boot"

static const char *const states[] = {
	[VCTX_BPFREC_LOADING] = "loading",
	[VCTX_BPFREC_TAKING_OVER] = "taking-over",
	[VCTX_BPFREC_COMPLETE] = "complete",
};

int vctx_bpfrec_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

int vctx_bpfrec_cgroup_id(int dirfd, const char *path, uint64_t *ret)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} u = {.h.handle_bytes = sizeof(uint64_t)};
	int mount;

	if (name_to_handle_at(dirfd, path, &u.h, &mount, *path ? 0 : AT_EMPTY_PATH))
		return -errno;
	if (u.h.handle_bytes != sizeof(*ret))
		return -EINVAL;
	memcpy(ret, u.h.f_handle, sizeof(*ret));
	return 0;
}

int vctx_bpfrec_is_cgroup(int tree, uint64_t id)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} u = {.h.handle_bytes = sizeof(id), .h.handle_type = FILEID_KERNFS};
	cleanup_close int fd = -1;

	memcpy(u.h.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(tree, &u.h, O_PATH | O_CLOEXEC);
	return fd >= 0 ? 1 : errno == ESTALE ? 0 : -errno;
}

int vctx_bpfrec_lock(const char *path, struct vctx_err *err)
{
	cleanup_close int fd =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	uint64_t deadline = vctx_fd_now() + WAIT_MS;

	if (fd < 0)
		return vctx_err_sys(err, "%s", path);
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return vctx_err_sys(err, "%s", path);
		if (vctx_fd_now() >= deadline)
			return vctx_err_set(err, -ETIMEDOUT,
					    "%s is held by another start or stop", path);
		vctx_fd_sleep(1);
	}
	return vctx_fd_take(&fd);
}

const struct vctx_bpfrec_hook *vctx_bpfrec_hook(const struct vctx_bpfrec *rec,
						const char *name)
{
	uint32_t i;

	for (i = 0; i < rec->n_hooks; i++)
		if (!strcmp(rec->hook[i].name, name))
			return &rec->hook[i];
	return NULL;
}

const struct vctx_bpfrec_map *vctx_bpfrec_map(const struct vctx_bpfrec *rec,
					      const char *name)
{
	uint32_t i;

	for (i = 0; i < rec->n_maps; i++)
		if (!strcmp(rec->map[i].name, name))
			return &rec->map[i];
	return NULL;
}

uint64_t vctx_bpfrec_pin(const char *name, char ret_path[VCTX_BPFREC_PATH])
{
	struct stat st;

	(void)snprintf(ret_path, VCTX_BPFREC_PATH, "%s/%.32s", VCTX_BPF_DIR, name);
	return lstat(ret_path, &st) ? 0 : st.st_ino;
}

/* The next word of *p as a number. */
static int number(const char **p, uint64_t max, uint64_t *ret)
{
	char word[24];
	int r = vctx_str_word(p, word, sizeof(word));

	return r > 0 ? vctx_str_u64(word, max, ret) : -EINVAL;
}

static int parse_hook(const char *p, struct vctx_bpfrec *rec)
{
	struct vctx_bpfrec_hook *h = &rec->hook[rec->n_hooks];
	uint64_t type, old, prog, link;

	if (rec->n_hooks == VCTX_BPFREC_HOOKS ||
	    vctx_str_word(&p, h->name, sizeof(h->name)) <= 0 ||
	    number(&p, UINT32_MAX, &type) || number(&p, UINT32_MAX, &old) ||
	    number(&p, UINT32_MAX, &prog) || number(&p, UINT32_MAX, &link) ||
	    number(&p, UINT64_MAX, &h->inode))
		return -EINVAL;
	h->type = (uint32_t)type;
	h->old = (uint32_t)old;
	h->prog = (uint32_t)prog;
	h->link = (uint32_t)link;
	rec->n_hooks++;
	return 0;
}

static int parse_map(const char *p, struct vctx_bpfrec *rec)
{
	struct vctx_bpfrec_map *m = &rec->map[rec->n_maps];
	uint64_t id;

	if (rec->n_maps == VCTX_BPFREC_MAPS ||
	    vctx_str_word(&p, m->name, sizeof(m->name)) <= 0 ||
	    number(&p, UINT32_MAX, &id) || number(&p, UINT64_MAX, &m->inode))
		return -EINVAL;
	m->id = (uint32_t)id;
	rec->n_maps++;
	return 0;
}

static int parse_head(const char *p, struct vctx_bpfrec *rec)
{
	char state[16];
	uint64_t abi, level;
	size_t i;

	if (number(&p, UINT32_MAX, &abi) ||
	    vctx_str_word(&p, state, sizeof(state)) <= 0 ||
	    number(&p, UINT32_MAX, &level) || number(&p, UINT64_MAX, &rec->parent) ||
	    number(&p, UINT64_MAX, &rec->netns) ||
	    vctx_str_word(&p, rec->hash, sizeof(rec->hash)) <= 0)
		return -EINVAL;
	rec->abi = (uint32_t)abi;
	rec->level = (uint32_t)level;
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i], state) != 0)
			continue;
		rec->state = (enum vctx_bpfrec_state)i;
		return 0;
	}
	return -EINVAL;
}

/* Lines "abi ...", "hook ...", "map ..."; the last one is "end". */
static int parse(char *text, struct vctx_bpfrec *rec)
{
	char *line, *next, *rest;
	int r = -EINVAL;

	memset(rec, 0, sizeof(*rec));
	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		rest = line + strcspn(line, " ");
		if (*rest)
			*rest++ = 0;
		if (!strcmp(line, "end"))
			return r;
		if (!strcmp(line, "abi"))
			r = parse_head(rest, rec);
		else if (!strcmp(line, "hook"))
			r = r ? r : parse_hook(rest, rec);
		else if (!strcmp(line, "map"))
			r = r ? r : parse_map(rest, rec);
		if (r)
			return r;
	}
	return -EINVAL;
}

int vctx_bpfrec_read(struct vctx_bpfrec *ret, struct vctx_err *err)
{
	char text[TEXT_MAX];
	ssize_t n = vctx_fd_peek(AT_FDCWD, VCTX_BPFREC_FILE, text, sizeof(text));

	if (n == -ENOENT)
		return vctx_err_set(err, -ENOENT,
				    "no programs for IPv4 roots are loaded (there is "
				    "no " VCTX_BPFREC_FILE "): " BOOT);
	if (n < 0) {
		errno = (int)-n;
		return vctx_err_sys(err, VCTX_BPFREC_FILE);
	}
	if (parse(text, ret))
		return vctx_err_set(err, -EBADMSG,
				    VCTX_BPFREC_FILE
				    " cannot be read: remove it, and " BOOT);
	return 0;
}

static size_t print(const struct vctx_bpfrec *rec, char *text, size_t size)
{
	size_t n;
	uint32_t i;

	n = (size_t)snprintf(text, size, "abi %u %s %u %" PRIu64 " %" PRIu64 " %s\n",
			     rec->abi, states[rec->state], rec->level, rec->parent,
			     rec->netns, rec->hash[0] ? rec->hash : "-");
	for (i = 0; i < rec->n_hooks && n < size; i++)
		n += (size_t)snprintf(
			text + n, size - n, "hook %s %u %u %u %u %" PRIu64 "\n",
			rec->hook[i].name, rec->hook[i].type, rec->hook[i].old,
			rec->hook[i].prog, rec->hook[i].link, rec->hook[i].inode);
	for (i = 0; i < rec->n_maps && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "map %s %u %" PRIu64 "\n",
				      rec->map[i].name, rec->map[i].id,
				      rec->map[i].inode);
	if (n < size)
		n += (size_t)snprintf(text + n, size - n, "end\n");
	return n;
}

int vctx_bpfrec_write(const struct vctx_bpfrec *rec, struct vctx_err *err)
{
	char text[TEXT_MAX];
	size_t n = print(rec, text, sizeof(text));
	cleanup_close int dir = open(VCTX_RUN_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = -EFBIG;

	if (dir < 0)
		r = -errno;
	else if (n < sizeof(text))
		r = vctx_fd_replace(dir, "bpf", text, n, 0600);
	errno = -r;
	return r ? vctx_err_sys(err, VCTX_BPFREC_FILE " cannot be written") : 0;
}

/* Is program id, or old, among those of type on target? */
static int is_attached(int target, const struct vctx_bpfrec_hook *h, uint32_t old)
{
	uint32_t ids[IDS_MAX] = {0}, i;
	union bpf_attr attr = {0};
	int r;

	attr.query.target_fd = (uint32_t)target;
	attr.query.attach_type = h->type;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = IDS_MAX;
	r = vctx_bpfrec_bpf(BPF_PROG_QUERY, &attr);
	if (r)
		return r;
	for (i = 0; i < attr.query.prog_cnt; i++)
		if (ids[i] == h->prog || (old && ids[i] == old))
			return 1;
	return 0;
}

static int verify_hooks(const struct vctx_bpfrec *rec, int cgroup, int netns,
			struct vctx_err *err)
{
	bool over = rec->state == VCTX_BPFREC_TAKING_OVER;
	const struct vctx_bpfrec_hook *h;
	int r;

	for (h = rec->hook; h < rec->hook + rec->n_hooks; h++) {
		/* one that the old build did not have */
		if (over && !h->old)
			continue;
		r = is_attached(h->type == BPF_SK_LOOKUP ? netns : cgroup, h,
				over ? h->old : 0);
		errno = -r;
		if (r < 0)
			return vctx_err_sys(err, "bpf(2) does not say what is attached");
		if (!r)
			return vctx_err_set(err, -ENOENT,
					    "the program %s for IPv4 roots is not in "
					    "force: " BOOT,
					    h->name);
	}
	return 0;
}

static int verify_pins(const struct vctx_bpfrec *rec, struct vctx_err *err)
{
	/* one walk of the path for all */
	cleanup_close int dir =
		open(VCTX_BPF_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	const struct vctx_bpfrec_map *m;
	struct stat st;

	if (dir < 0)
		return vctx_err_set(err, -errno, VCTX_BPF_DIR " is not there: " BOOT);
	for (m = rec->map; m < rec->map + rec->n_maps; m++) {
		if (fstatat(dir, m->name, &st, AT_SYMLINK_NOFOLLOW))
			return vctx_err_set(err, -errno,
					    VCTX_BPF_DIR "/%s is not there: " BOOT,
					    m->name);
		if (st.st_ino != m->inode)
			return vctx_err_set(err, -EEXIST,
					    VCTX_BPF_DIR
					    "/%s is not what was put there: " BOOT,
					    m->name);
	}
	return 0;
}

static int verify_places(const struct vctx_bpfrec *rec, const char *parent, int cgroup,
			 int netns, struct vctx_err *err)
{
	struct stat st;
	uint64_t id = 0;
	int r;

	if (fstat(netns, &st))
		return vctx_err_sys(err, "/proc/self/ns/net");
	if (st.st_ino != rec->netns)
		return vctx_err_set(err, -EXDEV,
				    "IPv4 roots hold in another network namespace than "
				    "this process's: do it where vctx-setup boot ran");
	r = vctx_bpfrec_cgroup_id(cgroup, "", &id);
	errno = -r;
	if (r)
		return vctx_err_sys(err, "%s", parent);
	if (id != rec->parent)
		return vctx_err_set(err, -ENOENT,
				    "the programs for IPv4 roots are attached to another "
				    "cgroup than %.100s: " BOOT,
				    parent);
	return 0;
}

int vctx_bpfrec_verify(const struct vctx_bpfrec *rec, const char *parent,
		       struct vctx_err *err)
{
	cleanup_close int cgroup = -1, netns = -1;
	int r;

	if (rec->state == VCTX_BPFREC_LOADING || !rec->n_hooks)
		return vctx_err_set(
			err, -EAGAIN,
			"a load of the programs for IPv4 roots did not end: " BOOT);
	if (rec->abi != VCTX_ABI)
		return vctx_err_set(err, -EPROTO,
				    "the programs for IPv4 roots are of version %u, not "
				    "%u: stop all contexts, and " BOOT,
				    rec->abi, VCTX_ABI);
	cgroup = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		return vctx_err_sys(err, "cgroup %s", parent);
	netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		return vctx_err_sys(err, "/proc/self/ns/net");
	r = verify_places(rec, parent, cgroup, netns, err);
	if (!r)
		r = verify_hooks(rec, cgroup, netns, err);
	return r ? r : verify_pins(rec, err);
}
