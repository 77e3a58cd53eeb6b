/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has which address, over all lines and files; and what an address or a device of
 * this machine would be wrong with. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "findings.h"
#include "ip.h"
#include "map.h"
#include "plan.h"

struct vctx_user_holder {
	char name[VCTX_NAME_SIZE]; /* of the context */
	const char *file;          /* NULL: it runs */
	unsigned int line;         /* 0: the vserver's file */
};

struct vctx_user_address {
	struct in6_addr addr; /* an IPv4 one as ::ffff:a.b.c.d */
	uint16_t first, last; /* the ports of it; 0, 0: every one */
	size_t holder;        /* index into holders */
};

struct vctx_user_addresses {
	struct vctx_user_holder *holders; /* owned, and file of each */
	size_t n_holders;
	struct vctx_user_address *v; /* owned */
	size_t n;
};

typedef void vctx_user_root_fn(const struct vctx_user_holder *at,
			       const struct vctx_iproot *root, void *arg);

/* Calls fn for every vserver's file, and every line but except (NULL: none) that says
 * something of addresses. What has no plan is left out: it is told of elsewhere. */
void vctx_user_addresses_each(const struct vctx_config *config,
			      const struct vctx_mapping *except, vctx_user_root_fn *fn,
			      void *arg);
/* Adds the addresses of root. */
void vctx_user_addresses_put(struct vctx_user_addresses *a,
			     const struct vctx_user_holder *at,
			     const struct vctx_iproot *root);
/* And those of the contexts that run, a pool's lease too. Needs root. */
void vctx_user_addresses_add_running(struct vctx_user_addresses *a);
void vctx_user_addresses_done(struct vctx_user_addresses *a);

/* An error for each address that two contexts have, on the second; unless each has its
 * own ports of it. */
void vctx_user_addresses_check(struct vctx_user_addresses *a, struct vctx_findings *f);
/* The same for what plan has: against all others. */
void vctx_user_addresses_check_plan(const struct vctx_user_addresses *a,
				    const struct vctx_plan *plan,
				    struct vctx_findings *f);

/* Does the line, by a pattern and for more than one person, lead many vservers to the
 * same addresses? */
bool vctx_user_addresses_are_many(const struct vctx_mapping *m);

/* What this machine has against root: devices that are not there, addresses that a pool
 * will give out, and with the level host those that the host answers on itself. at: file
 * and line, or NULL. */
void vctx_user_addresses_judge(const struct vctx_config *config,
			       const struct vctx_iproot *root,
			       const struct vctx_user_holder *at, enum vctx_level host,
			       struct vctx_findings *f);
/* What it has against a pool: devices that are not there, and the first n of the others
 * where they overlap. */
void vctx_user_addresses_judge_pool(const struct vctx_config *config,
				    const struct vctx_pool *pool, size_t n,
				    const struct vctx_user_holder *at,
				    struct vctx_findings *f);
