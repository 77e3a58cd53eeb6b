/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leases of pools: a vserver keeps its address for ever. */
#include "pool.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctx.h"
#include "fd.h"

#define POOL_MAX (64u << 20)
#define BITS_MAX (1u << 24)
#define LOCK_MS 5000

/* A pool's file as it was read. */
struct leases {
	char *text;
	size_t len;
	unsigned char *taken; /* a bit for each of the first n_bits addresses */
	uint32_t n_bits;
	uint32_t addr;  /* network order: whose name was looked for, or 0 */
	size_t at, end; /* its line in text */
};

static void done(struct leases *l)
{
	free(l->text);
	free(l->taken);
}

#define cleanup_leases __attribute__((cleanup(done)))

static void path_of(const char *pool, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s/%s", VCTX_POOL_DIR, pool);
}

static int slurp(const char *pool, struct leases *l, struct vctx_err *err)
{
	cleanup_close int fd = -1;
	char path[512];
	int r;

	path_of(pool, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		l->text = strdup("");
	else if (fd < 0)
		return vctx_err_sys(err, "%s", path);
	r = fd < 0 ? 0 : vctx_fd_slurp(fd, POOL_MAX, &l->text, &l->len);
	if (!r && !l->text)
		r = -ENOMEM;
	errno = -r;
	return r ? vctx_err_sys(err, "%s", path) : 0;
}

/* "ADDRESS VSERVER\n" at text + at. */
static int parse_line(const char *text, size_t len, uint32_t *ret_addr,
		      char name[VCTX_NAME_SIZE])
{
	char addr[INET_ADDRSTRLEN];
	const char *blank = memchr(text, ' ', len);
	size_t n = blank ? (size_t)(blank - text) : len, m = len - n - 1;

	if (n >= sizeof(addr) || n >= len || m >= VCTX_NAME_SIZE)
		return -EINVAL;
	memcpy(addr, text, n);
	addr[n] = 0;
	memcpy(name, blank + 1, m);
	name[m] = 0;
	return inet_pton(AF_INET, addr, ret_addr) == 1 && strlen(name) == m &&
			       vctx_ctx_label_is_valid(name)
		       ? 0
		       : -EINVAL;
}

static int count_lines(const char *text)
{
	int n = 0;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

/* Notes that addr is leased. */
static int note(struct leases *l, uint32_t first, uint32_t addr)
{
	uint32_t k = ntohl(addr) - ntohl(first);

	if (k >= l->n_bits)
		return 0;
	if (l->taken[k / 8] & 1u << k % 8)
		return -EEXIST;
	l->taken[k / 8] |= (unsigned char)(1u << k % 8);
	return 0;
}

/* size: how many addresses the pool has, were they all noted. */
static int parse(struct leases *l, const char *pool, uint32_t first, uint32_t size,
		 const char *name, struct vctx_err *err)
{
	char who[VCTX_NAME_SIZE], path[512];
	unsigned int line = 1;
	size_t at, n;
	uint32_t addr;

	path_of(pool, path, sizeof(path));
	/* one more than there are leases tells the next free one, whatever the size */
	l->n_bits = (uint32_t)count_lines(l->text) + 1;
	if (size > l->n_bits)
		l->n_bits = size < BITS_MAX ? size : BITS_MAX;
	l->taken = calloc(l->n_bits / 8 + 1, 1);
	if (!l->taken)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	for (at = 0; at < l->len; at += n + 1, line++) {
		n = strcspn(l->text + at, "\n");
		if (l->text[at + n] != '\n' || parse_line(l->text + at, n, &addr, who) ||
		    note(l, first, addr))
			return vctx_err_set(err, -EBADMSG,
					    "%s:%u: damaged: a line has to be ADDRESS "
					    "VSERVER, and an address is leased once",
					    path, line);
		if (strcmp(who, name) != 0)
			continue;
		if (l->addr)
			return vctx_err_set(err, -EBADMSG,
					    "%s:%u: damaged: '%s' has two leases", path,
					    line, name);
		l->addr = addr;
		l->at = at;
		l->end = at + n + 1;
	}
	return 0;
}

/* The lease of name in *ret (1), or the next free address (0). */
static int look_up(const struct vctx_pool *pool, const char *name, struct leases *l,
		   bool (*is_taken)(uint32_t), uint32_t *ret, struct vctx_err *err)
{
	char text[INET_ADDRSTRLEN], path[512];
	uint32_t first, k;
	int r;

	if (!vctx_ip_pool_nth(pool, 0, &first))
		return vctx_err_set(err, -ENOSPC, "pool %s has no address", pool->name);
	r = slurp(pool->name, l, err);
	if (!r && l->text)
		r = parse(l, pool->name, first,
			  pool->prefix ? 1u << (32 - pool->prefix) : 0, name, err);
	if (r)
		return r;
	path_of(pool->name, path, sizeof(path));
	if (l->addr && !vctx_ip_pool_has(pool, l->addr))
		return vctx_err_set(err, -ERANGE,
				    "'%s' has the lease %s, which is outside of pool %s: "
				    "remove its line from %s for a new one",
				    name,
				    inet_ntop(AF_INET, &l->addr, text, sizeof(text)),
				    pool->name, path);
	if (l->addr) {
		*ret = l->addr;
		return 1;
	}
	for (k = 0; vctx_ip_pool_nth(pool, k, ret); k++)
		if (!(l->taken[k / 8] & 1u << k % 8) && !(is_taken && is_taken(*ret)))
			return 0;
	return vctx_err_set(err, -ENOSPC,
			    "pool %s is exhausted: all of its %u addresses are leased: "
			    "take the lines of vservers that are gone out of %s",
			    pool->name, k, path);
}

int vctx_pool_peek(const struct vctx_pool *pool, const char *name, uint32_t *ret,
		   struct vctx_err *err)
{
	cleanup_leases struct leases l = {0};

	return look_up(pool, name, &l, NULL, ret, err);
}

/* The directory, locked. */
static int lock(struct vctx_err *err)
{
	static const char *const dirs[] = {VCTX_LOCALSTATEDIR "/lib/vctx", VCTX_POOL_DIR};
	size_t i;
	int fd;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (mkdir(dirs[i], 0700) && errno != EEXIST)
			return vctx_err_sys(err, "%s cannot be made", dirs[i]);
	fd = vctx_fd_lock_dir(VCTX_POOL_DIR, LOCK_MS);
	errno = -fd;
	return fd < 0 ? vctx_err_sys(err, "%s", VCTX_POOL_DIR) : fd;
}

static int replace(int dir, const char *pool, const char *text, size_t len,
		   struct vctx_err *err)
{
	char path[512];
	int r = vctx_fd_replace(dir, pool, text, len, 0600);

	path_of(pool, path, sizeof(path));
	errno = -r;
	return r ? vctx_err_sys(err, "%s cannot be written", path) : 0;
}

int vctx_pool_lease(const struct vctx_pool *pool, const char *name,
		    bool (*is_taken)(uint32_t), uint32_t *ret, struct vctx_err *err)
{
	cleanup_leases struct leases l = {0};
	cleanup_free char *text = NULL;
	cleanup_close int dir = lock(err);
	char addr[INET_ADDRSTRLEN];
	uint32_t got = 0;
	int r = dir < 0 ? dir : look_up(pool, name, &l, is_taken, &got, err);

	if (r < 0)
		return r;
	if (!r) {
		r = asprintf(&text, "%s%s %s\n", l.text,
			     inet_ntop(AF_INET, &got, addr, sizeof(addr)), name);
		if (r < 0)
			return vctx_err_set(err, -ENOMEM, "out of memory");
		r = replace(dir, pool->name, text, (size_t)r, err);
		if (r)
			return r;
	}
	*ret = got;
	return 0;
}

static int free_in(int dir, const char *pool, const char *name, struct vctx_err *err)
{
	cleanup_leases struct leases l = {0};
	int r = slurp(pool, &l, err);

	if (r || !l.text)
		return r;
	r = parse(&l, pool, 0, 0, name, err);
	if (r || !l.addr)
		return r;
	memmove(l.text + l.at, l.text + l.end, l.len - l.end);
	return replace(dir, pool, l.text, l.len - (l.end - l.at), err);
}

int vctx_pool_free(const char *name, struct vctx_err *err)
{
	cleanup_close int dir = lock(err);
	struct vctx_err one;
	struct dirent *d;
	DIR *pools;
	int r = 0;

	if (dir < 0)
		return dir;
	pools = opendir(VCTX_POOL_DIR);
	if (!pools)
		return vctx_err_sys(err, "%s", VCTX_POOL_DIR);
	while ((d = readdir(pools))) {
		/* what vctx_fd_replace writes beside begins with a dot */
		if (d->d_name[0] == '.' || !free_in(dir, d->d_name, name, &one))
			continue;
		*err = one;
		r = one.code;
	}
	closedir(pools);
	return r;
}
