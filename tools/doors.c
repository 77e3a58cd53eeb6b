/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person still has on the host outside every PAM session: processes, crontab, at
 * jobs, linger. */
#include "doors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli.h"
#include "fd.h"
#include "pam_stack.h"
#include "store.h"
#include "str.h"
#include "sys_cgroup.h"
#include "sys_ns.h"

#define CRONTABS "/var/spool/cron/crontabs"
#define AT_JOBS "/var/spool/cron/atjobs"
#define LINGER "/var/lib/systemd/linger"
#define TERM_MS 2000
#define KILL_ROUNDS 5

/* The part of /proc/PID/cgroup's path under which contexts are, "" where none ever ran.
 */
static void contexts_prefix(char *ret, size_t size)
{
	char top[512], mount[256];
	struct vctx_err ignored;
	size_t n;

	ret[0] = 0;
	if (vctx_store_top(top, sizeof(top), &ignored) ||
	    vctx_cgroup_mount(mount, sizeof(mount), &ignored))
		return;
	n = strlen(mount);
	if (!strncmp(top, mount, n) &&
	    snprintf(ret, size, "%s/vctx/", top + n) >= (int)size)
		ret[0] = 0;
}

static bool is_in_context(int proc, const char *pid, const char *prefix)
{
	char path[32], text[4096], *p;

	(void)snprintf(path, sizeof(path), "%.16s/cgroup", pid);
	if (!prefix[0] || vctx_fd_peek(proc, path, text, sizeof(text)) < 0)
		return false;
	p = !strncmp(text, "0::", 3) ? text : strstr(text, "\n0::");
	if (!p)
		return false;
	p += *p == '\n' ? 4 : 3;
	return !strncmp(p, prefix, strlen(prefix));
}

/* Any of real, effective, saved and filesystem id: a set-uid program of the person's is
 * the person's. */
static bool is_of(int proc, const char *pid, uid_t uid)
{
	char path[32], text[4096], *p;
	unsigned long id;
	int i;

	(void)snprintf(path, sizeof(path), "%.16s/status", pid);
	if (vctx_fd_peek(proc, path, text, sizeof(text)) < 0)
		return false;
	p = strstr(text, "\nUid:");
	if (!p)
		return false;
	for (p += 5, i = 0; i < 4; i++) {
		id = strtoul(p, &p, 10);
		if (id == uid)
			return true;
	}
	return false;
}

static void add_process(struct vctx_doors *d, int proc, pid_t pid)
{
	struct vctx_doors_process one = {.pid = pid};
	char path[32];

	if (vctx_ns_start_time(pid, &one.start))
		return; /* it has ended */
	(void)snprintf(path, sizeof(path), "%d/comm", (int)pid);
	if (vctx_fd_peek(proc, path, one.comm, sizeof(one.comm)) < 0)
		one.comm[0] = 0;
	d->process = vctx_cli_must(
		realloc(d->process, (d->n_processes + 1) * sizeof(*d->process)));
	d->process[d->n_processes++] = one;
}

static void find_processes(const struct vctx_person *who, struct vctx_doors *d)
{
	char prefix[600];
	DIR *dir = opendir("/proc");
	struct dirent *e;
	uint32_t pid;

	contexts_prefix(prefix, sizeof(prefix));
	while (dir && (e = readdir(dir)))
		if (!vctx_str_u32(e->d_name, INT32_MAX, &pid) &&
		    is_of(dirfd(dir), e->d_name, who->uid) &&
		    !is_in_context(dirfd(dir), e->d_name, prefix))
			add_process(d, dirfd(dir), (pid_t)pid);
	if (dir)
		closedir(dir);
}

static void find_at_jobs(const struct vctx_person *who, struct vctx_doors *d)
{
	DIR *dir = opendir(AT_JOBS);
	struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode) || st.st_uid != who->uid)
			continue;
		d->at_job = vctx_cli_must(
			realloc(d->at_job, (d->n_at_jobs + 1) * sizeof(*d->at_job)));
		d->at_job[d->n_at_jobs++] = vctx_cli_must(strdup(e->d_name));
	}
	if (dir)
		closedir(dir);
}

