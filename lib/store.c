/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State of running contexts under /run/vctx: root's alone, the only source of a context's
 * identity. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fd.h"
#include "str.h"

#define XID_DIR VCTX_RUN_DIR "/xid"   /* NUMBER -> name, symbolic links */
#define SLOT_DIR VCTX_RUN_DIR "/slot" /* SLOT -> name */
#define FAILURES_MAX (1 << 20)

static int own_dir(const char *path, mode_t mode, struct vctx_err *err)
{
	struct stat st;

	if (mkdir(path, mode) && errno != EEXIST)
		return vctx_err_sys(err, "%s cannot be made", path);
	if (lstat(path, &st))
		return vctx_err_sys(err, "%s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid || (st.st_mode & 022))
		return vctx_err_set(err, -EPERM,
				    "%s has to be a directory that root alone can write",
				    path);
	/* the umask of whoever called must not decide */
	if ((st.st_mode & 0777) != mode && chmod(path, mode))
		return vctx_err_sys(err, "%s", path);
	return 0;
}

int vctx_store_init(struct vctx_err *err)
{
	static const struct {
		const char *path;
		mode_t mode;
	} dirs[] = {
		{VCTX_RUN_DIR, 0755}, {VCTX_STATE_DIR, 0700}, {VCTX_PUBLIC_DIR, 0755},
		{XID_DIR, 0700},      {SLOT_DIR, 0700},
	};
	size_t i;
	int r = 0;

	for (i = 0; !r && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		r = own_dir(dirs[i].path, dirs[i].mode, err);
	return r;
}

/* Takes a lock on path by deadline. The file may be removed by whoever held it before:
 * then its name leads to another file, or nowhere, and the turn is taken again. */
static int lock_path(const char *path, bool exclusive, uint64_t deadline,
		     struct vctx_err *err)
{
	unsigned int pause = 1;

	for (;;) {
		cleanup_close int fd =
			open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		struct stat a, b;
		int got;

		if (fd < 0)
			return vctx_err_sys(err, "%s", path);
		got = flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
		if (!got && !fstat(fd, &a) && !stat(path, &b) && a.st_ino == b.st_ino &&
		    a.st_dev == b.st_dev)
			return vctx_fd_take(&fd);
		if (got && errno != EWOULDBLOCK && errno != EINTR)
			return vctx_err_sys(err, "%s", path);
		if (vctx_fd_now() >= deadline)
			return vctx_err_set(err, -ETIMEDOUT,
					    "%s is held by another start, stop or login",
					    path);
		vctx_fd_sleep(pause);
		pause = pause < 32 ? pause * 2 : 32;
	}
}

int vctx_store_lock(const char *name, bool exclusive, uint64_t deadline,
		    struct vctx_err *err)
{
	char dir[160], path[192];
	int fd;

	if (!vctx_ctx_label_is_valid(name))
		return vctx_err_set(err, -EINVAL, "'%.80s' is not the name of a context",
				    name);
	(void)snprintf(dir, sizeof(dir), "%s/%s", VCTX_STATE_DIR, name);
	(void)snprintf(path, sizeof(path), "%s/lock", dir);
	do {
		if (mkdir(dir, 0700) && errno != EEXIST)
			return vctx_err_sys(err, "%s cannot be made", dir);
		fd = lock_path(path, exclusive, deadline, err);
	} while (fd == -ENOENT &&
		 vctx_fd_now() < deadline); /* forgotten between the two steps */
	return fd;
}

int vctx_store_lock_users(const char *name, uint64_t deadline, struct vctx_err *err)
{
	char path[192];

	if (!vctx_ctx_label_is_valid(name))
		return vctx_err_set(err, -EINVAL, "'%.80s' is not the name of a context",
				    name);
	(void)snprintf(path, sizeof(path), "%s/%s/users", VCTX_STATE_DIR, name);
	return lock_path(path, true, deadline, err);
}

int vctx_store_lock_bind(uint64_t deadline, struct vctx_err *err)
{
	return lock_path(VCTX_RUN_DIR "/bind", true, deadline, err);
}

/* The value behind "key=" in the lines up to the first empty one, as a bounded number or
 * string. */
static const char *head_value(const char *text, const char *key, char *buf, size_t size)
{
	size_t k = strlen(key), len;

	for (; *text && *text != '\n'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len <= k || memcmp(text, key, k) != 0 || text[k] != '=' ||
		    len - k - 1 >= size)
			continue;
		memcpy(buf, text + k + 1, len - k - 1);
		buf[len - k - 1] = 0;
		return buf;
	}
	return NULL;
}

static int head_number(const char *text, const char *key, uint64_t max, uint64_t *ret)
{
	char buf[24];
	const char *v = head_value(text, key, buf, sizeof(buf));

	return v ? vctx_str_u64(v, max, ret) : -EINVAL;
}

static int parse_bases(const char *text, struct vctx_state *st)
{
	char list[160], word[16];
	const char *p = head_value(text, "bases", list, sizeof(list));
	uint32_t i;

	for (i = 0; p && i <= st->plan.n_blocks; i++)
		if (vctx_str_word(&p, word, sizeof(word)) <= 0 ||
		    vctx_str_u32(word, 0x7fffffff, &st->base[i]))
			return -EINVAL;
	return p ? 0 : -EINVAL;
}

static int parse_state(const char *text, const char *name, struct vctx_state *ret,
		       struct vctx_err *err)
{
	const char *plan = strstr(text, "\n\n");
	uint64_t pid = 0, running = 0, stay = 0;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!plan)
		return vctx_err_set(err, -EINVAL, "no plan in it");
	r = vctx_plan_parse(plan + 2, &ret->plan, err);
	if (r)
		return r;
	if (strcmp(ret->plan.name, name) != 0)
		return vctx_err_set(err, -EINVAL, "it is of '%s'", ret->plan.name);
	if (head_number(text, "running", 1, &running) ||
	    head_number(text, "stay", 1, &stay) ||
	    head_number(text, "keeper", INT32_MAX, &pid) ||
	    head_number(text, "keeper-start", UINT64_MAX, &ret->keeper_start) ||
	    head_number(text, "started", UINT64_MAX, &ret->started) ||
	    !head_value(text, "cgroup", ret->cgroup, sizeof(ret->cgroup)) ||
	    parse_bases(text, ret))
		return vctx_err_set(err, -EINVAL, "a field is missing or bad");
	ret->running = running;
	ret->stay = stay;
	ret->keeper = (pid_t)pid;
	return 0;
}

