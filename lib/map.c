/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mapping lines of /etc/security/vctx.conf: text to model and back. */
#include "map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceiling.h"
#include "ctx.h"
#include "ip.h"
#include "str.h"

/* Words that are known; those that need a later part of the system are refused by name.
 */
enum word {
	W_HOST,
	W_DENY,
	W_AUDIT,
	W_INCLUDE_ADMINS,
	W_MAY_RESCUE,
	W_ALLOW_ROOT,
	W_ALLOW_UNSAFE_CAPS,
	W_VSERVER,
	W_CONTEXT,
	W_ROOT,
	W_CAPS,
	W_IP,
	W_USER,
	W_UIDS,
	W_TEMPLATE,
	W_MAY_ENTER,
	W_PORTS,
	W_IP6,
	W_N
};

static const struct {
	const char *name;
	bool value, later;
} words[W_N] = {
	[W_HOST] = {"host", false, false},
	[W_DENY] = {"deny", false, false},
	[W_AUDIT] = {"audit", false, false},
	[W_INCLUDE_ADMINS] = {"include-admins", false, false},
	[W_MAY_RESCUE] = {"may-rescue", false, false},
	[W_ALLOW_ROOT] = {"allow-root", false, false},
	[W_ALLOW_UNSAFE_CAPS] = {"allow-unsafe-caps", false, false},
	[W_VSERVER] = {"vserver", true, false},
	[W_CONTEXT] = {"context", true, false},
	[W_ROOT] = {"root", true, false},
	[W_CAPS] = {"caps", true, false},
	[W_IP] = {"ip", true, false},
	[W_USER] = {"user", true, false},
	[W_UIDS] = {"uids", true, false},
	[W_TEMPLATE] = {"template", true, true},
	[W_MAY_ENTER] = {"may-enter", true, true},
	[W_PORTS] = {"ports", true, false},
	[W_IP6] = {"ip6", true, false},
};

void vctx_map_line_done(struct vctx_mapping *m)
{
	free(m->subject);
	free(m->vserver);
	free(m->root);
	free(m->caps);
	free(m->ip);
	free(m->ip6);
	free(m->ports);
	free(m->uids);
	free(m->why);
	memset(m, 0, sizeof(*m));
}

static int set_target(struct vctx_mapping *m, enum vctx_target t, struct vctx_err *err)
{
	if (m->target != VCTX_TARGET_BROKEN)
		return vctx_err_set(
			err, -EINVAL,
			"a second target: one of host, deny, vserver=, context=");
	m->target = t;
	return 0;
}

static int set_string(char **field, const char *name, const char *value,
		      struct vctx_err *err)
{
	if (*field)
		return vctx_err_set(err, -EINVAL, "%s= is there twice", name);
	if (!*value)
		return vctx_err_set(err, -EINVAL, "%s= is empty", name);
	*field = strdup(value);
	return *field ? 0 : vctx_err_set(err, -ENOMEM, "out of memory");
}

static int set_vserver(struct vctx_mapping *m, const char *value, struct vctx_err *err)
{
	static const struct vctx_person probe = {.user = "u", .group = "g"};
	char name[VCTX_NAME_SIZE];
	int r;

	/* without a %-letter the name has to be right as it is: it is never bent to fit
	 */
	if (!strchr(value, '%') && !vctx_ctx_name_is_valid(value))
		return vctx_err_set(err, -EINVAL,
				    "'%s' is not a vserver's name: letters, digits, '.', "
				    "'_', '-', 63 at most",
				    value);
	r = vctx_ctx_name_expand(value, &probe, name, err);
	if (!r)
		r = set_target(m, VCTX_TARGET_VSERVER, err);
	return r ? r : set_string(&m->vserver, "vserver", value, err);
}

static int set_user(struct vctx_mapping *m, const char *value, struct vctx_err *err)
{
	bool create = !strcmp(value, "create");

	if (!create && strcmp(value, "inside") != 0)
		return vctx_err_set(err, -EINVAL, "user= is inside or create, not '%s'",
				    value);
	if (m->user_said)
		return vctx_err_set(err, -EINVAL, "user= is there twice");
	m->user_said = true;
	m->user = create ? VCTX_USER_CREATE : VCTX_USER_INSIDE;
	return 0;
}

static int set_address(struct vctx_mapping *m, enum word w, const char *value,
		       struct vctx_err *err)
{
	struct vctx_iproot ip;

