/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded strings, numbers and shell-like words. */
#include "str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int vctx_str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (!size)
		return -ENAMETOOLONG;
	dst[0] = 0;
	if (n >= size)
		return -ENAMETOOLONG;
	memcpy(dst, src, n + 1);
	return 0;
}

int vctx_str_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		unsigned int d = (unsigned int)(*s - '0');

		if (*s < '0' || *s > '9')
			return -EINVAL;
		if (v > (UINT64_MAX - d) / 10)
			return -ERANGE;
		v = v * 10 + d;
	}
	if (v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int vctx_str_u32(const char *s, uint32_t max, uint32_t *ret)
{
	uint64_t v;
	int r = vctx_str_u64(s, max, &v);

	if (!r)
		*ret = (uint32_t)v;
	return r;
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool vctx_str_in_list(const char *list, const char *word)
{
	size_t n = strlen(word), len;

	for (; *list; list += len) {
		list += strspn(list, " \t,");
		len = strcspn(list, " \t,");
		if (len && len == n && !memcmp(list, word, n))
			return true;
	}
	return false;
}

int vctx_str_word(const char **p, char *buf, size_t size)
{
	size_t len;

	*p += strspn(*p, " \t,");
	len = strcspn(*p, " \t,");
	if (!len)
		return 0;
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, *p, len);
	buf[len] = 0;
	*p += len;
	return 1;
}

/* One character of a word: where it lands is n; q is the quote that is open, or 0. */
static int word_char(const char **p, const char *end, char *q, char *out, size_t *n,
		     struct vctx_err *err)
{
	char c = **p;

	if (*q == '\'') {
		if (c == '\'')
			*q = 0;
		else
			out[(*n)++] = c;
	} else if (c == '\\') {
		if (*p + 1 >= end)
			return vctx_err_set(err, -EINVAL,
					    "a backslash with nothing behind it");
		if (is_control((*p)[1]))
			return vctx_err_set(err, -EINVAL, "a control character");
		/* within "..." a shell keeps it, but before what it takes away there */
		if (*q == '"' && !strchr("\"\\$`", (*p)[1]))
			out[(*n)++] = c;
		out[(*n)++] = *++*p;
	} else if (c == '$' || c == '`') {
		return vctx_err_set(err, -EINVAL,
				    "'%c' is never expanded here: quote it with '...'",
				    c);
	} else if (*q == '"') {
		if (c == '"')
			*q = 0;
		else
			out[(*n)++] = c;
	} else if (c == '\'' || c == '"') {
		*q = c;
	} else if (strchr(";&|<>()", c)) {
		return vctx_err_set(err, -EINVAL,
				    "'%c' is never a command here: quote it", c);
	} else {
		out[(*n)++] = c;
	}
	++*p;
	return 0;
}

int vctx_str_shell_word(const char **p, const char *end, char **ret, struct vctx_err *err)
{
	const char *start;
	char q = 0, *out;
	size_t n = 0;
	int r;

	while (*p < end && is_blank(**p))
		++*p;
	if (*p >= end || **p == '#')
		return 0;
	start = *p;
	out = malloc((size_t)(end - start) + 1);
	if (!out)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	while (*p < end && (q || !is_blank(**p))) {
		if (is_control(**p)) {
			free(out);
			return vctx_err_set(err, -EINVAL, "a control character");
		}
		r = word_char(p, end, &q, out, &n, err);
		if (r) {
			free(out);
			return r;
		}
	}
	if (q) {
		*p = start;
		free(out);
		return vctx_err_set(err, -EINVAL, "a quote that is never closed");
	}
	out[n] = 0;
	*ret = out;
	return 1;
}

char *vctx_str_quote(const char *word)
{
	bool plain = *word && *word != '#' && !strpbrk(word, " \t\"'\\$`;&|<>()");
	size_t n = 0;
	char *out;

	if (plain)
		return strdup(word);
	out = malloc(strlen(word) * 2 + 3);
	if (!out)
		return NULL;
	out[n++] = '"';
	for (; *word; word++) {
		if (strchr("\"\\$`", *word))
			out[n++] = '\\';
		out[n++] = *word;
	}
	out[n++] = '"';
	out[n] = 0;
	return out;
}

bool vctx_str_is_utf8(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p) {
		unsigned int len = *p < 0x80                 ? 0
				   : *p >= 0xc2 && *p < 0xe0 ? 1
				   : *p >= 0xe0 && *p < 0xf0 ? 2
				   : *p >= 0xf0 && *p < 0xf5 ? 3
							     : 4;
		unsigned char lead = *p++;

		if (len == 4)
			return false;
		if ((lead == 0xe0 && *p < 0xa0) || (lead == 0xed && *p > 0x9f) ||
		    (lead == 0xf0 && *p < 0x90) || (lead == 0xf4 && *p > 0x8f))
			return false;
		while (len--)
			if ((*p++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

const char *vctx_str_skip_mark(const char *text, size_t len)
{
	return len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? text + 3 : text;
}