int vctx_store_read(const char *name, struct vctx_state *ret, struct vctx_err *err)
{
	char path[192], text[VCTX_PLAN_TEXT_MAX];
	ssize_t n;

	if (!vctx_ctx_label_is_valid(name))
		return vctx_err_set(err, -EINVAL, "'%.80s' is not the name of a context",
				    name);
	(void)snprintf(path, sizeof(path), "%s/%s/state", VCTX_STATE_DIR, name);
	n = vctx_fd_peek(AT_FDCWD, path, text, sizeof(text) - 1);
	if (n == -ENOENT)
		return vctx_err_set(err, -ENOENT, "'%s' is not running", name);
	if (n < 0) {
		errno = (int)-n;
		return vctx_err_sys(err, "%s", path);
	}
	text[n] = '\n'; /* peek took the last one */
	text[n + 1] = 0;
	return parse_state(text, name, ret, err) ? vctx_err_wrap(err, "%s", path) : 0;
}

static int write_public(const struct vctx_state *st)
{
	char text[256], file[16];
	cleanup_close int dir = open(VCTX_PUBLIC_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int n;

	if (dir < 0)
		return -errno;
	(void)snprintf(file, sizeof(file), "%u", st->plan.xid);
	n = snprintf(text, sizeof(text), "name=%s\nbase=%u\n", st->plan.name,
		     st->base[0]);
	return vctx_fd_replace(dir, file, text, (size_t)n, 0644);
}

int vctx_store_write(const struct vctx_state *st, struct vctx_err *err)
{
	char path[160], text[VCTX_PLAN_TEXT_MAX];
	cleanup_close int dir = -1;
	uint32_t i;
	size_t n;
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s", VCTX_STATE_DIR, st->plan.name);
	n = (size_t)snprintf(text, sizeof(text),
			     "running=%d\nstay=%d\nkeeper=%d\nkeeper-start=%" PRIu64
			     "\nstarted=%" PRIu64 "\ncgroup=%s\nbases=",
			     st->running, st->stay, (int)st->keeper, st->keeper_start,
			     st->started, st->cgroup);
	for (i = 0; i <= st->plan.n_blocks; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", i ? " " : "",
				      st->base[i]);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\n\n");
	r = vctx_plan_print(&st->plan, text + n, sizeof(text) - n - 1);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r > 0)
		r = dir < 0 ? -errno
			    : vctx_fd_replace(dir, "state", text, n + (size_t)r, 0600);
	if (!r && st->running)
		r = write_public(st);
	if (!r)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "%s/state cannot be written", path);
}

