/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leases of pools: a vserver keeps its address for ever. Lines "ADDRESS VSERVER" in
 * /var/lib/vctx/pools/NAME. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "ip.h"

#define VCTX_POOL_DIR VCTX_LOCALSTATEDIR "/lib/vctx/pools"

/* The address (network order) that the vserver called name has in pool, now leased if it
 * was not; on the disk when this returns. is_taken (may be NULL) is asked before an
 * address is given out that nobody has leased. -ENOSPC: all are leased; -ERANGE: its
 * lease is outside of the pool's range; -EBADMSG: the file is damaged. */
int vctx_pool_lease(const struct vctx_pool *pool, const char *name,
		    bool (*is_taken)(uint32_t addr), uint32_t *ret,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* The same without leasing it: 1 if it has that lease, 0 if it is the next free one. */
int vctx_pool_peek(const struct vctx_pool *pool, const char *name, uint32_t *ret,
		   struct vctx_err *err) VCTX_MUST_CHECK;

/* Ends the leases that name has, in whatever pool. A damaged file is told of, after the
 * others were seen to. */
int vctx_pool_free(const char *name, struct vctx_err *err) VCTX_MUST_CHECK;
