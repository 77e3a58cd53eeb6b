/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KEY=value files: /etc/vservers.conf and /etc/vservers/NAME.conf. From a buffer, never a
 * path. */
#pragma once

#include <stddef.h>

#include "err.h"
#include "ip.h"

enum vctx_key {
	VCTX_KEY_AUTH_ONLY,
	VCTX_KEY_CONTACT,
	VCTX_KEY_CPU_MAX,
	VCTX_KEY_DISK_MAX,
	VCTX_KEY_EXPIRES,
	VCTX_KEY_HOST_SERVICES,
	VCTX_KEY_INIT,
	VCTX_KEY_INODES_MAX,
	VCTX_KEY_IO_WEIGHT,
	VCTX_KEY_IPROOT,
	VCTX_KEY_IPROOT6,
	VCTX_KEY_IPROOTBCAST,
	VCTX_KEY_IPROOTDEV,
	VCTX_KEY_IPROOTMASK,
	VCTX_KEY_KEYS,
	VCTX_KEY_LINGER,
	VCTX_KEY_MEMORY_MAX,
	VCTX_KEY_MOUNTS,
	VCTX_KEY_ONBOOT,
	VCTX_KEY_PIDS_MAX,
	VCTX_KEY_PORTS,
	VCTX_KEY_PRIORITY,
	VCTX_KEY_PROFILE,
	VCTX_KEY_PUBLISH,
	VCTX_KEY_ROOT,
	VCTX_KEY_SERVICES,
	VCTX_KEY_SOURCES,
	VCTX_KEY_S_CAPS,
	VCTX_KEY_S_CONTEXT,
	VCTX_KEY_S_DOMAINNAME,
	VCTX_KEY_S_FLAGS,
	VCTX_KEY_S_HOSTNAME,
	VCTX_KEY_S_NICE,
	VCTX_KEY_TEMPLATE,
	VCTX_KEY_UIDRANGE,
	VCTX_KEY_UIDS,
	VCTX_KEY_ULIMIT,
	VCTX_KEY_USERNS,
	VCTX_KEY_VSERVERDIR,
	VCTX_KEY_N
};

enum vctx_conf_kind {
	VCTX_CONF_ALL,     /* /etc/vservers.conf: settings for all, and defaults */
	VCTX_CONF_VSERVER, /* /etc/vservers/NAME.conf */
};

/* One POOL_NAME="..." of /etc/vservers.conf. */
struct vctx_conf_pool {
	struct vctx_pool pool;
	unsigned int line;
};

struct vctx_conf {
	char *val[VCTX_KEY_N]; /* owned; NULL where not set */
	unsigned int line[VCTX_KEY_N];
	struct vctx_conf_pool *pools; /* owned */
	size_t n_pools;
	char *description; /* owned; of "# Description: ...", or NULL */
};

const char *vctx_conf_key_name(enum vctx_key key);
/* What the key is for, one line; and which issue of the work brings it if it is refused
 * still. */
const char *vctx_conf_key_help(enum vctx_key key);

/* Parses text into ret. Every error names file and line and ends the parse: a file is
 * right as a whole or it is not used. ret is empty then. */
int vctx_conf_parse(enum vctx_conf_kind kind, const char *file, const char *text,
		    size_t len, struct vctx_conf *ret,
		    struct vctx_err *err) VCTX_MUST_CHECK;

void vctx_conf_done(struct vctx_conf *conf);

/* The pool called name, or NULL. */
const struct vctx_pool *vctx_conf_pool(const struct vctx_conf *conf, const char *name);

/* The value of key: the first conf of chain (up to NULL) that sets it, else NULL. */
const char *vctx_conf_get(const struct vctx_conf *const *chain, enum vctx_key key);