static bool has_file(const char *dir, const char *name)
{
	char path[512];

	/* a name of the name service is not a path */
	return !strchr(name, '/') && name[0] != '.' &&
	       snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

void vctx_doors_find(const struct vctx_person *who, bool processes,
		     struct vctx_doors *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (processes && who->uid) /* the host's own processes are nobody's door */
		find_processes(who, ret);
	find_at_jobs(who, ret);
	ret->linger = has_file(LINGER, who->user);
	ret->crontab =
		has_file(CRONTABS, who->user) && !vctx_pam_stack_lands_service("cron");
}

void vctx_doors_done(struct vctx_doors *d)
{
	size_t i;

	for (i = 0; i < d->n_at_jobs; i++)
		free(d->at_job[i]);
	free(d->at_job);
	free(d->process);
	memset(d, 0, sizeof(*d));
}

void vctx_doors_report(const struct vctx_doors *d, const struct vctx_person *who,
		       bool kick, enum vctx_level level, struct vctx_findings *f)
{
	if (d->n_processes && !kick)
		vctx_findings_add(f, level, "%s has %zu process%s on the host (%d %s%s)",
				  who->user, d->n_processes,
				  d->n_processes == 1 ? "" : "es", (int)d->process[0].pid,
				  d->process[0].comm, d->n_processes == 1 ? "" : ", ...");
	if (d->crontab)
		vctx_findings_add(
			f, level,
			"%s has a crontab, %s/%s, and /etc/pam.d/cron has no pam_vctx.so "
			"session line: its jobs run on the host",
			who->user, CRONTABS, who->user);
	if (d->n_at_jobs && !kick)
		vctx_findings_add(f, level, "%s has %zu at job%s in %s", who->user,
				  d->n_at_jobs, d->n_at_jobs == 1 ? "" : "s", AT_JOBS);
	if (d->linger && !kick)
		vctx_findings_add(f, level,
				  "%s lingers, %s/%s: systemd runs services as this "
				  "person on the host",
				  who->user, LINGER, who->user);
}

/* By pidfd, proven to be the process that was seen: a reused pid gets no signal. */
static void send_signal(const struct vctx_doors_process *p, int sig)
{
	struct vctx_err ignored;
	cleanup_close int fd = vctx_ns_pidfd(p->pid, p->start, &ignored);

	if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0))
		return;
	printf("%s sent to process %d (%s)\n", sig == SIGKILL ? "SIGKILL" : "SIGTERM",
	       (int)p->pid, p->comm);
}

static void signal_all(const struct vctx_doors *d, int sig)
{
	size_t i;

	for (i = 0; i < d->n_processes; i++)
		send_signal(&d->process[i], sig);
}

/* Waits until deadline for all to end; the list is then the one of those that stay. */
static void wait_all(const struct vctx_person *who, struct vctx_doors *d,
		     uint64_t deadline)
{
	do {
		vctx_fd_sleep(50);
		free(d->process);
		d->process = NULL;
		d->n_processes = 0;
		find_processes(who, d);
	} while (d->n_processes && vctx_fd_now() < deadline);
}

static int end_processes(const struct vctx_person *who, struct vctx_err *err)
{
	struct vctx_doors d = {0};
	int i;
	size_t left;

	find_processes(who, &d);
	if (d.n_processes) {
		signal_all(&d, SIGTERM);
		wait_all(who, &d, vctx_fd_now() + TERM_MS);
	}
	for (i = 0; d.n_processes && i < KILL_ROUNDS; i++) { /* they may fork meanwhile */
		signal_all(&d, SIGKILL);
		wait_all(who, &d, vctx_fd_now() + 500);
	}
	left = d.n_processes;
	vctx_doors_done(&d);
	return left ? vctx_err_set(err, -EBUSY, "%zu process%s of %s cannot be ended",
				   left, left == 1 ? "" : "es", who->user)
		    : 0;
}

static int remove_at_jobs(const struct vctx_person *who, struct vctx_err *err)
{
	cleanup_close int dir = open(AT_JOBS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct vctx_doors d = {0};
	size_t i;
	int r = 0;

	find_at_jobs(who, &d);
	for (i = 0; !r && i < d.n_at_jobs; i++) {
		if (unlinkat(dir, d.at_job[i], 0))
			r = vctx_err_sys(err, "%s/%s", AT_JOBS, d.at_job[i]);
		else
			printf("at job %s removed\n", d.at_job[i]);
	}
	vctx_doors_done(&d);
	return r;
}

int vctx_doors_close(const struct vctx_person *who, struct vctx_err *err)
{
	char path[512];
	int r;

	if (!who->uid)
		return vctx_err_set(err, -EPERM,
				    "--kick would end the host's own processes: not for "
				    "uid 0");
	r = remove_at_jobs(who, err);
	/* before the processes end: their user manager would come back */
	if (!r && has_file(LINGER, who->user)) {
		(void)snprintf(path, sizeof(path), "%s/%s", LINGER, who->user);
		if (unlink(path))
			return vctx_err_sys(err, "%s", path);
		printf("linger of %s removed\n", who->user);
	}
	return r ? r : end_processes(who, err);
}
