/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a file of /etc/pam.d: its lines, and our own ones between marks. */
#include "setup_pam.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "str.h"

#define BEGIN "# vctx begin\n"
#define END "# vctx end"
#define KEPT "#vctx " /* before a line that ours stand for */
#define ACCOUNT "account\trequired\tpam_vctx.so"
#define SESSION "session\trequisite\tpam_vctx.so"
#define GATE "session\t[success=1 default=ignore]\tpam_vctx.so gate"
#define SUBSTACK "session\tsubstack\t"

#define LOGICAL_MAX 2048

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl ? nl + 1 : end;
}

/* The part of [p, end) that libpam looks at: no comment, no blanks around it. *cut: there
 * was a comment. */
static void trim(const char **p, const char **end, bool *cut)
{
	const char *hash = memchr(*p, '#', (size_t)(*end - *p));

	*cut = hash;
	if (*end > *p && (*end)[-1] == '\n')
		--*end;
	if (hash)
		*end = hash;
	while (*p < *end && is_blank(**p))
		++*p;
	while (*end > *p && is_blank((*end)[-1]))
		--*end;
}

/* Joins the lines of one logical line into buf. Where a comment and a backslash meet,
 * versions of libpam differ: such a file is not touched. */
static int assemble(struct setup_reader *r, char buf[LOGICAL_MAX], struct vctx_err *err)
{
	bool more = true, joined = false, cut;
	size_t n = 0;

	buf[0] = 0;
	while (more) {
		const char *p = r->p, *next = line_end(r->p, r->end), *end = next;

		r->number++;
		trim(&p, &end, &cut);
		if (joined && p == end)
			return vctx_err_set(err, -EINVAL,
					    "line %u continues the one before and is "
					    "empty: join them by hand",
					    r->number);
		more = end > p && end[-1] == '\\';
		if ((more && cut) ||
		    (cut && next - r->p > 1 && next[-1] == '\n' && next[-2] == '\\') ||
		    (more && next == r->end))
			return vctx_err_set(err, -EINVAL,
					    "line %u: a backslash that may continue it "
					    "or not: take it out",
					    r->number);
		if (more)
			end--;
		if (n + (size_t)(end - p) + 2 > LOGICAL_MAX)
			return vctx_err_set(err, -EINVAL, "line %u is too long",
					    r->number);
		memcpy(buf + n, p, (size_t)(end - p));
		n += (size_t)(end - p);
		if (more)
			buf[n++] = ' ';
		joined = more;
		r->p = next;
	}
	buf[n] = 0;
	return 0;
}

/* The next word of *p; one that begins with '[' goes to its ']'. */
static void take_word(const char **p, char *ret, size_t size)
{
	size_t n = 0;
	char stop = 0;

	while (is_blank(**p))
		++*p;
	if (**p == '[')
		stop = ']';
	while (**p && (stop || !is_blank(**p))) {
		if (n + 1 < size)
			ret[n++] = **p;
		if (stop && **p == '\\' && (*p)[1]) {
			++*p;
		} else if (stop && **p == ']') {
			++*p;
			break;
		}
		++*p;
	}
	ret[n] = 0;
}

static enum setup_type type_of(const char *word)
{
	static const struct {
		const char *name;
		enum setup_type type;
	} types[] = {
		{"auth", SETUP_AUTH},
		{"account", SETUP_ACCOUNT},
		{"password", SETUP_PASSWORD},
		{"session", SETUP_SESSION},
	};
	size_t i;

	if (!strcmp(word, "@include"))
		return SETUP_INCLUDE;
	if (*word == '-')
		word++;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcasecmp(word, types[i].name))
			return types[i].type;
	return SETUP_NONE;
}