/* The links of a directory as a set of numbers below max. A link to a name without state
 * is free: its builder died before it could write any. */
static int read_taken(const char *path, unsigned char *taken, uint32_t max,
		      const char *self)
{
	char name[VCTX_NAME_SIZE + 1], state[192];
	struct dirent *d;
	DIR *dir = opendir(path);
	uint32_t k;
	ssize_t n;

	if (!dir)
		return -errno;
	while ((d = readdir(dir))) {
		if (vctx_str_u32(d->d_name, max - 1, &k))
			continue;
		n = readlinkat(dirfd(dir), d->d_name, name, sizeof(name) - 1);
		if (n < 0)
			continue;
		name[n] = 0;
		(void)snprintf(state, sizeof(state), "%s/%s", VCTX_STATE_DIR, name);
		if (!strcmp(name, self) || access(state, F_OK))
			(void)unlinkat(dirfd(dir), d->d_name, 0);
		else
			taken[k / 8] |= (unsigned char)(1u << k % 8);
	}
	closedir(dir);
	return 0;
}

static bool is_taken(const unsigned char *taken, uint32_t k)
{
	return taken[k / 8] & 1u << k % 8;
}

static int take(const char *path, uint32_t k, const char *name, unsigned char *taken)
{
	char link[64];

	(void)snprintf(link, sizeof(link), "%s/%u", path, k);
	if (symlink(name, link))
		return -errno;
	taken[k / 8] |= (unsigned char)(1u << k % 8);
	return 0;
}

static int claim_xid(struct vctx_state *st, struct vctx_err *err)
{
	unsigned char taken[(VCTX_XID_DYNAMIC_MAX + 1) / 8] = {0};
	uint32_t k = st->plan.xid;
	int r = read_taken(XID_DIR, taken, VCTX_XID_DYNAMIC_MAX + 1, st->plan.name);

	if (!r && k && is_taken(taken, k))
		return vctx_err_set(err, -EADDRINUSE,
				    "context %u is in use by another vserver", k);
	for (k = k ? k : VCTX_XID_DYNAMIC_MIN; !st->plan.xid && k <= VCTX_XID_DYNAMIC_MAX;
	     k++)
		if (!is_taken(taken, k))
			break;
	if (!r && k > VCTX_XID_DYNAMIC_MAX)
		return vctx_err_set(err, -EAGAIN,
				    "all dynamic context numbers are in use");
	if (!r)
		r = take(XID_DIR, k, st->plan.name, taken);
	if (r) {
		errno = -r;
		return vctx_err_sys(err, "%s", XID_DIR);
	}
	st->plan.xid = k;
	return 0;
}

/* Does FIRST..FIRST+65535 touch a line "name:first:count" of /etc/subuid or subgid, or an
 * id of passwd? */
static bool is_foreign(uint32_t first)
{
	static const struct {
		const char *path;
		int field;
	} files[] = {
		{"/etc/subuid", 1},
		{"/etc/subgid", 1},
		{"/etc/passwd", 2},
		{"/etc/group", 2},
	};
	char line[1024];
	bool hit = false;
	size_t i;

	for (i = 0; !hit && i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *f = fopen(files[i].path, "re");

		while (f && !hit && fgets(line, sizeof(line), f)) {
			uint64_t from, count = 1;
			char *p = line;
			int k;

			for (k = 0; p && k < files[i].field; k++)
				p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL;
			if (!p)
				continue;
			from = strtoul(p, &p, 10);
			if (files[i].field == 1 && *p == ':')
				count = strtoul(p + 1, NULL, 10);
			hit = from < (uint64_t)first + VCTX_IDS && from + count > first;
		}
		if (f)
			(void)fclose(f);
	}
	return hit;
}

/* Slot number to base. With UIDRANGE the slots are counted in it and nowhere else. 0: no
 * such slot. */
