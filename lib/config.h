/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration files on disk, read as root's own or not at all. */
#pragma once

#include <stdbool.h>

#include "conf.h"
#include "err.h"
#include "map.h"

#define VCTX_MAP_FILE VCTX_SYSCONFDIR "/security/vctx.conf"
#define VCTX_MAP_DIR VCTX_SYSCONFDIR "/security/vctx.conf.d"
#define VCTX_RESCUE_FILE VCTX_SYSCONFDIR "/security/vctx.rescue"
#define VCTX_CONF_FILE VCTX_SYSCONFDIR "/vservers.conf"
#define VCTX_CONF_DIR VCTX_SYSCONFDIR "/vservers"

struct vctx_config {
	struct vctx_map map;
	struct vctx_conf all;
	char *all_broken; /* owned: why vservers.conf is not used; what it says is then
			     unknown */
	bool rescue;      /* the marker is there */
	bool map_missing; /* there is no vctx.conf: where PAM asks, that is as bad as an
			     unreadable one */
};

/* Reads vctx.conf, vctx.conf.d/x.conf in order and vservers.conf. What cannot be read or
 * is not root's is noted in map.unreadable and all_broken; a missing file is an empty
 * one. The only failure is -ENOMEM. */
int vctx_config_load(struct vctx_config *ret, struct vctx_err *err) VCTX_MUST_CHECK;
void vctx_config_done(struct vctx_config *c);

/* /etc/vservers/NAME.conf. -ENOENT: there is none. */
int vctx_config_vserver(const char *name, struct vctx_conf *ret,
			struct vctx_err *err) VCTX_MUST_CHECK;
