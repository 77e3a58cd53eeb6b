/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by which a person's programs run on the host without a login: ~/.forward, units.
 */
#include "doors.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"

#define UNITS "/etc/systemd/system"
#define FORWARD_MAX (64u << 10)

/* The home is the person's: whatever lies there is read without waiting and without
 * following a link. */
static void check_forward(const struct vctx_person *who, struct vctx_findings *f)
{
	char path[600];
	cleanup_free char *text = NULL;
	cleanup_close int fd = -1;
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/.forward", who->home);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    vctx_fd_slurp(fd, FORWARD_MAX, &text, NULL))
		return;
	if (strchr(text, '|'))
		vctx_findings_at(f, VCTX_LEVEL_WARNING, path, 0, 0,
				 "mail to %s runs a program on the host", who->user);
}

static bool is_user(const char *value, const struct vctx_person *who)
{
	char uid[16];
	size_t n = strcspn(value, "\r\n");

	while (n && (value[n - 1] == ' ' || value[n - 1] == '\t'))
		n--;
	(void)snprintf(uid, sizeof(uid), "%u", (unsigned int)who->uid);
	return (n == strlen(who->user) && !memcmp(value, who->user, n)) ||
	       (n == strlen(uid) && !memcmp(value, uid, n));
}

static void check_unit(int dir, const char *where, const char *name,
		       const struct vctx_person *who, struct vctx_findings *f)
{
	char path[600], *line = NULL;
	size_t size = 0;
	unsigned int n = 0;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");

	if (!in) {
		vctx_fd_closep(&fd);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", where, name);
	while (getline(&line, &size, in) > 0) {
		const char *p = line + strspn(line, " \t");

		n++;
		if (!strncmp(p, "User", 4) && p[4 + strspn(p + 4, " \t")] == '=' &&
		    is_user(strchr(p, '=') + 1 + strspn(strchr(p, '=') + 1, " \t"), who))
			vctx_findings_at(f, VCTX_LEVEL_WARNING, path, n, 0,
					 "a unit runs as %s on the host", who->user);
	}
	free(line);
	(void)fclose(in);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && !strcmp(s + n - k, end);
}

static void check_units(const char *where, int depth, const struct vctx_person *who,
			struct vctx_findings *f)
{
	DIR *dir = opendir(where);
	struct dirent *e;
	struct stat st;
	char below[600];

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || fstatat(dirfd(dir), e->d_name, &st, 0))
			continue;
		if (S_ISREG(st.st_mode) &&
		    (ends_with(e->d_name, ".service") || ends_with(e->d_name, ".conf")))
			check_unit(dirfd(dir), where, e->d_name, who, f);
		if (S_ISDIR(st.st_mode) && !depth &&
		    snprintf(below, sizeof(below), "%s/%s", where, e->d_name) <
			    (int)sizeof(below) &&
		    ends_with(e->d_name, ".d"))
			check_units(below, 1, who, f);
	}
	if (dir)
		closedir(dir);
}

void vctx_doors_check_files(const struct vctx_person *who, struct vctx_findings *f)
{
	check_forward(who, f);
	check_units(UNITS, 0, who, f);
}