static uint32_t base_of(uint32_t slot, const char *range)
{
	uint64_t base;
	uint32_t first, last;

	if (range[0]) {
		if (vctx_ctx_range_parse(range, &first, &last))
			return 0;
		base = first + (uint64_t)slot * VCTX_IDS;
		return base + VCTX_IDS - 1 <= last ? (uint32_t)base : 0;
	}
	if (slot < VCTX_SLOTS_FIRST)
		return VCTX_BASE_FIRST + slot * VCTX_IDS;
	base = VCTX_BASE_MORE + (uint64_t)(slot - VCTX_SLOTS_FIRST) * VCTX_IDS;
	return base + VCTX_IDS <= VCTX_BASE_FIRST ? (uint32_t)base : 0;
}

/* May base be given out? Nobody has it, it is no block of ids that exists inside, and
 * below VCTX_BASE_FIRST nobody of the host's files has ids there. */
static bool is_free(const struct vctx_state *st, const unsigned char *taken,
		    uint32_t base)
{
	uint32_t i;

	if (!base || is_taken(taken, base / VCTX_IDS))
		return false;
	for (i = 0; i < st->plan.n_blocks; i++)
		if (st->plan.block[i] == base)
			return false;
	return base >= VCTX_BASE_FIRST || !is_foreign(base);
}

/* Slots are named by base / 65536, so that a changed UIDRANGE cannot give one range out
 * twice. */
static int claim_bases(struct vctx_state *st, struct vctx_err *err)
{
	unsigned char taken[(1u << 15) / 8] = {0};
	uint32_t slot = 0, i, base;
	int r = read_taken(SLOT_DIR, taken, 1u << 15, st->plan.name);

	for (i = 0; !r && i <= st->plan.n_blocks; i++) {
		for (base = 0; slot < 1u << 15; slot++) {
			base = base_of(slot, st->plan.uidrange);
			if (is_free(st, taken, base))
				break;
			base = 0;
		}
		if (!base)
			return vctx_err_set(err, -EAGAIN,
					    "no free range of ids is left for '%s'",
					    st->plan.name);
		st->base[i] = base;
		r = take(SLOT_DIR, base / VCTX_IDS, st->plan.name, taken);
	}
	if (!r)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "%s", SLOT_DIR);
}

int vctx_store_claim(struct vctx_state *st, uint64_t deadline, struct vctx_err *err)
{
	cleanup_close int lock = lock_path(VCTX_RUN_DIR "/claim", true, deadline, err);
	int r;

	if (lock < 0)
		return lock;
	r = claim_xid(st, err);
	if (!r && !st->plan.host_ids)
		r = claim_bases(st, err);
	return r;
}

static void unlink_links(const char *path, const char *name)
{
	char target[VCTX_NAME_SIZE + 1];
	struct dirent *d;
	DIR *dir = opendir(path);
	ssize_t n;

	while (dir && (d = readdir(dir))) {
		n = readlinkat(dirfd(dir), d->d_name, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = 0;
		if (!strcmp(target, name))
			(void)unlinkat(dirfd(dir), d->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

uint32_t vctx_store_number(const char *name)
{
	char target[VCTX_NAME_SIZE + 1];
	struct dirent *d;
	DIR *dir = opendir(XID_DIR);
	uint32_t xid, found = 0;
	ssize_t n;

	while (dir && !found && (d = readdir(dir))) {
		n = readlinkat(dirfd(dir), d->d_name, target, sizeof(target) - 1);
		if (n <= 0 || vctx_str_u32(d->d_name, VCTX_XID_DYNAMIC_MAX, &xid))
			continue;
		target[n] = 0;
		if (!strcmp(target, name))
			found = xid;
	}
	if (dir)
		closedir(dir);
	return found;
}

static void unlink_number(const char *dir, uint32_t n)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%u", dir, n);
	(void)unlink(path);
}

void vctx_store_forget(const char *name)
{
	struct vctx_state st = {0};
	struct vctx_err ignored;
	char path[192];
	uint32_t i;

	if (!vctx_store_read(name, &st, &ignored)) {
		unlink_number(VCTX_PUBLIC_DIR, st.plan.xid);
		for (i = 0; !st.plan.host_ids && i <= st.plan.n_blocks; i++)
			unlink_number(SLOT_DIR, st.base[i] / VCTX_IDS);
		unlink_number(XID_DIR, st.plan.xid);
	} else {
		unlink_number(VCTX_PUBLIC_DIR, vctx_store_number(name));
		unlink_links(SLOT_DIR, name);
		unlink_links(XID_DIR, name);
	}
	(void)snprintf(path, sizeof(path), "%s/%s/state", VCTX_STATE_DIR, name);
	(void)unlink(path);
}

void vctx_store_remove(const char *name)
{
	char path[192];

	(void)snprintf(path, sizeof(path), "%s/%s/users", VCTX_STATE_DIR, name);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/%s/lock", VCTX_STATE_DIR, name);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/%s", VCTX_STATE_DIR, name);
	(void)rmdir(path);
}

int vctx_store_by_xid(uint32_t xid, char ret[VCTX_NAME_SIZE], struct vctx_err *err)
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "%s/%u", XID_DIR, xid);
	n = readlink(link, ret, VCTX_NAME_SIZE - 1);
	if (n < 0)
		return vctx_err_set(err, -ENOENT, "no context %u", xid);
	ret[n] = 0;
	return 0;
}

