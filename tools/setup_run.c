/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rest of the host says: sshd's effective settings, libpam's own reading. */
#include "setup_run.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "fd.h"
#include "sys_spawn.h"

#define SSHD "/usr/sbin/sshd"
#define PROBE_SERVICE "vctx-setup"

/* Runs argv and takes what it prints on stdout; stderr goes nowhere. Its wait status. */
static int capture(char *const argv[], char **ret, struct vctx_err *err)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = {path, NULL};
	posix_spawn_file_actions_t acts;
	int out[2], status = -1, r;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return vctx_err_sys(err, "pipe");
	r = posix_spawn_file_actions_init(&acts);
	if (!r)
		r = posix_spawn_file_actions_addopen(&acts, 0, "/dev/null", O_RDONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&acts, out[1], 1);
	if (!r)
		r = posix_spawn_file_actions_addopen(&acts, 2, "/dev/null", O_WRONLY, 0);
	if (!r)
		r = posix_spawn(&pid, argv[0], &acts, NULL, argv, env);
	(void)posix_spawn_file_actions_destroy(&acts);
	vctx_fd_closep(&out[1]);
	if (!r) {
		r = -vctx_fd_slurp(out[0], 1u << 20, ret, NULL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	vctx_fd_closep(&out[0]);
	errno = r;
	return r ? vctx_err_sys(err, "%s", argv[0]) : status;
}

int setup_run_use_pam(struct vctx_err *err)
{
	char program[] = SSHD, test[] = "-T";
	char *const argv[] = {program, test, NULL};
	cleanup_free char *text = NULL;
	int status;

	if (access(SSHD, X_OK))
		return vctx_err_set(err, -ENOENT, "no sshd");
	status = capture(argv, &text, err);
	if (status < 0)
		return status;
	if (status || !text)
		return vctx_err_set(err, -EIO, "sshd -T fails: its settings are unknown");
	return strstr(text, "usepam yes\n") != NULL;
}

static int no_talk(int n, const struct pam_message **msg, struct pam_response **ret,
		   void *arg)
{
	(void)n;
	(void)msg;
	(void)ret;
	(void)arg;
	return PAM_CONV_ERR;
}

/* The gate answers for everybody and changes nothing; guard is there to see that the
 * module knows the word. */
static int write_probe(const char *dir, struct vctx_err *err)
{
	static const char text[] =
		"session [success=ok ignore=ignore default=die] pam_vctx.so gate guard\n"
		"session required pam_permit.so\n";
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno
		       : vctx_fd_replace(fd, PROBE_SERVICE, text, sizeof(text) - 1, 0600);

	errno = -r;
	return r ? vctx_err_sys(err, "%s", dir) : 0;
}

static int ask_libpam(const char *dir, struct vctx_err *err)
{
	const struct pam_conv conv = {no_talk, NULL};
	pam_handle_t *pamh = NULL;
	int r = pam_start_confdir(PROBE_SERVICE, "root", &conv, dir, &pamh);

	if (r == PAM_SUCCESS)
		r = pam_open_session(pamh, PAM_SILENT);
	if (pamh)
		(void)pam_end(pamh, r);
	if (r == PAM_SUCCESS)
		return 0;
	return vctx_err_set(err, -ENOEXEC,
			    "libpam cannot use pam_vctx.so (%s): nothing is changed; is "
			    "it where PAM looks for modules (the log says)?",
			    pam_strerror(NULL, r));
}

int setup_run_probe_module(struct vctx_err *err)
{
	char dir[] = "/run/vctx-setup.XXXXXX", file[64];
	int r;

	if (!mkdtemp(dir))
		return vctx_err_sys(err, "%s", dir);
	r = write_probe(dir, err);
	if (!r)
		r = ask_libpam(dir, err);
	(void)snprintf(file, sizeof(file), "%s/%s", dir, PROBE_SERVICE);
	(void)unlink(file);
	(void)rmdir(dir);
	return r;
}

bool setup_run_has_systemd(void)
{
	struct stat st;

	return !stat("/run/systemd/system", &st) && S_ISDIR(st.st_mode);
}

/* One of two fixed places: never a search in a PATH that someone else set. */
static int run_fixed(const char *usr, const char *rest[], struct vctx_err *err)
{
	rest[0] = access(usr, X_OK) ? usr + 4 : usr; /* "/usr/bin/x" or "/bin/x" */
	return vctx_spawn(rest, "", vctx_fd_now() + 60000, err);
}

int setup_run_enable_unit(struct vctx_err *err)
{
	const char *argv[] = {NULL, "enable", "--now", "vctx.service", NULL};

	return run_fixed("/usr/bin/systemctl", argv, err)
		       ? vctx_err_wrap(err, "vctx.service does not start")
		       : 0;
}

bool setup_run_has_favordynmods(const char *mount)
{
	char line[1024], place[300];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	bool has = false;

	(void)snprintf(place, sizeof(place), " %s ", mount);
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, place) && strstr(line, " - cgroup2 "))
			has = strstr(line, "favordynmods") != NULL;
	if (f)
		(void)fclose(f);
	return has;
}

int setup_run_favordynmods(const char *mount, struct vctx_err *err)
{
	const char *argv[] = {NULL, "-o", "remount,favordynmods", mount, NULL};

	return run_fixed("/usr/bin/mount", argv, err);
}
