/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service's stacks as libpam runs them, with everything that is included. */
#include "setup_stack.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "setup_pam.h"
#include "str.h"

#define DEPTH_MAX 16
#define ITEMS_MAX 256

struct item {
	char file[64];
	unsigned int line;
	char name[64];
	bool vctx, gate, guard;
	bool ends;     /* sufficient, or an action "done" */
	bool for_host; /* it, or one in this substack */
	unsigned long jump;
};

struct stack {
	struct item v[ITEMS_MAX];
	size_t n;
};

static void read_control(const char *control, struct item *it)
{
	const char *p;

	it->ends = !strcasecmp(control, "sufficient");
	if (control[0] != '[')
		return;
	for (p = strchr(control, '='); p; p = strchr(p + 1, '=')) {
		const char *v = p + 1 + strspn(p + 1, " \t");
		unsigned long jump;

		if (!strncasecmp(v, "done", 4))
			it->ends = true;
		jump = isdigit((unsigned char)*v) ? strtoul(v, NULL, 10) : 0;
		if (jump > it->jump)
			it->jump = jump;
	}
}

static int add(struct stack *s, const char *file, const struct setup_line *l,
	       bool for_host, struct vctx_err *err)
{
	struct item *it = &s->v[s->n];

	if (s->n == ITEMS_MAX)
		return vctx_err_set(err, -E2BIG, "%s: too many lines", file);
	memset(it, 0, sizeof(*it));
	(void)snprintf(it->file, sizeof(it->file), "%.63s", file);
	(void)snprintf(it->name, sizeof(it->name), "%.63s", l->name);
	it->line = l->number;
	it->vctx = !strcmp(l->name, "pam_vctx.so");
	it->gate = it->vctx && vctx_str_in_list(l->args, "gate");
	it->guard = it->vctx && vctx_str_in_list(l->args, "guard");
	it->for_host = for_host;
	read_control(l->control, it);
	s->n++;
	return 0;
}

static int flatten(const struct setup_source *source, const char *file,
		   enum setup_type type, unsigned int depth, struct stack *s,
		   struct vctx_err *err);

/* What a substack does cannot end or jump over what is outside: it counts as one line. */
static int add_substack(const struct setup_source *source, const char *file,
			const struct setup_line *l, enum setup_type type,
			unsigned int depth, struct stack *s, struct vctx_err *err)
{
	struct stack *sub = calloc(1, sizeof(*sub));
	bool for_host = false;
	size_t i;
	int r;

	if (!sub)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	r = flatten(source, l->name, type, depth + 1, sub, err);
	for (i = 0; !r && i < sub->n; i++)
		for_host |= sub->v[i].for_host;
	free(sub);
	return r ? r : add(s, file, l, for_host, err);
}

static int flatten(const struct setup_source *source, const char *file,
		   enum setup_type type, unsigned int depth, struct stack *s,
		   struct vctx_err *err)
{
	struct setup_reader reader = {0};
	struct setup_line l;
	size_t len;
	int r;

	if (depth > DEPTH_MAX)
		return vctx_err_set(err, -ELOOP, "%s: files include one another", file);
	r = source->read(source->arg, file, &reader.p, &len, err);
	if (r)
		return r;
	reader.end = reader.p + len;
	while ((r = setup_pam_next(&reader, &l, err)) > 0) {
		r = 0;
		if (l.type == SETUP_INCLUDE ||
		    (l.type == type && !strcasecmp(l.control, "include")))
			r = flatten(source, l.name, type, depth + 1, s, err);
		else if (l.type == type && !strcasecmp(l.control, "substack"))
			r = add_substack(source, file, &l, type, depth, s, err);
		else if (l.type == type)
			r = add(s, file, &l, setup_pam_is_for_host(l.name), err);
		if (r)
			return r;
	}
	return r ? vctx_err_wrap(err, "%s", file) : 0;
}

static void problem(struct setup_facts *f, const struct item *it, const char *what)
{
	if (!f->problem[0])
		(void)snprintf(f->problem, sizeof(f->problem), "%s:%u (%s) %s", it->file,
			       it->line, it->name, what);
}

