/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What shall become of one login: the outcome of policy, and the builder's and state
 * files' text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ctx.h"
#include "err.h"
#include "ip.h"
#include "map.h"

/* Room for a plan as text and for the head of a state before it. */
#define VCTX_PLAN_TEXT_MAX 8192u

enum vctx_verdict {
	VCTX_VERDICT_HOST,  /* stays on the host */
	VCTX_VERDICT_DENY,  /* refused */
	VCTX_VERDICT_ENTER, /* lands in a context */
};

/* What decided, for people to read. */
struct vctx_source {
	char file[256];
	unsigned int line; /* 0: no line */
	char subject[VCTX_USER_SIZE +
		     1]; /* as written: "alice", "@students", "*", or "" */
};

/* Everything that building and joining a context needs; fixed size, nothing to free. */
struct vctx_plan {
	char name[VCTX_NAME_SIZE]; /* a vserver's name, or "#204" */
	uint32_t xid;              /* 0: a dynamic number */
	char root[1024];
	uint64_t caps;
	struct vctx_iproot ip;
	bool host_ids; /* USERNS=host */
	bool allow_root;
	char hostname[VCTX_NAME_SIZE], domainname[VCTX_NAME_SIZE];
	uint32_t linger; /* seconds */
	char pids_max[24], memory_max[24], cpu_max[24],
		io_weight[24];            /* "" where not set */
	uint32_t block[VCTX_EXTENTS_MAX]; /* first ids of blocks above 65535 that exist
					     inside */
	uint32_t n_blocks;
	char uidrange[24]; /* "" for the built-in one */
};

struct vctx_decision {
	enum vctx_verdict verdict;
	bool audit;  /* lands on the host; plan says where it would have been */
	bool rescue; /* the marker decided */
	enum vctx_usermode user;
	char reason[200]; /* of DENY, and of HOST where a line was passed over */
	struct vctx_source source;
	struct vctx_plan plan; /* of ENTER and audit */
};

/* One "key=value" line each, in a fixed order: what vctx_start takes and the state keeps.
 * Returns the length, or -ENOSPC. */
int vctx_plan_print(const struct vctx_plan *plan, char *buf, size_t size) VCTX_MUST_CHECK;

/* Reads it back. Unknown keys, missing keys and values out of range are -EINVAL: the text
 * comes from root, but a half-written or foreign one is never used. Lines before "name="
 * and after an empty one are the caller's. */
int vctx_plan_parse(const char *text, struct vctx_plan *ret,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* Adds the block of 65536 around id, if it is above 65535 and not there. -ENOSPC: no more
 * room; -ERANGE: one that cannot be mapped. */
int vctx_plan_add_block(struct vctx_plan *plan, uint32_t id) VCTX_MUST_CHECK;
bool vctx_plan_has_id(const struct vctx_plan *plan, uint32_t id);
