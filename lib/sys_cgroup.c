/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgroup v2: TOP/host for shepherds, TOP/vctx/<n>/{keeper,guest,entry} for contexts. */
#include "sys_cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "str.h"

static const char *const leaves[] = {"keeper", "guest", "entry"};

int vctx_cgroup_mount(char *ret, size_t size, struct vctx_err *err)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *type, *p;
	size_t n = 0;
	int i, r = -ENOENT;

	if (!f)
		return vctx_err_sys(err, "/proc/self/mountinfo");
	while (r == -ENOENT && getline(&line, &n, f) > 0) {
		type = strstr(line, " - cgroup2 ");
		if (!type)
			continue;
		*type = 0;
		for (p = line, i = 0; p && i < 4; i++) /* "36 35 98:0 /root /mount ..." */
			p = strchr(p + 1, ' ');
		if (!p)
			continue;
		p[1 + strcspn(p + 1, " ")] = 0;
		r = vctx_str_copy(ret, size, p + 1);
	}
	free(line);
	(void)fclose(f);
	return r ? vctx_err_set(err, r, "no cgroup2 filesystem is mounted") : 0;
}

int vctx_cgroup_self(char *ret, size_t size, struct vctx_err *err)
{
	char text[4096], mount[256], *p;
	int r = vctx_cgroup_mount(mount, sizeof(mount), err);

	if (r)
		return r;
	if (vctx_fd_peek(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) < 0)
		return vctx_err_sys(err, "/proc/self/cgroup");
	p = !strncmp(text, "0::", 3) ? text + 3
	    : strstr(text, "\n0::")  ? strstr(text, "\n0::") + 4
				     : NULL;
	if (!p)
		return vctx_err_set(err, -ENOENT, "this process is in no cgroup2");
	p[strcspn(p, "\n")] = 0;
	if (snprintf(ret, size, "%s%s", mount, strcmp(p, "/") ? p : "") >= (int)size)
		return vctx_err_set(err, -ENAMETOOLONG, "the cgroup's path is too long");
	return 0;
}

static int make(const char *path, struct vctx_err *err)
{
	return mkdir(path, 0755) && errno != EEXIST
		       ? vctx_err_sys(err, "cgroup %s cannot be made", path)
		       : 0;
}

/* Hands every wanted controller that path has down to its children. One that is refused
 * stays away: a limit that needs it says so. */
static void delegate(const char *path)
{
	static const char *const wanted[] = {"memory", "pids", "cpu", "io"};
	char file[600], have[256], knob[16];
	size_t i;

	(void)snprintf(file, sizeof(file), "%s/cgroup.controllers", path);
	if (vctx_fd_peek(AT_FDCWD, file, have, sizeof(have)) < 0)
		return;
	(void)snprintf(file, sizeof(file), "%s/cgroup.subtree_control", path);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		(void)snprintf(knob, sizeof(knob), "+%s", wanted[i]);
		if (vctx_str_in_list(have, wanted[i]))
			(void)!vctx_fd_poke(AT_FDCWD, file, knob);
	}
}

int vctx_cgroup_init(const char *top, struct vctx_err *err)
{
	char path[600];
	int r = make(top, err);

	(void)snprintf(path, sizeof(path), "%s/host", top);
	if (!r)
		r = make(path, err);
	(void)snprintf(path, sizeof(path), "%s/vctx", top);
	if (!r)
		r = make(path, err);
	if (r)
		return r;
	delegate(top);
	delegate(path);
	return 0;
}

static int set_limit(const char *path, const char *knob, const char *value,
		     struct vctx_err *err)
{
	char file[640];
	int r;

	(void)snprintf(file, sizeof(file), "%s/guest/%s", path, knob);
	r = vctx_fd_poke(AT_FDCWD, file, value);
	if (r == -ENOENT)
		return vctx_err_set(err, -EOPNOTSUPP,
				    "%s=%s cannot take effect: the controller is not in "
				    "the cgroup2 tree (%s)",
				    knob, value, path);
	errno = -r;
	return r ? vctx_err_sys(err, "%s=%s", file, value) : 0;
}

