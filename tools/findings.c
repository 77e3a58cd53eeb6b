/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a look at the machine brought to light: errors, warnings and notes, each with its
 * place. */
#include "findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void flatten(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

static void append(struct vctx_findings *f, const struct vctx_finding *one)
{
	if (!(f->n & (f->n + 1)) || !f->v) /* grow at 0, 1, 3, 7, ... */
		f->v = vctx_cli_must(realloc(f->v, (f->n * 2 + 1) * sizeof(*f->v)));
	f->v[f->n++] = *one;
	f->count[one->level]++;
}

void vctx_findings_add(struct vctx_findings *f, enum vctx_level level, const char *fmt,
		       ...)
{
	struct vctx_finding one = {.level = level};
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&one.text, fmt, ap) < 0)
		one.text = vctx_cli_must(NULL);
	va_end(ap);
	flatten(one.text);
	append(f, &one);
}

void vctx_findings_at(struct vctx_findings *f, enum vctx_level level, const char *file,
		      unsigned int line, unsigned int column, const char *fmt, ...)
{
	struct vctx_finding one = {.level = level, .line = line, .column = column};
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&one.text, fmt, ap) < 0)
		one.text = vctx_cli_must(NULL);
	va_end(ap);
	flatten(one.text);
	one.file = vctx_cli_must(strdup(file));
	append(f, &one);
}

void vctx_findings_done(struct vctx_findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free(f->v[i].file);
		free(f->v[i].text);
	}
	free(f->v);
	memset(f, 0, sizeof(*f));
}

const char *vctx_findings_level_name(enum vctx_level level)
{
	static const char *const names[VCTX_LEVEL_N] = {
		[VCTX_LEVEL_NOTE] = "note",
		[VCTX_LEVEL_WARNING] = "warning",
		[VCTX_LEVEL_ERROR] = "error",
	};

	return names[level];
}

char *vctx_findings_place(const struct vctx_finding *f)
{
	if (!f->file)
		return vctx_cli_format("%s", "");
	if (!f->line)
		return vctx_cli_format("%s: ", f->file);
	if (!f->column)
		return vctx_cli_format("%s:%u: ", f->file, f->line);
	return vctx_cli_format("%s:%u:%u: ", f->file, f->line, f->column);
}