	if (w == W_IP)
		return vctx_ip_parse_root(value, 24, &ip, err)
			       ? err->code
			       : set_string(&m->ip, "ip", value, err);
	if (w == W_IP6)
		return vctx_ip_parse_root6(value, &ip, err)
			       ? err->code
			       : set_string(&m->ip6, "ip6", value, err);
	return vctx_ip_parse_ports(value, &ip, err)
		       ? err->code
		       : set_string(&m->ports, "ports", value, err);
}

static int set_value(struct vctx_mapping *m, enum word w, const char *value,
		     struct vctx_err *err)
{
	int r;

	switch (w) {
	case W_VSERVER:
		return set_vserver(m, value, err);
	case W_CONTEXT:
		if (vctx_str_u32(value, VCTX_XID_STATIC_MAX, &m->xid) ||
		    m->xid < VCTX_XID_STATIC_MIN)
			return vctx_err_set(
				err, -EINVAL,
				"'%s' is not a static context number, 2 to 49151", value);
		return set_target(m, VCTX_TARGET_CONTEXT, err);
	case W_ROOT:
		r = vctx_ctx_path_check(value, err);
		if (r)
			return r;
		return set_string(&m->root, "root", value, err);
	case W_CAPS:
		return set_string(&m->caps, "caps", value, err);
	case W_IP:
	case W_IP6:
	case W_PORTS:
		return set_address(m, w, value, err);
	case W_UIDS:
		r = vctx_ctx_ids_check(value, err);
		if (r)
			return r;
		return set_string(&m->uids, "uids", value, err);
	case W_USER:
		return set_user(m, value, err);
	default:
		return vctx_err_set(err, -EOPNOTSUPP, "%s= is not supported yet",
				    words[w].name);
	}
}

static int set_flag(struct vctx_mapping *m, enum word w, struct vctx_err *err)
{
	switch (w) {
	case W_HOST:
		return set_target(m, VCTX_TARGET_HOST, err);
	case W_DENY:
		return set_target(m, VCTX_TARGET_DENY, err);
	case W_AUDIT:
		m->flags |= VCTX_MAP_AUDIT;
		return 0;
	case W_INCLUDE_ADMINS:
		m->flags |= VCTX_MAP_INCLUDE_ADMINS;
		return 0;
	case W_MAY_RESCUE:
		m->flags |= VCTX_MAP_MAY_RESCUE;
		return 0;
	case W_ALLOW_ROOT:
		m->flags |= VCTX_MAP_ALLOW_ROOT;
		return 0;
	case W_ALLOW_UNSAFE_CAPS:
		m->flags |= VCTX_MAP_ALLOW_UNSAFE_CAPS;
		return 0;
	default:
		return vctx_err_set(err, -EINVAL, "%s= needs a value", words[w].name);
	}
}

static int parse_word(struct vctx_mapping *m, const char *text, struct vctx_err *err)
{
	const char *eq = strchr(text, '=');
	size_t n = eq ? (size_t)(eq - text) : strlen(text);
	unsigned int w;

	for (w = 0; w < W_N; w++)
		if (strlen(words[w].name) == n && !memcmp(words[w].name, text, n))
			break;
	if (w == W_N)
		return vctx_err_set(err, -EINVAL, "no word '%.80s'", text);
	if (words[w].later)
		return vctx_err_set(err, -EOPNOTSUPP, "%s= is not supported yet",
				    words[w].name);
	if (words[w].value && eq)
		return set_value(m, w, eq + 1, err);
	if (eq)
		return vctx_err_set(err, -EINVAL, "%s takes no value", words[w].name);
	return set_flag(m, w, err);
}

/* What only the whole line shows. */
static int check_whole(const struct vctx_mapping *m, struct vctx_err *err)
{
	bool lands = m->target == VCTX_TARGET_VSERVER || m->target == VCTX_TARGET_CONTEXT;
	uint64_t set;
	int r;

	if (m->target == VCTX_TARGET_BROKEN)
		return vctx_err_set(err, -EINVAL,
				    "no target: one of host, deny, vserver=, context=");
	if (!lands && (m->root || m->caps || m->ip || m->ip6 || m->ports || m->uids ||
		       m->user_said || (m->flags & VCTX_MAP_AUDIT) ||
		       (m->flags & (VCTX_MAP_ALLOW_ROOT | VCTX_MAP_ALLOW_UNSAFE_CAPS))))
		return vctx_err_set(err, -EINVAL, "words of a context beside %s",
				    m->target == VCTX_TARGET_HOST ? "host" : "deny");
	if (m->target == VCTX_TARGET_CONTEXT && !m->root)
		return vctx_err_set(err, -EINVAL, "context= without root=");
	if (m->target == VCTX_TARGET_CONTEXT && !m->ip && !m->ip6)
		return vctx_err_set(err, -EINVAL,
				    "context= without ip=: addresses, any (no "
				    "restriction) or none have to be said");
	if (m->caps) {
		r = vctx_ceiling_parse(m->caps, m->flags & VCTX_MAP_ALLOW_UNSAFE_CAPS,
				       &set, err);
		if (r)
			return r;
	}
	return 0;
}

