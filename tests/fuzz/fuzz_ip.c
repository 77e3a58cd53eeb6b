/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a root is made of: what is read prints as what is read again, and is the same. The
 * first byte says which part the text is. */
#include "fuzz.h"

#include <string.h>

#include "ip.h"

static int parse(int part, const char *text, struct vctx_iproot *ret,
		 struct vctx_err *err)
{
	switch (part) {
	case 0:
		return vctx_ip_parse_root(text, 24, ret, err);
	case 1:
		return vctx_ip_parse_root6(text, ret, err);
	case 2:
		return vctx_ip_parse_services(text, ret, err);
	case 3:
		return vctx_ip_parse_publish(text, ret, err);
	default:
		return vctx_ip_parse_pool("lab", text, &ret->pool, err);
	}
}

static int print(int part, const struct vctx_iproot *root, char *buf, size_t size)
{
	switch (part) {
	case 0:
		return vctx_ip_print_root(root, buf, size);
	case 1:
		return vctx_ip_print_root6(root, buf, size);
	case 2:
		return vctx_ip_print_services(root, buf, size);
	case 3:
		return vctx_ip_print_publish(root, buf, size);
	default:
		return vctx_ip_print_pool(&root->pool, buf, size);
	}
}

static void check_pool(const struct vctx_pool *pool)
{
	uint32_t first;

	if (!pool->prefix)
		return;
	must(vctx_ip_pool_nth(pool, 0, &first));
	must(vctx_ip_pool_has(pool, first));
	must(vctx_ip_pool_overlaps(pool, pool));
}

static void try_part(int part, const char *in)
{
	struct vctx_iproot root, back;
	struct vctx_err err;
	char text[1100];

	memset(&root, 0, sizeof(root));
	memset(&back, 0, sizeof(back));
	if (parse(part, in, &root, &err)) {
		must(err.code < 0 && err.msg[0]);
		must(!memcmp(&root, &back, sizeof(root)));
		return;
	}
	must(print(part, &root, text, sizeof(text)) >= 0);
	must(!parse(part, text, &back, &err));
	must(!memcmp(&root, &back, sizeof(root)));
	must(vctx_ip_is_same(&root, &back));
	check_pool(&root.pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *in;

	if (!size)
		return 0;
	in = malloc(size);
	if (!in)
		return 0;
	memcpy(in, data + 1, size - 1);
	in[size - 1] = 0;
	try_part(data[0] % 5, in);
	free(in);
	return 0;
}
