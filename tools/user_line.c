/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapping line that is put together word by word, as options name them. */
#include "user_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fd.h"
#include "str.h"

static const struct {
	const char *name;
	bool value, lands; /* lands: only beside a target that lands in a context */
} words[VCTX_WORD_N] = {
	[VCTX_WORD_VSERVER] = {"vserver", true, false},
	[VCTX_WORD_CONTEXT] = {"context", true, false},
	[VCTX_WORD_HOST] = {"host", false, false},
	[VCTX_WORD_DENY] = {"deny", false, false},
	[VCTX_WORD_ROOT] = {"root", true, true},
	[VCTX_WORD_IP] = {"ip", true, true},
	[VCTX_WORD_IP6] = {"ip6", true, true},
	[VCTX_WORD_PORTS] = {"ports", true, true},
	[VCTX_WORD_CAPS] = {"caps", true, true},
	[VCTX_WORD_USER] = {"user", true, true},
	[VCTX_WORD_UIDS] = {"uids", true, true},
	[VCTX_WORD_AUDIT] = {"audit", false, true},
	[VCTX_WORD_ALLOW_ROOT] = {"allow-root", false, true},
	[VCTX_WORD_ALLOW_UNSAFE_CAPS] = {"allow-unsafe-caps", false, true},
	[VCTX_WORD_INCLUDE_ADMINS] = {"include-admins", false, false},
	[VCTX_WORD_MAY_RESCUE] = {"may-rescue", false, false},
};

const char *vctx_user_line_word(enum vctx_user_word w)
{
	return words[w].name;
}

bool vctx_user_line_takes_value(enum vctx_user_word w)
{
	return words[w].value;
}

int vctx_user_line_find(const char *name)
{
	int w;

	for (w = 0; w < VCTX_WORD_N; w++)
		if (!strcmp(words[w].name, name))
			return w;
	return -1;
}

void vctx_user_line_set(struct vctx_user_line *l, enum vctx_user_word w,
			const char *value)
{
	char *copy = vctx_cli_must(strdup(value));

	vctx_user_line_drop(l, w);
	l->value[w] = copy;
}

void vctx_user_line_drop(struct vctx_user_line *l, enum vctx_user_word w)
{
	free(l->value[w]);
	l->value[w] = NULL;
}

static void set_if(struct vctx_user_line *l, enum vctx_user_word w, const char *value)
{
	if (value)
		vctx_user_line_set(l, w, value);
}

void vctx_user_line_from(struct vctx_user_line *l, const char *subject,
			 const struct vctx_mapping *m)
{
	char xid[16];

	memset(l, 0, sizeof(*l));
	l->subject = subject;
	if (!m)
		return;
	(void)snprintf(xid, sizeof(xid), "%u", m->xid);
	set_if(l, VCTX_WORD_VSERVER, m->vserver);
	set_if(l, VCTX_WORD_CONTEXT, m->target == VCTX_TARGET_CONTEXT ? xid : NULL);
	set_if(l, VCTX_WORD_HOST, m->target == VCTX_TARGET_HOST ? "" : NULL);
	set_if(l, VCTX_WORD_DENY, m->target == VCTX_TARGET_DENY ? "" : NULL);
	set_if(l, VCTX_WORD_ROOT, m->root);
	set_if(l, VCTX_WORD_IP, m->ip);
	set_if(l, VCTX_WORD_IP6, m->ip6);
	set_if(l, VCTX_WORD_PORTS, m->ports);
	set_if(l, VCTX_WORD_CAPS, m->caps);
	set_if(l, VCTX_WORD_UIDS, m->uids);
	set_if(l, VCTX_WORD_USER, m->user == VCTX_USER_CREATE ? "create" : NULL);
	set_if(l, VCTX_WORD_AUDIT, m->flags & VCTX_MAP_AUDIT ? "" : NULL);
	set_if(l, VCTX_WORD_INCLUDE_ADMINS,
	       m->flags & VCTX_MAP_INCLUDE_ADMINS ? "" : NULL);
	set_if(l, VCTX_WORD_MAY_RESCUE, m->flags & VCTX_MAP_MAY_RESCUE ? "" : NULL);
	set_if(l, VCTX_WORD_ALLOW_ROOT, m->flags & VCTX_MAP_ALLOW_ROOT ? "" : NULL);
	set_if(l, VCTX_WORD_ALLOW_UNSAFE_CAPS,
	       m->flags & VCTX_MAP_ALLOW_UNSAFE_CAPS ? "" : NULL);
}

void vctx_user_line_retarget(struct vctx_user_line *l, enum vctx_user_word target)
{
	bool lands = target == VCTX_WORD_VSERVER || target == VCTX_WORD_CONTEXT;
	unsigned int w;

	for (w = 0; w < VCTX_WORD_N; w++)
		if ((w <= VCTX_WORD_DENY && w != target) || (!lands && words[w].lands))
			vctx_user_line_drop(l, w);
}

static void print_word(FILE *f, const char *name, const char *value)
{
	cleanup_free char *word = *value ? vctx_cli_format("%s=%s", name, value)
					 : vctx_cli_must(strdup(name));
	cleanup_free char *quoted = vctx_cli_must(vctx_str_quote(word));

	fprintf(f, " %s", quoted);
}

int vctx_user_line_parse(const struct vctx_user_line *l, struct vctx_mapping *ret,
			 struct vctx_err *err)
{
	cleanup_free char *quoted = vctx_cli_must(vctx_str_quote(l->subject));
	cleanup_free char *text = NULL;
	size_t n = 0;
	FILE *f = vctx_cli_must(open_memstream(&text, &n));
	unsigned int w;

	fputs(quoted, f);
	for (w = 0; w < VCTX_WORD_N; w++)
		if (l->value[w])
			print_word(f, words[w].name, l->value[w]);
	if (fclose(f))
		(void)vctx_cli_must(NULL);
	return vctx_map_parse_line(text, ret, err);
}

void vctx_user_line_done(struct vctx_user_line *l)
{
	unsigned int w;

	for (w = 0; w < VCTX_WORD_N; w++)
		vctx_user_line_drop(l, w);
}
