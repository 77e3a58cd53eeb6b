/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx.conf: whatever is in it, a line is right, broken or not there; a right one reads
 * back from its own print. */
#include "fuzz.h"

#include <string.h>

#include "ctx.h"
#include "map.h"

static void check(const struct vctx_mapping *m)
{
	char *once = vctx_map_print(m), *twice;
	struct vctx_mapping back;
	struct vctx_err err;

	must(once && !vctx_map_parse_line(once, &back, &err));
	must(back.kind == m->kind && back.target == m->target && back.flags == m->flags &&
	     back.xid == m->xid);
	must(!m->subject == !back.subject);
	must(!m->subject || !strcmp(m->subject, back.subject));
	twice = vctx_map_print(&back);
	must(twice && !strcmp(once, twice));
	vctx_map_line_done(&back);
	free(once);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vctx_map map = {0};
	struct vctx_err err;
	size_t i, broken = 0;

	must(!vctx_map_parse(&map, "f", (const char *)data, size, &err));
	for (i = 0; i < map.n; i++) {
		const struct vctx_mapping *m = &map.v[i];

		if (m->target != VCTX_TARGET_BROKEN) {
			must(!m->nameless);
			check(m);
			continue;
		}
		broken++;
		must(m->why && m->column && m->line);
		must(m->nameless ? !m->subject
				 : m->subject || m->kind == VCTX_SUBJECT_ANY);
	}
	must(broken == map.n_broken);
	vctx_map_done(&map);
	return 0;
}
