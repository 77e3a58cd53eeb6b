/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan's text: what is read is a plan that names one place, and prints as itself. */
#include "fuzz.h"

#include <string.h>

#include "plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *in = malloc(size + 1), text[VCTX_PLAN_TEXT_MAX];
	struct vctx_plan plan, back;
	struct vctx_err err;

	if (!in)
		return 0;
	memcpy(in, data, size);
	in[size] = 0;
	if (!vctx_plan_parse(in, &plan, &err)) {
		must(vctx_ctx_label_is_valid(plan.name));
		must(!vctx_ctx_path_check(plan.root, &err));
		must(vctx_plan_print(&plan, text, sizeof(text)) > 0);
		must(!vctx_plan_parse(text, &back, &err));
		must(!memcmp(&plan, &back, sizeof(plan)));
	}
	free(in);
	return 0;
}
