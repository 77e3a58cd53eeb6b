/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: sshd's effective configuration, as `sshd -T` tells it. */
#include "user_check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "fd.h"

#define SSHD "/usr/sbin/sshd"
#define OUTPUT_MAX (256u << 10)
#define TIME_MS 10000
#define PEOPLE_MAX 200 /* each costs a run of sshd */

static void exec_sshd(char *const argv[], int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const clean[] = {path, NULL};
	int null = open("/dev/null", O_RDONLY);

	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	(void)close_range(3, ~0u, 0);
	execve(argv[0], argv, clean);
	_exit(127);
}

/* Reads until the end, or until time is up. */
static void read_output(int fd, char *text, size_t size)
{
	uint64_t deadline = vctx_fd_now() + TIME_MS, now;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t n = 0;

	while ((now = vctx_fd_now()) < deadline && n + 1 < size) {
		ssize_t r;

		if (poll(&p, 1, (int)(deadline - now)) <= 0)
			continue;
		r = read(fd, text + n, size - n - 1);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	text[n] = 0;
}

/* 0, or -EIO with what it said last. The text is allocated either way. */
static int run(char *const argv[], char **ret, struct vctx_err *err)
{
	char *text = *ret = vctx_cli_must(malloc(OUTPUT_MAX));
	char *nl;
	size_t n;
	int fds[2], status = -1;
	pid_t pid;

	text[0] = 0;
	if (pipe2(fds, O_CLOEXEC))
		return vctx_err_sys(err, "pipe");
	pid = fork();
	if (!pid)
		exec_sshd(argv, fds[1]);
	close(fds[1]);
	if (pid > 0) {
		read_output(fds[0], text, OUTPUT_MAX);
		(void)kill(pid, SIGKILL); /* it has written all, or hangs */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	close(fds[0]);
	if (strstr(text, "\nusepam ") || !strncmp(text, "usepam ", 7))
		return 0;
	n = strlen(text);
	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		text[--n] = 0;
	nl = strrchr(text, '\n');
	return vctx_err_set(err, -EIO, "%s", nl ? nl + 1 : text);
}

/* The value of key in the output, one "key value" a line, as a copy. */
static void get(const char *text, const char *key, char *ret, size_t size)
{
	size_t k = strlen(key), len;

	ret[0] = 0;
	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len > k && !strncasecmp(text, key, k) && text[k] == ' ' &&
		    len - k - 1 < size) {
			memcpy(ret, text + k + 1, len - k - 1);
			ret[len - k - 1] = 0;
			return;
		}
	}
}

static void check_shell(struct vctx_user_machine *m, const struct vctx_user_mapped *p)
{
	const char *shell = p->who.shell[0] ? p->who.shell : "/bin/sh";
	struct stat st;

	if (!stat(shell, &st) && S_ISREG(st.st_mode) && (st.st_mode & 0111))
		return;
	vctx_findings_add(&m->f, VCTX_LEVEL_WARNING,
			  "the shell of %s, %s, is not on the host: sshd refuses before "
			  "the session (ChrootDirectory / for this person skips that)",
			  p->who.user, shell);
}

static void check_person(struct vctx_user_machine *m, const struct vctx_user_mapped *p)
{
	static char sshd[] = SSHD, t[] = "-T", c[] = "-C";
	cleanup_free char *match =
		vctx_cli_format("user=%s,host=localhost,addr=127.0.0.1", p->who.user);
	char *argv[] = {sshd, t, c, match, NULL}, value[512];
	cleanup_free char *text = NULL;
	struct vctx_err err;

	if (strchr(p->who.user, ','))
		return;
	if (run(argv, &text, &err)) {
		vctx_findings_add(&m->f, VCTX_LEVEL_WARNING, "%s -T for %s fails: %s",
				  SSHD, p->who.user, err.msg);
		return;
	}
	get(text, "chrootdirectory", value, sizeof(value));
	if (!value[0] || !strcasecmp(value, "none"))
		check_shell(m, p);
	else if (!(p->caps & UINT64_C(1) << CAP_SYS_CHROOT))
		vctx_findings_add(
			&m->f, VCTX_LEVEL_ERROR,
			"sshd has ChrootDirectory %s for %s, but the ceiling of "
			"%s lacks CAP_SYS_CHROOT",
			value, p->who.user, p->context);
}

void vctx_user_check_sshd(struct vctx_user_machine *m)
{
	static char sshd[] = SSHD, t[] = "-T";
	char *argv[] = {sshd, t, NULL}, value[16];
	cleanup_free char *text = NULL;
	struct vctx_err err;
	size_t i;

	if (access(SSHD, X_OK)) {
		vctx_findings_add(&m->f, VCTX_LEVEL_NOTE, "%s is not there", SSHD);
		return;
	}
	if (run(argv, &text, &err)) {
		vctx_findings_add(&m->f, m->root ? VCTX_LEVEL_WARNING : VCTX_LEVEL_NOTE,
				  "%s -T tells nothing: %s", SSHD, err.msg);
		return;
	}
	get(text, "usepam", value, sizeof(value));
	if (strcasecmp(value, "yes"))
		vctx_findings_add(&m->f, m->active ? VCTX_LEVEL_ERROR : VCTX_LEVEL_NOTE,
				  "sshd has UsePAM %s: mapped people land on the host",
				  value);
	for (i = 0; i < m->n_mapped && i < PEOPLE_MAX; i++)
		check_person(m, &m->mapped[i]);
	if (i < m->n_mapped)
		vctx_findings_add(&m->f, VCTX_LEVEL_NOTE,
				  "sshd was asked about %u people of %zu", PEOPLE_MAX,
				  m->n_mapped);
}
