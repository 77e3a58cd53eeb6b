/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service's PAM file with what it includes, as a flat list. pam.conf(5). */
#include "pam_stack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "str.h"

#define PAM_DIR VCTX_SYSCONFDIR "/pam.d"
#define DEPTH_MAX 16
#define LINES_MAX 4096
#define MODULE "pam_vctx.so"

static int read_file(const char *name, const char *type, int depth,
		     struct vctx_pam_stack *s, struct vctx_err *err);

/* The next field of *p: a word, or [words]. false: there is none, or it is too long. */
static bool field(const char **p, char *buf, size_t size)
{
	size_t n;

	*p += strspn(*p, " \t\n");
	n = **p == '[' ? strcspn(*p, "]") + 1 : strcspn(*p, " \t\n");
	if (!n || n >= size || n > strlen(*p))
		return false;
	memcpy(buf, *p, n);
	buf[n] = 0;
	*p += n;
	return true;
}

static void append(struct vctx_pam_stack *s, const struct vctx_pam_line *l)
{
	s->v = vctx_cli_must(realloc(s->v, (s->n + 1) * sizeof(*s->v)));
	s->v[s->n++] = *l;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int read_line(const char *p, const char *file, unsigned int line, const char *type,
		     int depth, struct vctx_pam_stack *s, struct vctx_err *err)
{
	struct vctx_pam_line l = {.line = line};
	char module[256];

	if (!field(&p, l.type, sizeof(l.type)))
		return 0;
	if (!strcmp(l.type, "@include"))
		return field(&p, module, sizeof(module))
			       ? read_file(module, type, depth + 1, s, err)
			       : 0;
	if (l.type[0] == '-')
		memmove(l.type, l.type + 1, strlen(l.type));
	if (!field(&p, l.control, sizeof(l.control)) ||
	    !field(&p, module, sizeof(module)))
		return vctx_err_set(err, -EINVAL, "%s:%u cannot be read", file, line);
	if (type && strcasecmp(type, l.type))
		return 0;
	if (!strcmp(l.control, "include") || !strcmp(l.control, "substack"))
		return read_file(module, l.type, depth + 1, s, err);
	(void)snprintf(l.module, sizeof(l.module), "%.127s", base_name(module));
	(void)snprintf(l.args, sizeof(l.args), "%.*s",
		       (int)strcspn(p + strspn(p, " \t"), "\n"), p + strspn(p, " \t"));
	(void)snprintf(l.file, sizeof(l.file), "%.127s", file);
	if (s->n >= LINES_MAX)
		return vctx_err_set(err, -E2BIG, "%s: too many lines", file);
	append(s, &l);
	return 0;
}

/* Takes a comment off and joins a line that ends in a backslash with the next one. */
static int read_lines(FILE *f, const char *file, const char *type, int depth,
		      struct vctx_pam_stack *s, struct vctx_err *err)
{
	char *line = NULL, whole[4096];
	size_t size = 0, n = 0, len;
	unsigned int number = 0, first = 1;
	int r = 0;

	whole[0] = 0;
	while (!r && getline(&line, &size, f) >= 0) {
		number++;
		if (!n)
			first = number;
		len = strcspn(line, "#\n");
		if (n + len + 1 >= sizeof(whole)) {
			r = vctx_err_set(err, -E2BIG, "%s:%u is too long", file, number);
			break;
		}
		memcpy(whole + n, line, len);
		n += len;
		whole[n] = 0;
		if (line[len] != '#' && n && whole[n - 1] == '\\') {
			whole[n - 1] = ' ';
			continue;
		}
		r = read_line(whole, file, first, type, depth, s, err);
		n = 0;
		whole[0] = 0;
	}
	free(line);
	return r;
}

static int read_file(const char *name, const char *type, int depth,
		     struct vctx_pam_stack *s, struct vctx_err *err)
{
	char path[512];
	FILE *f;
	int r;

	if (depth > DEPTH_MAX)
		return vctx_err_set(err, -ELOOP, "%s: included too deep", name);
	(void)snprintf(path, sizeof(path), "%s%.200s", name[0] == '/' ? "" : PAM_DIR "/",
		       name);
	f = fopen(path, "re");
	if (!f)
		return vctx_err_sys(err, "%s", path);
	r = read_lines(f, path, type, depth, s, err);
	(void)fclose(f);
	return r;
}

int vctx_pam_stack_read(const char *service, struct vctx_pam_stack *ret,
			struct vctx_err *err)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	r = read_file(service, NULL, 0, ret, err);
	if (r)
		vctx_pam_stack_done(ret);
	return r;
}

void vctx_pam_stack_done(struct vctx_pam_stack *s)
{
	free(s->v);
	memset(s, 0, sizeof(*s));
}

bool vctx_pam_stack_is_gate(const struct vctx_pam_line *l)
{
	return !strcmp(l->module, MODULE) && vctx_str_in_list(l->args, "gate");
}

const struct vctx_pam_line *vctx_pam_stack_ours(const struct vctx_pam_stack *s,
						const char *type)
{
	const struct vctx_pam_line *found = NULL;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].module, MODULE) && !strcasecmp(s->v[i].type, type) &&
		    !vctx_pam_stack_is_gate(&s->v[i]))
			found = &s->v[i];
	return found;
}

bool vctx_pam_stack_lands_service(const char *service)
{
	struct vctx_pam_stack s;
	struct vctx_err ignored;
	bool lands;

	if (vctx_pam_stack_read(service, &s, &ignored))
		return false;
	lands = vctx_pam_stack_ours(&s, "session");
	vctx_pam_stack_done(&s);
	return lands;
}
