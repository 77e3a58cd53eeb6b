/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vservers.conf and a vserver's file: right as a whole or not used; what is right makes a
 * plan or a refusal. */
#include "fuzz.h"

#include <string.h>

#include "conf.h"
#include "policy.h"

static void try_plan(const struct vctx_conf *own)
{
	static struct vctx_conf_pool pool = {
		{.name = "lab", .net = 0x0000420a, .prefix = 22, .masquerade = "eth0"},
		1};
	static const struct vctx_conf all = {.pools = &pool, .n_pools = 1};
	struct vctx_plan plan, back;
	struct vctx_err err;
	char text[VCTX_PLAN_TEXT_MAX];

	if (vctx_policy_vserver("v", &all, own, &plan, &err))
		return;
	must(vctx_plan_print(&plan, text, sizeof(text)) > 0);
	must(!vctx_plan_parse(text, &back, &err));
	must(!memcmp(&plan, &back, sizeof(plan)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vctx_conf conf;
	struct vctx_err err;
	int kind, k;

	for (kind = VCTX_CONF_ALL; kind <= VCTX_CONF_VSERVER; kind++) {
		if (!vctx_conf_parse((enum vctx_conf_kind)kind, "f", (const char *)data,
				     size, &conf, &err)) {
			try_plan(&conf);
			vctx_conf_done(&conf);
			continue;
		}
		must(err.code < 0 && err.msg[0]);
		must(!conf.pools && !conf.n_pools);
		for (k = 0; k < VCTX_KEY_N; k++)
			must(!conf.val[k]);
	}
	return 0;
}
