/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times pam_open_session of several PAM stacks and the raw system calls of a join, in
 * turn, each in a fresh child; prints medians and ratios. Run by bench/run in a view. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <security/pam_appl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "seccomp_filters.h"

#define RUNS_MAX 1000

struct subject {
	const char *name;
	const char *service; /* a file of the PAM directory; NULL: the floor */
	int account;         /* pam_acct_mgmt has been called before */
	double us[RUNS_MAX];
};

static struct subject subjects[] = {
	{.name = "raw system calls"},
	{.name = "pam_vctx", .service = "bench-vctx", .account = 1},
	{.name = "pam_vctx alone", .service = "bench-vctx"},
	{.name = "pam_permit", .service = "bench-permit", .account = 1},
	{.name = "pam_namespace", .service = "bench-namespace", .account = 1},
};

#define N_SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static const char *user, *confdir, *cgroup;
static pid_t keeper;

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int no_talk(int n, const struct pam_message **msg, struct pam_response **resp,
		   void *arg)
{
	(void)arg;
	(void)n;
	(void)msg;
	*resp = NULL;
	return PAM_CONV_ERR;
}

static double time_pam(const char *service, int account)
{
	const struct pam_conv conv = {no_talk, NULL};
	pam_handle_t *pamh;
	double t;

	if (pam_start_confdir(service, user, &conv, confdir, &pamh) != PAM_SUCCESS)
		return -1;
	/* as in a login: account comes first, and has loaded the modules; or only that */
	if (account ? pam_acct_mgmt(pamh, PAM_SILENT) != PAM_SUCCESS
		    : pam_setcred(pamh, PAM_SILENT | PAM_ESTABLISH_CRED) == PAM_SUCCESS)
		return -1;
	t = now_us();
	if (pam_open_session(pamh, PAM_SILENT) != PAM_SUCCESS)
		return -1;
	return now_us() - t;
}

/* What nobody can do without: the calls of DESIGN's join and nothing around them. */
static double time_floor(void)
{
	struct sock_fprog prog = {sizeof(filter_any) / sizeof(filter_any[0]),
				  (struct sock_filter *)(uintptr_t)filter_any};
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2] = {{0}};
	const uint64_t keep = UINT64_C(0xb00405fb);
	gid_t gid = 1001;
	char buf[1024];
	struct passwd pw, *p;
	int pidfd, procs, bad = 0;
	double t = now_us();

	pidfd = (int)syscall(SYS_pidfd_open, keeper, 0);
	procs = open(cgroup, O_WRONLY | O_CLOEXEC);
	bad |= __nss_configure_lookup("passwd", "files") |
	       __nss_configure_lookup("group", "files") |
	       __nss_configure_lookup("shadow", "files") |
	       __nss_configure_lookup("initgroups", "files") |
	       __nss_configure_lookup("hosts", "files dns");
	(void)getpwuid_r(0, &pw, buf, sizeof(buf), &p);
	bad |= prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	bad |= write(procs, "0", 1) != 1;
	bad |= setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
				    CLONE_NEWUTS | CLONE_NEWCGROUP);
	bad |= setgroups(1, &gid) | setresgid(0, 0, 0) | setresuid(0, 0, 0) |
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	bad |= chdir("/");
	(void)syscall(SYS_keyctl, 1, NULL);
	bad |= (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	for (int c = 0; c < 64; c++)
		if (!(keep >> c & 1) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0))
			break;
	bad |= prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	d[0].permitted = d[0].effective = (uint32_t)keep;
	bad |= (int)syscall(SYS_capset, &h, d);
	close(pidfd);
	close(procs);
	return bad ? -1 : now_us() - t;
}

static double measure(const struct subject *s)
{
	double us = -1;
	int p[2];
	pid_t pid;

	if (pipe(p) || (pid = fork()) < 0)
		return -1;
	if (!pid) {
		us = s->service ? time_pam(s->service, s->account) : time_floor();
		(void)!write(p[1], &us, sizeof(us));
		_exit(0);
	}
	close(p[1]);
	if (read(p[0], &us, sizeof(us)) != sizeof(us))
		us = -1;
	close(p[0]);
	(void)waitpid(pid, NULL, 0);
	return us;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	int runs, idle_ms;

	if (argc != 7) {
		fprintf(stderr, "Usage: open_session RUNS IDLE-MS USER PAMDIR KEEPER "
				"CGROUP.PROCS\n");
		return 2;
	}
	runs = atoi(argv[1]) < RUNS_MAX ? atoi(argv[1]) : RUNS_MAX;
	idle_ms = atoi(argv[2]);
	user = argv[3];
	confdir = argv[4];
	keeper = (pid_t)atoi(argv[5]);
	cgroup = argv[6];
	for (int i = -2; i < runs; i++)
		for (size_t k = 0; k < N_SUBJECTS; k++) {
			if (idle_ms)
				usleep((useconds_t)idle_ms * 1000);
			subjects[k].us[i < 0 ? 0 : i] = measure(&subjects[k]);
		}
	printf("%-18s %10s %10s %10s %8s\n", "", "min us", "median us", "max us",
	       "x floor");
	for (size_t k = 0; k < N_SUBJECTS; k++) {
		double *v = subjects[k].us;

		qsort(v, (size_t)runs, sizeof(*v), by_value);
		if (v[0] < 0) {
			printf("%-18s failed\n", subjects[k].name);
			continue;
		}
		printf("%-18s %10.0f %10.0f %10.0f %8.2f\n", subjects[k].name, v[0],
		       v[runs / 2], v[runs - 1], v[runs / 2] / subjects[0].us[runs / 2]);
	}
	return 0;
}
