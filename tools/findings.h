/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a look at the machine brought to light: errors, warnings and notes, each with its
 * place. */
#pragma once

#include <stddef.h>

#include "err.h"

enum vctx_level { VCTX_LEVEL_NOTE, VCTX_LEVEL_WARNING, VCTX_LEVEL_ERROR, VCTX_LEVEL_N };

struct vctx_finding {
	enum vctx_level level;
	char *file;                /* NULL: nowhere in particular */
	unsigned int line, column; /* 0: none */
	char *text;
};

struct vctx_findings {
	struct vctx_finding *v;
	size_t n, count[VCTX_LEVEL_N];
};

void vctx_findings_add(struct vctx_findings *f, enum vctx_level level, const char *fmt,
		       ...) VCTX_PRINTF(3, 4);
/* With a place. Control characters of names become '?'. */
void vctx_findings_at(struct vctx_findings *f, enum vctx_level level, const char *file,
		      unsigned int line, unsigned int column, const char *fmt, ...)
	VCTX_PRINTF(6, 7);
void vctx_findings_done(struct vctx_findings *f);

const char *vctx_findings_level_name(enum vctx_level level);
/* "FILE:LINE:COLUMN: " as far as it is known, "" where not. The caller frees. */
char *vctx_findings_place(const struct vctx_finding *f);