int vctx_store_each(int (*fn)(const char *name, void *arg), void *arg)
{
	DIR *dir = opendir(VCTX_STATE_DIR);
	struct dirent *d;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!r && (d = readdir(dir)))
		if (vctx_ctx_label_is_valid(d->d_name))
			r = fn(d->d_name, arg);
	closedir(dir);
	return r;
}

int vctx_store_top(char *ret, size_t size, struct vctx_err *err)
{
	ssize_t n = vctx_fd_peek(AT_FDCWD, VCTX_CGROUP_FILE, ret, size);

	if (n > 0 && ret[0] == '/')
		return 0;
	return vctx_err_set(err, n < 0 ? (int)n : -EINVAL,
			    "%s does not say where contexts go", VCTX_CGROUP_FILE);
}

int vctx_store_set_top(const char *path, struct vctx_err *err)
{
	cleanup_close int dir = open(VCTX_RUN_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno
			: vctx_fd_replace(dir, "cgroup", path, strlen(path), 0644);

	if (!r)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "%s cannot be written", VCTX_CGROUP_FILE);
}

void vctx_store_ref(char ret[8])
{
	static const char digits[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* no 0/O, 1/I */
	unsigned char rnd[4] = {0};
	int i;

	if (getrandom(rnd, sizeof(rnd), GRND_NONBLOCK) != sizeof(rnd)) {
		uint64_t now = vctx_fd_now() ^ (uint64_t)getpid() << 10;

		memcpy(rnd, &now, sizeof(rnd));
	}
	for (i = 0; i < 4; i++)
		ret[i] = digits[rnd[i] % 32];
	ret[4] = 0;
}

/* One line of five fields, whatever is in them: a login name may hold anything. */
static size_t format_failure(char *line, size_t size, const char *when, const char *ref,
			     const char *user, const char *service, const char *reason)
{
	const char *const fields[] = {when, ref, user, service, reason};
	size_t i, n = 0;
	const char *p;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (i)
			line[n++] = '\t';
		for (p = fields[i]; *p && n < size * (i + 1) / 6; p++)
			line[n++] = (unsigned char)*p < ' ' || *p == 0x7f ? '?' : *p;
	}
	line[n++] = '\n';
	return n;
}

void vctx_store_failure(const char *ref, const char *user, const char *service,
			const char *reason)
{
	cleanup_close int dir = -1, fd = -1;
	char line[2048], when[32];
	time_t now = time(NULL);
	struct stat st;
	struct tm tm;

	if (mkdir(VCTX_LOG_DIR, 0700) && errno != EEXIST)
		return;
	dir = open(VCTX_LOG_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0)
		return;
	fd = openat(dir, "failures",
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && !fstat(fd, &st) && st.st_size >= FAILURES_MAX) {
		(void)renameat(dir, "failures", dir, "failures.1");
		vctx_fd_closep(&fd);
		fd = openat(dir, "failures",
			    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	}
	if (fd < 0 || !gmtime_r(&now, &tm) ||
	    !strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return;
	(void)!vctx_fd_write(
		fd, line,
		format_failure(line, sizeof(line), when, ref, user, service, reason));
}