static int set_limits(const char *path, const struct vctx_plan *plan,
		      struct vctx_err *err)
{
	char cpu[48];
	int r = 0;

	if (plan->pids_max[0])
		r = set_limit(path, "pids.max", plan->pids_max, err);
	if (!r && plan->memory_max[0])
		r = set_limit(path, "memory.max", plan->memory_max, err);
	if (!r && plan->cpu_max[0]) {
		/* percent of one processor to microseconds in 100,000 */
		if (!strcmp(plan->cpu_max, "max"))
			(void)snprintf(cpu, sizeof(cpu), "max 100000");
		else
			(void)snprintf(cpu, sizeof(cpu), "%lu 100000",
				       strtoul(plan->cpu_max, NULL, 10) * 1000);
		r = set_limit(path, "cpu.max", cpu, err);
	}
	if (!r && plan->io_weight[0])
		r = set_limit(path, "io.weight", plan->io_weight, err);
	return r;
}

int vctx_cgroup_make(const char *path, const struct vctx_plan *plan, struct vctx_err *err)
{
	char leaf[600];
	size_t i;
	int r = make(path, err);

	if (!r)
		delegate(path);
	for (i = 0; !r && i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		(void)snprintf(leaf, sizeof(leaf), "%s/%s", path, leaves[i]);
		r = make(leaf, err);
	}
	return r ? r : set_limits(path, plan, err);
}

int vctx_cgroup_enter(const char *path, const char *leaf, pid_t pid, struct vctx_err *err)
{
	char file[640], text[16];
	int r;

	(void)snprintf(file, sizeof(file), "%s/%s/cgroup.procs", path, leaf);
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	r = vctx_fd_poke(AT_FDCWD, file, text);
	errno = -r;
	return r ? vctx_err_sys(err, "%s", file) : 0;
}

int vctx_cgroup_populated(const char *path, const char *leaf)
{
	char file[640], text[256];
	ssize_t n;

	(void)snprintf(file, sizeof(file), "%s/%s/cgroup.events", path, leaf);
	n = vctx_fd_peek(AT_FDCWD, file, text, sizeof(text));
	if (n < 0)
		return (int)n;
	return strstr(text, "populated 1") != NULL;
}

int vctx_cgroup_kill(const char *path, uint64_t deadline, struct vctx_err *err)
{
	char file[640];
	int r;

	(void)snprintf(file, sizeof(file), "%s/cgroup.kill", path);
	for (;;) {
		r = vctx_fd_poke(AT_FDCWD, file, "1");
		if (r == -ENOENT)
			return 0;
		errno = -r;
		if (r)
			return vctx_err_sys(err, "%s", file);
		if (vctx_cgroup_populated(path, ".") <= 0)
			return 0;
		if (vctx_fd_now() >= deadline)
			return vctx_err_set(err, -ETIMEDOUT, "%s: processes do not end",
					    path);
		vctx_fd_sleep(2);
	}
}

int vctx_cgroup_remove(const char *path, struct vctx_err *err)
{
	struct dirent *d;
	DIR *dir = opendir(path);
	char sub[640];
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : vctx_err_sys(err, "%s", path);
	while (!r && (d = readdir(dir))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		if (snprintf(sub, sizeof(sub), "%s/%s", path, d->d_name) <
		    (int)sizeof(sub))
			r = vctx_cgroup_remove(sub, err);
	}
	closedir(dir);
	/* a process that was killed may still be on its way out */
	for (int tries = 0; !r && rmdir(path) && errno != ENOENT; tries++) {
		if (errno != EBUSY || tries == 500)
			return vctx_err_sys(err, "cgroup %s cannot be removed", path);
		vctx_fd_sleep(2);
	}
	return r;
}
