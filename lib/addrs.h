/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that contexts put onto the host's devices, counted: /run/vctx/addr/ADDRESS/
 * has one empty file for every context that uses ADDRESS, if it was us who added it. */
#pragma once

#include <stdint.h>

#include "err.h"
#include "sys_addr.h"

/* The context called label uses addr from now on: it is added to dev unless a device has
 * it. Its state is written before that, so that whoever finds the state drops what was
 * taken, were it only by half. prefix, bcast, dev: as vctx_addr_add. Idempotent. */
int vctx_addrs_take(const char *label, const struct vctx_addr *addr, uint8_t prefix,
		    uint32_t bcast, const char *dev,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* It uses it no more: the last one's drop removes it, unless it is the host's.
 * Idempotent. */
int vctx_addrs_drop(const char *label, const struct vctx_addr *addr,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* All that it uses, for a state that cannot be read. */
int vctx_addrs_drop_all(const char *label, struct vctx_err *err) VCTX_MUST_CHECK;
