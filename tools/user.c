/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs of vctx-user share: a mapping line in words. */
#include "user.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fd.h"

char *vctx_user_subject(const struct vctx_mapping *m)
{
	if (m->nameless)
		return vctx_cli_format("?");
	if (m->kind == VCTX_SUBJECT_ANY)
		return vctx_cli_format("*");
	return vctx_cli_format("%s%s", m->kind == VCTX_SUBJECT_GROUP ? "@" : "",
			       m->subject);
}

static bool is_subject(const struct vctx_mapping *m, const char *subject)
{
	bool any = !strcmp(subject, "*"), group = subject[0] == '@';

	if (m->nameless)
		return false;
	if (any || m->kind == VCTX_SUBJECT_ANY)
		return any && m->kind == VCTX_SUBJECT_ANY;
	return (m->kind == VCTX_SUBJECT_GROUP) == group &&
	       !strcmp(m->subject, subject + group);
}

const struct vctx_mapping *vctx_user_find(const struct vctx_map *map, const char *subject)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		if (is_subject(&map->v[i], subject))
			return &map->v[i];
	return NULL;
}

char *vctx_user_target(const struct vctx_mapping *m)
{
	switch (m->target) {
	case VCTX_TARGET_HOST:
		return vctx_cli_format("host");
	case VCTX_TARGET_DENY:
		return vctx_cli_format("deny");
	case VCTX_TARGET_VSERVER:
		return vctx_cli_format("%s", m->vserver);
	case VCTX_TARGET_CONTEXT:
		return vctx_cli_format("#%u", m->xid);
	case VCTX_TARGET_BROKEN:
		break;
	}
	return vctx_cli_format("broken");
}

char *vctx_user_flags(const struct vctx_mapping *m)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} flags[] = {
		{VCTX_MAP_AUDIT, "audit"},
		{VCTX_MAP_INCLUDE_ADMINS, "include-admins"},
		{VCTX_MAP_MAY_RESCUE, "may-rescue"},
		{VCTX_MAP_ALLOW_ROOT, "allow-root"},
		{VCTX_MAP_ALLOW_UNSAFE_CAPS, "allow-unsafe-caps"},
	};
	char buf[96] = "";
	size_t i, n = 0;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (m->flags & flags[i].bit)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s%s",
					      n ? " " : "", flags[i].name);
	return vctx_cli_must(strdup(buf));
}

int vctx_user_load(struct vctx_config *config)
{
	struct vctx_err err;

	if (vctx_config_load(config, &err))
		return vctx_cli_fail("%s", err.msg);
	return 0;
}