static int parse_subject(struct vctx_mapping *m, const char *word, bool bare,
			 struct vctx_err *err)
{
	const char *name = word;

	/* a person who is called '*' stands in quotes */
	if (!strcmp(word, "*") && bare) {
		m->kind = VCTX_SUBJECT_ANY;
		return 0;
	}
	if (word[0] == '@') {
		m->kind = VCTX_SUBJECT_GROUP;
		name++;
	}
	if (!*name)
		return vctx_err_set(err, -EINVAL, "a subject without a name");
	if (strlen(name) >= VCTX_USER_SIZE)
		return vctx_err_set(err, -EINVAL, "a subject of more than 255 bytes");
	if (!vctx_str_is_utf8(name))
		return vctx_err_set(err, -EINVAL, "a subject that is not UTF-8");
	if (strpbrk(name, ":\n"))
		return vctx_err_set(err, -EINVAL, "a subject with ':'");
	m->subject = strdup(name);
	return m->subject ? 0 : vctx_err_set(err, -ENOMEM, "out of memory");
}

/* 1: a line, right or with *fault at the place where it is broken; 0: nothing but blanks.
 */
static int parse_line(const char *p, const char *end, struct vctx_mapping *m,
		      const char **fault, struct vctx_err *err)
{
	const char *begin;
	char *word = NULL;
	int r;

	*fault = NULL;
	memset(m, 0, sizeof(*m));
	m->kind = VCTX_SUBJECT_USER;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	begin = p;
	r = vctx_str_shell_word(&p, end, &word, err);
	if (!r)
		return 0;
	if (r > 0) {
		*fault = begin;
		r = parse_subject(m, word, p - begin == 1, err);
		free(word);
	} else {
		*fault = p;
	}
	if (r < 0) {
		m->kind = VCTX_SUBJECT_ANY;
		m->nameless = true;
		return r == -ENOMEM ? r : 1;
	}
	for (;;) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		*fault = p;
		r = vctx_str_shell_word(&p, end, &word, err);
		if (r < 0)
			*fault = p;
		if (r <= 0)
			break;
		r = parse_word(m, word, err);
		free(word);
		if (r)
			break;
	}
	if (!r)
		r = check_whole(m, err);
	if (!r)
		*fault = NULL;
	return r == -ENOMEM ? r : 1;
}

static int append(struct vctx_map *map, const struct vctx_mapping *m)
{
	struct vctx_mapping *v;

	if (!(map->n & (map->n + 1)) || !map->v) { /* grow at 0, 1, 3, 7, ... */
		v = realloc(map->v, (map->n * 2 + 1) * sizeof(*v));
		if (!v)
			return -ENOMEM;
		map->v = v;
	}
	map->v[map->n++] = *m;
	return 0;
}

static int add_line(struct vctx_map *map, struct vctx_mapping *m, const char *begin,
		    const char *fault, struct vctx_err *err)
{
	if (fault) {
		m->target = VCTX_TARGET_BROKEN;
		m->column = (unsigned int)(fault - begin) + 1;
		m->why = strdup(err->msg);
		if (!m->why)
			return -ENOMEM;
		map->n_broken++;
	}
	map->has_groups |= m->kind == VCTX_SUBJECT_GROUP;
	return append(map, m);
}

