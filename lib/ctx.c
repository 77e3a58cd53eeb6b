/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contexts: their numbers, their names, and names made out of people's. */
#include "ctx.h"

#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

#include "str.h"

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool vctx_ctx_name_is_valid(const char *name)
{
	size_t i;

	if (!is_alnum(name[0]))
		return false;
	for (i = 1; name[i]; i++)
		if (i >= VCTX_NAME_SIZE - 1 ||
		    (!is_alnum(name[i]) && !strchr("._-", name[i])))
			return false;
	return true;
}

bool vctx_ctx_label_is_valid(const char *label)
{
	uint32_t xid;

	if (label[0] != '#')
		return vctx_ctx_name_is_valid(label);
	return !vctx_str_u32(label + 1, VCTX_XID_DYNAMIC_MAX, &xid) &&
	       xid >= VCTX_XID_STATIC_MIN && label[1] != '0';
}

/* Does it end as a name that was bent to fit does, by '-' and 8 hex digits? */
static bool looks_bent(const char *s)
{
	size_t n = strlen(s);

	return n > 9 && s[n - 9] == '-' && strspn(s + n - 8, "0123456789abcdef") == 8;
}

/* Makes raw fit: characters outside allowed (besides letters and digits) become '-', the
 * length is bounded, and if anything had to be changed (or changed says so) the hash of
 * raw is put behind it. */
static void make_fit(const char *raw, const char *allowed, bool changed,
		     char ret[VCTX_NAME_SIZE])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	const size_t max = VCTX_NAME_SIZE - 1, cut = max - 9;
	size_t i;
	SHA2_CTX sha;

	for (i = 0; i < max && raw[i]; i++) {
		bool fits = is_alnum(raw[i]) || (i && strchr(allowed, raw[i]));

		ret[i] = fits ? raw[i] : '-';
		changed |= !fits;
	}
	changed |= raw[i] != 0;
	ret[i] = 0;
	if (!changed)
		return;
	if (!is_alnum(ret[0]))
		ret[0] = 'x';
	if (i > cut)
		i = cut;
	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)raw, strlen(raw));
	SHA256Final(digest, &sha);
	(void)snprintf(ret + i, VCTX_NAME_SIZE - i, "-%02x%02x%02x%02x", digest[0],
		       digest[1], digest[2], digest[3]);
}

int vctx_ctx_name_expand(const char *pattern, const struct vctx_person *who,
			 char ret[VCTX_NAME_SIZE], struct vctx_err *err)
{
	char raw[1200], num[16];
	const char *p, *add;
	size_t n = 0, len;
	bool by_name = false;

	for (p = pattern; *p; p++) {
		len = 1;
		add = p;
		if (*p == '%') {
			p++;
			add = *p == 'u'   ? who->user
			      : *p == 'g' ? who->group
			      : *p == '%' ? "%"
					  : num;
			(void)snprintf(num, sizeof(num), "%u", (unsigned int)who->uid);
			if (!*p || !strchr("ugi%", *p))
				return vctx_err_set(
					err, -EINVAL,
					"'%%%c' is not one of %%u %%g %%i %%%%",
					*p ? *p : ' ');
			len = strlen(add);
			by_name |= *p == 'u' || *p == 'g';
			if (!len)
				return vctx_err_set(err, -EINVAL,
						    "the group %u has no name for %%g",
						    (unsigned int)who->gid);
		}
		if (n + len >= sizeof(raw))
			return vctx_err_set(err, -ENAMETOOLONG,
					    "the vserver's name is too long");
		memcpy(raw + n, add, len);
		n += len;
	}
	raw[n] = 0;
	if (!n)
		return vctx_err_set(err, -EINVAL, "the vserver's name is empty");
	/* who is called m--ller-8776b516 must not land with another whose name was bent
	 * to that; %i cannot be chosen */
	make_fit(raw, "._-", by_name && looks_bent(raw), ret);
	return 0;
}

void vctx_ctx_hostname(const char *label, char ret[VCTX_NAME_SIZE])
{
	char raw[VCTX_NAME_SIZE + 4];

	(void)snprintf(raw, sizeof(raw), "%s%s", label[0] == '#' ? "ctx" : "",
		       label[0] == '#' ? label + 1 : label);
	make_fit(raw, "-", false, ret);
}

int vctx_ctx_path_check(const char *path, struct vctx_err *err)
{
	const char *p;
	size_t n;

	if (path[0] != '/' || strlen(path) >= 1024)
		return vctx_err_set(err, -EINVAL, "'%s' has to be an absolute path",
				    path);
	for (p = path; *p; p += n) {
		p++;
		n = strcspn(p, "/");
		if (!n || (n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return vctx_err_set(err, -EINVAL,
					    "'%s' has an empty, '.' or '..' part", path);
	}
	return 0;
}

int vctx_ctx_ids_check(const char *text, struct vctx_err *err)
{
	char word[16];
	uint32_t n;
	int r;

	while ((r = vctx_str_word(&text, word, sizeof(word))) > 0)
		if (vctx_str_u32(word, VCTX_BLOCK_MAX + VCTX_IDS - 1, &n) || n < VCTX_IDS)
			break;
	return r ? vctx_err_set(err, -EINVAL,
				"only ids above 65535, separated by blanks, may be here")
		 : 0;
}

int vctx_ctx_range_parse(const char *text, uint32_t *ret_first, uint32_t *ret_last)
{
	const char *dash = strchr(text, '-');
	char first[16];
	uint32_t a, b;

	if (!dash || (size_t)(dash - text) >= sizeof(first))
		return -EINVAL;
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = 0;
	if (vctx_str_u32(first, 0x7fffffff, &a) || a < VCTX_IDS ||
	    vctx_str_u32(dash + 1, 0x7fffffff, &b))
		return -EINVAL;
	a = (a + VCTX_IDS - 1) / VCTX_IDS * VCTX_IDS;
	if (b < a || b - a < VCTX_IDS - 1)
		return -EINVAL;
	*ret_first = a;
	*ret_last = b;
	return 0;
}
