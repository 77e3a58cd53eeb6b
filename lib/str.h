/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded strings, numbers and shell-like words. No allocation but where said. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Copies src whole or not at all: -ENAMETOOLONG leaves dst empty. dst holds size bytes.
 */
int vctx_str_copy(char *dst, size_t size, const char *src) VCTX_MUST_CHECK;

/* Decimal, digits only, no sign, no blanks, at most max. Returns 0 or -EINVAL, -ERANGE.
 */
int vctx_str_u64(const char *s, uint64_t max, uint64_t *ret) VCTX_MUST_CHECK;
int vctx_str_u32(const char *s, uint32_t max, uint32_t *ret) VCTX_MUST_CHECK;

/* Is word one of the blank-separated words of list? */
bool vctx_str_in_list(const char *list, const char *word);

/* Next blank-separated word of *p, copied into buf. 1 found, 0 end, -ENAMETOOLONG. */
int vctx_str_word(const char **p, char *buf, size_t size) VCTX_MUST_CHECK;

/* One word quoted as in a shell ('..', "..", \x; within ".." \ only before " \ $ `), from
 * *p up to end; *p moves behind it.
 * Nothing is expanded: `$` and `` ` `` outside '..' are errors. The word is allocated,
 * the caller frees. 1 found, 0 end of text or comment, -EINVAL with *p at the fault and
 * the reason in err. */
int vctx_str_shell_word(const char **p, const char *end, char **ret,
			struct vctx_err *err) VCTX_MUST_CHECK;

/* The word as vctx_str_shell_word reads it back, quoted only where it must be. Allocated.
 */
char *vctx_str_quote(const char *word);

bool vctx_str_is_utf8(const char *s);

/* Behind the byte order mark that some editors put before a text, or text. */
const char *vctx_str_skip_mark(const char *text, size_t len);