/* gcc 12's analyser takes what is stored behind a realloc for lost */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
static const char *add_file(struct vctx_map *map, const char *file)
{
	char **v = realloc(map->files, (map->n_files + 1) * sizeof(*v));

	if (!v)
		return NULL;
	map->files = v;
	v[map->n_files] = strdup(file);
	return v[map->n_files] ? v[map->n_files++] : NULL;
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

int vctx_map_parse(struct vctx_map *map, const char *file, const char *text, size_t len,
		   struct vctx_err *err)
{
	const char *p = vctx_str_skip_mark(text, len), *end = text + len, *nl, *fault;
	const char *name = add_file(map, file);
	struct vctx_mapping m;
	unsigned int line = 0;
	int r = name ? 0 : -ENOMEM;

	for (; r >= 0 && p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		line++;
		r = parse_line(p, nl, &m, &fault, err);
		if (r < 0)
			vctx_map_line_done(&m);
		if (r <= 0)
			continue;
		m.file = name;
		m.line = line;
		r = add_line(map, &m, p, fault, err);
		if (r)
			vctx_map_line_done(&m);
	}
	return r < 0 ? vctx_err_set(err, -ENOMEM, "out of memory") : 0;
}

int vctx_map_parse_line(const char *line, struct vctx_mapping *ret, struct vctx_err *err)
{
	const char *fault;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (strchr(line, '\n'))
		return vctx_err_set(err, -EINVAL, "more than one line");
	r = parse_line(line, line + strlen(line), ret, &fault, err);
	if (r > 0 && !fault)
		return 0;
	if (!r)
		(void)vctx_err_set(err, -EINVAL, "an empty line");
	vctx_map_line_done(ret);
	return err->code;
}

int vctx_map_set_unreadable(struct vctx_map *map, const char *file, const char *why)
{
	char *text;

	if (map->unreadable)
		return 0;
	if (asprintf(&text, "%s: %s", file, why) < 0)
		return -ENOMEM;
	map->unreadable = text;
	return 0;
}

void vctx_map_done(struct vctx_map *map)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		vctx_map_line_done(&map->v[i]);
	for (i = 0; i < map->n_files; i++)
		free(map->files[i]);
	free(map->v);
	free(map->files);
	free(map->unreadable);
	memset(map, 0, sizeof(*map));
}

static void put(FILE *f, const char *name, const char *value)
{
	char *q, *both = NULL;

	if (!value)
		return;
	if (asprintf(&both, "%s=%s", name, value) < 0)
		return;
	q = vctx_str_quote(both);
	fprintf(f, " %s", q ? q : both);
	free(q);
	free(both);
}

static void put_subject(FILE *f, const struct vctx_mapping *m)
{
	char *both = NULL, *q;

	if (m->kind == VCTX_SUBJECT_ANY) {
		fputc('*', f);
		return;
	}
	if (asprintf(&both, "%s%s", m->kind == VCTX_SUBJECT_GROUP ? "@" : "",
		     m->subject) < 0)
		return;
	/* a person who is called '*' is quoted, or the line would be everyone's */
	q = strcmp(both, "*") ? vctx_str_quote(both) : strdup("\"*\"");
	fprintf(f, "%s", q ? q : both);
	free(q);
	free(both);
}

char *vctx_map_print(const struct vctx_mapping *m)
{
	char *text = NULL, xid[16];
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	unsigned int i;
	static const struct {
		unsigned int bit;
		enum word w;
	} flags[] = {
		{VCTX_MAP_AUDIT, W_AUDIT},
		{VCTX_MAP_INCLUDE_ADMINS, W_INCLUDE_ADMINS},
		{VCTX_MAP_MAY_RESCUE, W_MAY_RESCUE},
		{VCTX_MAP_ALLOW_ROOT, W_ALLOW_ROOT},
		{VCTX_MAP_ALLOW_UNSAFE_CAPS, W_ALLOW_UNSAFE_CAPS},
	};

	if (!f)
		return NULL;
	put_subject(f, m);
	(void)snprintf(xid, sizeof(xid), "%u", m->xid);
	if (m->target == VCTX_TARGET_HOST || m->target == VCTX_TARGET_DENY)
		fprintf(f, " %s", m->target == VCTX_TARGET_HOST ? "host" : "deny");
	put(f, "vserver", m->vserver);
	put(f, "context", m->target == VCTX_TARGET_CONTEXT ? xid : NULL);
	put(f, "root", m->root);
	put(f, "ip", m->ip);
	put(f, "ip6", m->ip6);
	put(f, "ports", m->ports);
	put(f, "caps", m->caps);
	put(f, "uids", m->uids);
	put(f, "user", m->user == VCTX_USER_CREATE ? "create" : NULL);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (m->flags & flags[i].bit)
			fprintf(f, " %s", words[flags[i].w].name);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