int setup_pam_next(struct setup_reader *r, struct setup_line *l, struct vctx_err *err)
{
	char buf[LOGICAL_MAX], word[256];
	const char *p = buf, *slash;
	int rc;

	memset(l, 0, sizeof(*l));
	if (r->p >= r->end)
		return 0;
	l->begin = r->p;
	l->number = r->number + 1;
	rc = assemble(r, buf, err);
	if (rc)
		return rc;
	l->end = r->p;
	take_word(&p, word, sizeof(word));
	l->type = type_of(word);
	if (l->type == SETUP_NONE)
		return 1;
	if (l->type != SETUP_INCLUDE)
		take_word(&p, l->control, sizeof(l->control));
	take_word(&p, word, sizeof(word));
	slash = strrchr(word, '/');
	(void)snprintf(l->name, sizeof(l->name), "%s", slash ? slash + 1 : word);
	while (is_blank(*p))
		p++;
	(void)snprintf(l->args, sizeof(l->args), "%.*s", (int)sizeof(l->args) - 1, p);
	return 1;
}

bool setup_pam_is_common_session(const char *name)
{
	return !strcmp(name, "common-session") ||
	       !strcmp(name, "common-session-noninteractive");
}

bool setup_pam_is_for_host(const char *module)
{
	/* a session and a user manager of the host, and a home on it */
	return vctx_str_in_list("pam_systemd.so pam_elogind.so pam_systemd_home.so "
				"pam_mkhomedir.so pam_oddjob_mkhomedir.so",
				module);
}

/* ---- taking out ---- */

struct out {
	char *v;
	size_t n, cap;
	bool failed;
};

static void put(struct out *o, const char *s, size_t n)
{
	char *bigger;

	if (o->failed)
		return;
	if (!o->v || o->n + n + 1 > o->cap) {
		o->cap = (o->n + n + 1) * 2;
		bigger = realloc(o->v, o->cap);
		if (!bigger) {
			o->failed = true;
			return;
		}
		o->v = bigger;
	}
	memcpy(o->v + o->n, s, n);
	o->n += n;
	o->v[o->n] = 0;
}

