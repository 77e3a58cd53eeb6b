/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user=create: a person becomes someone inside. All of it happens as the guest's own
 * root, inside, with the ceiling on: what a guest plants in its /etc can hurt the guest
 * alone. The host's side only waits, up to a deadline. */
#include "add_user.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctx.h"
#include "fd.h"
#include "join.h"
#include "rootdir.h"
#include "store.h"
#include "str.h"

#define FILE_MAX (16u << 20)
#define SKEL_DEPTH 8

static int next_line(char **p, char *dst, size_t size)
{
	char *nl = strchr(*p, '\n');

	if (!nl)
		return -EINVAL;
	*nl = 0;
	if (strchr(*p, ':') || vctx_str_copy(dst, size, *p))
		return -EINVAL;
	*p = nl + 1;
	return 0;
}

static int read_person(struct vctx_person *who, struct vctx_err *err)
{
	cleanup_free char *text = NULL;
	char num[16], *p;
	int r = vctx_fd_slurp(STDIN_FILENO, 4096, &text, NULL);

	if (r)
		return vctx_err_set(err, r, "no person on stdin");
	p = text;
	memset(who, 0, sizeof(*who));
	if (next_line(&p, who->user, sizeof(who->user)) ||
	    next_line(&p, num, sizeof(num)) || vctx_str_u32(num, 0xfffffffe, &who->uid) ||
	    next_line(&p, num, sizeof(num)) || vctx_str_u32(num, 0xfffffffe, &who->gid) ||
	    next_line(&p, who->group, sizeof(who->group)) ||
	    next_line(&p, who->home, sizeof(who->home)) ||
	    next_line(&p, who->shell, sizeof(who->shell)) ||
	    next_line(&p, who->gecos, sizeof(who->gecos)))
		return vctx_err_set(err, -EINVAL,
				    "a person whose account holds ':' or is too long");
	if (!who->user[0] || strchr(who->user, '/') ||
	    vctx_ctx_path_check(who->home, err))
		return vctx_err_set(err, -EINVAL,
				    "'%s' with home '%s' cannot be made inside",
				    who->user, who->home);
	return 0;
}

/* ---- from here on: inside, as the guest's root ---- */

/* The text of /etc/NAME, "" if there is none. */
static int slurp_etc(int root, const char *path, char **ret, struct vctx_err *err)
{
	int r = vctx_rootdir_slurp(root, path, FILE_MAX, ret, err);

	if (r != -ENOENT)
		return r;
	*ret = strdup("");
	return *ret ? 0 : vctx_err_set(err, -ENOMEM, "out of memory");
}

static bool has_line(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		if (!strncmp(text, name, n) && text[n] == ':')
			return true;
	return false;
}

/* Adds line to /etc/NAME unless key has one; the old mode is kept, a missing file gets
 * mode. */
static int add_line(int etc, const char *name, const char *key, const char *line,
		    mode_t mode, struct vctx_err *err)
{
	cleanup_free char *text = NULL, *all = NULL;
	struct stat st = {0};
	size_t n;
	int r = slurp_etc(etc, name, &text, err);

	if (r || has_line(text, key))
		return r;
	if (!fstatat(etc, name, &st, AT_SYMLINK_NOFOLLOW))
		mode = st.st_mode & 07777;
	n = strlen(text);
	if (asprintf(&all, "%s%s%s\n", text, n && text[n - 1] != '\n' ? "\n" : "", line) <
	    0)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	r = vctx_fd_replace(etc, name, all, strlen(all), mode);
	/* shadow is the group shadow's */
	if (!r && fchownat(etc, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW))
		r = -errno;
	errno = -r;
	return r ? vctx_err_sys(err, "/etc/%s inside cannot be written", name) : 0;
}

static int copy_bytes(int in, int out)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (vctx_fd_write(out, buf, (size_t)n))
			return -1;
	return n < 0 ? -1 : 0;
}

/* One that is there is of an attempt that did not end: it is filled anew. */
static int copy_file(int from, int to, const char *name, const struct vctx_person *who,
		     const struct stat *st)
{
	cleanup_close int in =
		openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	cleanup_close int out = openat(
		to, name,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (in < 0 || out < 0 || copy_bytes(in, out))
		return -1;
	return fchown(out, who->uid, who->gid) || fchmod(out, st->st_mode & 0777);
}

static int copy_tree(int from, int to, const struct vctx_person *who, int depth);

static int copy_entry(int from, int to, const char *name, const struct vctx_person *who,
		      int depth)
{
	char target[1024];
	struct stat st;
	ssize_t n;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return -1;
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, who, &st);
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(from, name, target, sizeof(target) - 1);
		if (n < 0)
			return -1;
		target[n] = 0;
		return (symlinkat(target, to, name) && errno != EEXIST) ||
		       fchownat(to, name, who->uid, who->gid, AT_SYMLINK_NOFOLLOW);
	}
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (mkdirat(to, name, 0700) && errno != EEXIST)
		return -1;
	cleanup_close int sub_from =
		openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int sub_to =
		openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (sub_from < 0 || sub_to < 0 || copy_tree(sub_from, sub_to, who, depth + 1))
		return -1;
	return fchown(sub_to, who->uid, who->gid) || fchmod(sub_to, st.st_mode & 0777);
}

static int copy_tree(int from, int to, const struct vctx_person *who, int depth)
{
	int copy = dup(from), r = 0;
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;

	while (dir && !r && depth < SKEL_DEPTH && (d = readdir(dir)))
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = copy_entry(from, to, d->d_name, who, depth);
	if (dir)
		closedir(dir);
	return r;
}

