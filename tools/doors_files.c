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

struct search {
	bool (*is_mapped)(const char *user, void *arg);
	void *arg;
	struct vctx_findings *f;
};

/* The home is the person's: whatever lies there is read without waiting and without
 * following a link. */
void vctx_doors_check_forward(const struct vctx_person *who, struct vctx_findings *f)
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

/* What stands behind "User=" of a unit's line, in place, or NULL. */
static char *unit_user(char *line)
{
	char *p = line + strspn(line, " \t"), *end;

	if (strncmp(p, "User", 4))
		return NULL;
	p += 4 + strspn(p + 4, " \t");
	if (*p != '=')
		return NULL;
	p += 1 + strspn(p + 1, " \t");
	end = p + strlen(p);
	while (end > p && strchr(" \t\r\n", end[-1]))
		end--;
	*end = 0;
	return p;
}

static void check_unit(int dir, const char *where, const char *name,
		       const struct search *s)
{
	char path[600], *line = NULL, *user;
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
		n++;
		user = unit_user(line);
		if (user && s->is_mapped(user, s->arg))
			vctx_findings_at(s->f, VCTX_LEVEL_WARNING, path, n, 0,
					 "a unit runs as %s on the host", user);
	}
	free(line);
	(void)fclose(in);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && !strcmp(s + n - k, end);
}

static void check_units(const char *where, int depth, const struct search *s)
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
			check_unit(dirfd(dir), where, e->d_name, s);
		if (S_ISDIR(st.st_mode) && !depth &&
		    snprintf(below, sizeof(below), "%s/%s", where, e->d_name) <
			    (int)sizeof(below) &&
		    ends_with(e->d_name, ".d"))
			check_units(below, 1, s);
	}
	if (dir)
		closedir(dir);
}

void vctx_doors_check_units(bool (*is_mapped)(const char *user, void *arg), void *arg,
			    struct vctx_findings *f)
{
	struct search s = {.is_mapped = is_mapped, .arg = arg, .f = f};

	check_units(UNITS, 0, &s);
}