static void puts_to(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

static int finish(struct out *o, int r, char **ret, size_t *ret_len, struct vctx_err *err)
{
	put(o, "", 0);
	if (!r && o->failed)
		r = vctx_err_set(err, -ENOMEM, "out of memory");
	if (r) {
		free(o->v);
		return r;
	}
	*ret = o->v;
	*ret_len = o->n;
	return 0;
}

static bool is_line(const char *p, const char *end, const char *line)
{
	size_t n = strlen(line);

	return (size_t)(end - p) == n && !memcmp(p, line, n);
}

static bool is_ours(const char *p, const char *end)
{
	static const char *const lines[] = {ACCOUNT, ACCOUNT " guard", SESSION,
					    SESSION " guard", GATE};
	size_t i, n = sizeof(SUBSTACK) - 1;
	char name[64];

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (is_line(p, end, lines[i]))
			return true;
	if ((size_t)(end - p) <= n || memcmp(p, SUBSTACK, n) ||
	    (size_t)(end - p) - n >= sizeof(name))
		return false;
	memcpy(name, p + n, (size_t)(end - p) - n);
	name[(size_t)(end - p) - n] = 0;
	return setup_pam_is_common_session(name);
}

/* One line between the marks. */
static int strip_inner(struct out *o, const char *p, const char *end, unsigned int number,
		       struct vctx_err *err)
{
	const char *stop = end > p && end[-1] == '\n' ? end - 1 : end;
	const size_t n = sizeof(KEPT) - 1;

	if ((size_t)(end - p) >= n && !memcmp(p, KEPT, n))
		put(o, p + n, (size_t)(end - p) - n);
	else if (!is_ours(p, stop))
		return vctx_err_set(err, -EINVAL,
				    "line %u stands between the marks and is not ours: "
				    "move it out of them",
				    number);
	return 0;
}

int setup_pam_strip(const char *text, size_t len, char **ret, size_t *ret_len,
		    struct vctx_err *err)
{
	const char *p = text, *end = text + len, *next, *stop;
	unsigned int number = 0, opened = 0;
	struct out o = {0};
	int r = 0;

	for (; !r && p < end; p = next) {
		next = line_end(p, end);
		stop = next[-1] == '\n' ? next - 1 : next;
		number++;
		if (is_line(p, next, BEGIN)) {
			if (opened)
				break;
			opened = number;
		} else if (is_line(p, stop, END)) {
			if (!opened)
				break;
			opened = 0;
			/* the file's own last line had no newline either */
			if (stop == end && o.n && o.v[o.n - 1] == '\n')
				o.n--;
		} else if (opened) {
			r = strip_inner(&o, p, next, number, err);
		} else {
			put(&o, p, (size_t)(next - p));
		}
	}
	if (!r && (p < end || opened))
		r = vctx_err_set(err, -EINVAL,
				 "line %u: '# vctx begin' and '# vctx end' do not match: "
				 "put them right by hand",
				 opened ? opened : number);
	return finish(&o, r, ret, ret_len, err);
}

/* ---- putting in ---- */

/* May this line bring account lines? */
static bool is_account(const struct setup_line *l)
{
	return l->type == SETUP_ACCOUNT ||
	       (l->type == SETUP_INCLUDE && !setup_pam_is_common_session(l->name) &&
		strcmp(l->name, "common-auth") != 0 &&
		strcmp(l->name, "common-password") != 0);
}

static bool brings_common_session(const struct setup_line *l)
{
	bool includes =
		l->type == SETUP_INCLUDE ||
		(l->type == SETUP_SESSION && (!strcasecmp(l->control, "include") ||
					      !strcasecmp(l->control, "substack")));

	return includes && setup_pam_is_common_session(l->name);
}

static void put_account(struct out *o, const struct setup_want *want)
{
	puts_to(o, BEGIN ACCOUNT);
	puts_to(o, want->guard ? " guard\n" END "\n" : "\n" END "\n");
}

/* A jump counts a substack as one line, but an @include as all the lines in it, which
 * pam-auth-update changes under it. */
static int put_gated(struct out *o, const struct setup_line *l, struct vctx_err *err)
{
	if (memchr(l->begin, '\\', (size_t)(l->end - l->begin)))
		return vctx_err_set(err, -EINVAL, "line %u: write it without a backslash",
				    l->number);
	puts_to(o, BEGIN KEPT);
	put(o, l->begin, (size_t)(l->end - l->begin));
	if (l->end[-1] != '\n')
		puts_to(o, "\n");
	puts_to(o, GATE "\n" SUBSTACK);
	puts_to(o, l->name);
	puts_to(o, "\n" END "\n");
	return 0;
}

static int put_line(struct out *o, const struct setup_line *l,
		    const struct setup_want *want, bool *account, struct vctx_err *err)
{
	if (*account && is_account(l)) {
		put_account(o, want);
		*account = false;
	}
	if (want->gate && brings_common_session(l))
		return put_gated(o, l, err);
	if (want->gate && l->type == SETUP_SESSION && setup_pam_is_for_host(l->name))
		puts_to(o, BEGIN GATE "\n" END "\n");
	put(o, l->begin, (size_t)(l->end - l->begin));
	return 0;
}

static int put_all(struct out *o, const char *text, size_t len,
		   const struct setup_want *want, struct vctx_err *err)
{
	struct setup_reader reader = {text, text + len, 0};
	bool account = want->account;
	struct setup_line l;
	int r;

	while ((r = setup_pam_next(&reader, &l, err)) > 0) {
		if (!strcmp(l.name, "pam_vctx.so"))
			return vctx_err_set(err, -EEXIST,
					    "line %u names pam_vctx.so outside the "
					    "marks: take it out",
					    l.number);
		r = put_line(o, &l, want, &account, err);
		if (r)
			return r;
	}
	if (!r && account)
		return vctx_err_set(err, -EINVAL, "no account line");
	return r;
}

int setup_pam_apply(const char *text, size_t len, const struct setup_want *want,
		    char **ret, size_t *ret_len, struct vctx_err *err)
{
	bool cut = len && text[len - 1] != '\n';
	struct out o = {0};
	int r = 0;

	if (want->top) {
		put_account(&o, want);
		put(&o, text, len);
	} else {
		r = put_all(&o, text, len, want, err);
	}
	if (!r && want->session && !want->top) {
		if (o.n && o.v[o.n - 1] != '\n')
			puts_to(&o, "\n");
		puts_to(&o, BEGIN SESSION);
		puts_to(&o, want->guard ? " guard\n" END "\n" : "\n" END "\n");
	}
	/* a file without a newline at its end is told by ours having none */
	if (!r && cut && o.n && o.v[o.n - 1] == '\n')
		o.n--;
	return finish(&o, r, ret, ret_len, err);
}