/* Our first line that decides, or n. */
static size_t find_ours(const struct stack *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].vctx && !s->v[i].gate)
			break;
	return i;
}

/* Lines before ours after which it would not be reached, or not what it gates. */
static void check_way(const struct stack *s, size_t ours, struct setup_facts *f)
{
	size_t i, k;

	for (i = 0; i < ours && ours < s->n; i++) {
		const struct item *it = &s->v[i];

		if (it->ends)
			problem(f, it, "may end the stack before pam_vctx.so");
		for (k = i + 1; !it->gate && k <= i + it->jump && k < s->n; k++)
			if (s->v[k].vctx)
				problem(f, it, "may jump over pam_vctx.so");
	}
}

static void describe(const struct stack *s, size_t ours, struct setup_part *ret)
{
	ret->empty = !s->n;
	if (ours == s->n)
		return;
	ret->state = s->v[ours].guard ? SETUP_GUARD : SETUP_LANDS;
	(void)snprintf(ret->from, sizeof(ret->from), "%s", s->v[ours].file);
}

static void look_at_session(const struct stack *s, struct setup_facts *f)
{
	size_t i, ours = find_ours(s);

	describe(s, ours, &f->session);
	check_way(s, ours, f);
	for (i = 0; i < s->n; i++) {
		const struct item *it = &s->v[i];

		if (i > ours && !it->vctx)
			problem(f, it, "stands behind pam_vctx.so and would run inside");
		if (i && s->v[i - 1].gate && s->v[i - 1].jump == 1 && !it->vctx) {
			f->gated++;
			continue;
		}
		if (!it->for_host)
			continue;
		f->ungated++;
		(void)snprintf(f->ungated_name, sizeof(f->ungated_name), "%s", it->name);
	}
}

int setup_stack_facts(const struct setup_source *source, const char *service,
		      struct setup_facts *ret, struct vctx_err *err)
{
	struct stack *s = calloc(1, sizeof(*s));
	int r = s ? flatten(source, service, SETUP_ACCOUNT, 0, s, err)
		  : vctx_err_set(err, -ENOMEM, "out of memory");

	memset(ret, 0, sizeof(*ret));
	if (!r && s) {
		describe(s, find_ours(s), &ret->account);
		check_way(s, find_ours(s), ret);
		s->n = 0;
		r = flatten(source, service, SETUP_SESSION, 0, s, err);
	}
	if (!r && s)
		look_at_session(s, ret);
	free(s);
	return r;
}

static bool brings_session(const char *name)
{
	return !vctx_str_in_list("common-auth common-account common-password", name);
}

int setup_stack_through(const struct setup_source *source, const char *service,
			char ret[64], bool *ret_account, struct vctx_err *err)
{
	struct setup_reader reader = {0};
	char account[64] = "";
	bool seen = false;
	struct setup_line l;
	size_t len;
	int r = source->read(source->arg, service, &reader.p, &len, err);

	ret[0] = 0;
	reader.end = reader.p + (r ? 0 : len);
	while (!r && (r = setup_pam_next(&reader, &l, err)) > 0) {
		bool includes = !strcasecmp(l.control, "include");

		r = 0;
		/* our own line at the end does not count: it is about to be judged */
		if (!strcmp(l.name, "pam_vctx.so"))
			continue;
		if (l.type == SETUP_ACCOUNT && !seen) {
			seen = true;
			if (includes)
				(void)snprintf(account, sizeof(account), "%.63s", l.name);
		}
		if (l.type == SETUP_SESSION)
			(void)snprintf(ret, 64, "%.63s", includes ? l.name : "");
		else if (l.type == SETUP_INCLUDE && brings_session(l.name))
			ret[0] = 0;
	}
	if (setup_pam_is_common_session(ret))
		ret[0] = 0;
	*ret_account = ret[0] && !strcmp(account, ret);
	return r < 0 ? vctx_err_wrap(err, "%s", service) : 0;
}