/* Makes the parts of the home's path that are missing, as root's; the last one becomes
 * the person's. A home that is there is left as it is. */
static int make_home(const struct vctx_person *who, struct vctx_err *err)
{
	char path[sizeof(who->home)], *p;
	struct stat st;
	cleanup_close int skel = open("/etc/skel", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			  home = -1;

	(void)strcpy(path, who->home);
	for (p = path + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return vctx_err_sys(err, "%s inside cannot be made", path);
	}
	/* one that is there is left alone, unless it is root's: then an attempt did not
	 * end */
	if (mkdir(path, 0700) &&
	    (errno != EEXIST || lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_uid))
		return errno == EEXIST
			       ? 0
			       : vctx_err_sys(err, "%s inside cannot be made", path);
	home = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (home < 0 || (skel >= 0 && copy_tree(skel, home, who, 0)) ||
	    fchown(home, who->uid, who->gid))
		return vctx_err_sys(err, "%s inside cannot be filled", path);
	return 0;
}

/* The lock of passwd(5)'s tools, tried once: a guest that holds it for ever must not hold
 * a login up. */
static int lock_etc(int etc, struct vctx_err *err)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = openat(etc, ".pwd.lock",
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return vctx_err_sys(err, "/etc/.pwd.lock inside");
	if (!fcntl(fd, F_SETLK, &fl))
		return fd;
	close(fd);
	return vctx_err_set(err, -EBUSY,
			    "/etc/passwd is being changed inside: try again");
}

static int write_account(const struct vctx_person *who, struct vctx_err *err)
{
	cleanup_close int etc = open("/etc",
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			  lock = -1;
	char line[1600];
	int r;

	if (etc < 0)
		return vctx_err_sys(err, "/etc inside");
	lock = lock_etc(etc, err);
	if (lock < 0)
		return lock;
	(void)snprintf(line, sizeof(line),
		       "%s:x:%u:", who->group[0] ? who->group : who->user, who->gid);
	r = add_line(etc, "group", who->group[0] ? who->group : who->user, line, 0644,
		     err);
	(void)snprintf(line, sizeof(line), "%s:!:%lu:0:99999:7:::", who->user,
		       (unsigned long)time(NULL) / 86400);
	if (!r)
		r = add_line(etc, "shadow", who->user, line, 0640, err);
	if (!r)
		r = make_home(who, err);
	/* last: who is in passwd is complete */
	(void)snprintf(line, sizeof(line), "%s:x:%u:%u:%s:%s:%s", who->user, who->uid,
		       who->gid, who->gecos, who->home, who->shell);
	return r ? r : add_line(etc, "passwd", who->user, line, 0644, err);
}

struct report {
	int fd;
};

static void lost(void *arg, const struct vctx_err *err)
{
	const struct report *r = arg;

	(void)!write(r->fd, err, sizeof(*err));
}

/* The same join as a login's, as the guest's root. */
_Noreturn static void inside(const struct vctx_plan *plan, const struct vctx_person *who,
			     uint64_t deadline, int fd)
{
	struct report report = {fd};
	struct vctx_join j = {.as_root = true, .lost = lost, .arg = &report};
	struct vctx_err err = {0};

	if (!vctx_join(&j, plan, deadline, &err))
		(void)write_account(who, &err);
	(void)!write(fd, &err, sizeof(err));
	_exit(0);
}

/* ---- the host's side ---- */

static int run_inside(const struct vctx_plan *plan, const struct vctx_person *who,
		      uint64_t deadline, struct vctx_err *err)
{
	uint64_t now = vctx_fd_now();
	int report[2], got;
	struct pollfd p;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) || (pid = fork()) < 0)
		return vctx_err_sys(err, "fork");
	if (!pid)
		inside(plan, who, deadline, report[1]);
	vctx_fd_closep(&report[1]);
	p = (struct pollfd){.fd = report[0], .events = POLLIN};
	got = poll(&p, 1, now < deadline ? (int)(deadline - now) : 0);
	if (got <= 0)
		(void)kill(pid, SIGKILL);
	if (got <= 0)
		(void)vctx_err_set(err, -ETIMEDOUT, "'%s' was not made inside in time",
				   who->user);
	else if (read(report[0], err, sizeof(*err)) != sizeof(*err))
		(void)vctx_err_set(err, -EPIPE, "what makes '%s' inside died", who->user);
	err->msg[sizeof(err->msg) - 1] = 0;
	vctx_fd_closep(&report[0]);
	(void)waitpid(pid, NULL, got <= 0 ? WNOHANG : 0);
	return err->code;
}

int vctx_add_user(const char *name, uint64_t deadline, struct vctx_err *err)
{
	cleanup_close int lock = -1;
	struct vctx_person who = {0};
	struct vctx_state st = {0};
	int r = read_person(&who, err);

	if (r)
		return r;
	/* a first login of many at once: one after the other, on the host's own lock */
	lock = vctx_store_lock_users(name, deadline, err);
	if (lock < 0)
		return lock;
	r = vctx_store_read(name, &st, err);
	if (r)
		return r;
	if (!vctx_plan_has_id(&st.plan, who.uid) || !vctx_plan_has_id(&st.plan, who.gid))
		return vctx_err_set(err, -ERANGE,
				    "ids %u:%u are not mapped in '%s': write UIDS=\"%u\" "
				    "into its file",
				    who.uid, who.gid, name,
				    who.uid / VCTX_IDS * VCTX_IDS);
	return run_inside(&st.plan, &who, deadline, err);
}
