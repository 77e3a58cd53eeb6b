/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: addresses, pools and devices over all lines and files. */
#include "user_check.h"

#include <string.h>

#include "user_addresses.h"

struct look {
	struct vctx_user_machine *m;
	struct vctx_user_addresses all;
};

static void look_at(const struct vctx_user_holder *at, const struct vctx_iproot *root,
		    void *arg)
{
	struct look *l = arg;
	struct vctx_iproot own = *root;
	const char *dev = l->m->config.all.val[VCTX_KEY_IPROOTDEV];

	vctx_user_addresses_put(&l->all, at, root);
	if (dev && !strcmp(own.dev, dev)) /* told of the settings for all */
		own.dev[0] = 0;
	vctx_user_addresses_judge(&l->m->config, &own, at, VCTX_LEVEL_WARNING, &l->m->f);
}

static void check_settings(struct vctx_user_machine *m)
{
	const struct vctx_conf *all = &m->config.all;
	struct vctx_user_holder at = {.file = VCTX_CONF_FILE};
	struct vctx_iproot root = {0};
	size_t i;

	for (i = 0; i < all->n_pools; i++) {
		at.line = all->pools[i].line;
		vctx_user_addresses_judge_pool(&m->config, &all->pools[i].pool, i, &at,
					       &m->f);
	}
	if (!all->val[VCTX_KEY_IPROOTDEV])
		return;
	at.line = all->line[VCTX_KEY_IPROOTDEV];
	strncpy(root.dev, all->val[VCTX_KEY_IPROOTDEV], sizeof(root.dev) - 1);
	vctx_user_addresses_judge(&m->config, &root, &at, VCTX_LEVEL_WARNING, &m->f);
}

void vctx_user_check_net(struct vctx_user_machine *m)
{
	const struct vctx_map *map = &m->config.map;
	struct look l = {.m = m};
	size_t i;

	if (m->config.all_broken)
		return;
	check_settings(m);
	vctx_user_addresses_each(&m->config, NULL, look_at, &l);
	vctx_user_addresses_check(&l.all, &m->f);
	vctx_user_addresses_done(&l.all);
	for (i = 0; i < map->n; i++)
		if (map->v[i].target == VCTX_TARGET_VSERVER &&
		    vctx_user_addresses_are_many(&map->v[i]))
			vctx_findings_at(&m->f, VCTX_LEVEL_ERROR, map->v[i].file,
					 map->v[i].line, 0,
					 "every vserver of %s would have the same "
					 "address: write ip=pool:NAME",
					 map->v[i].vserver);
}
