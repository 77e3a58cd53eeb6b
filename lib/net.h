/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A context's network: what a start chooses, puts in place and a stop takes away. They
 * own the order and the undo. */
#pragma once

#include <stdint.h>

#include "err.h"
#include "store.h"
#include "vctx_abi.h"

/* Fills in what the plan leaves to the start: the lease of a pool, the address of
 * IPROOT6=auto, the devices. Before the state is written; takes nothing that had to be
 * given back. */
int vctx_net_prepare(struct vctx_state *st, struct vctx_err *err) VCTX_MUST_CHECK;

/* What the kernel is told. xid 0: chbind alone, which has the host's devices and
 * loopback. uid0: the host's id of the context's root. */
void vctx_net_root(const struct vctx_iproot *ip, uint32_t xid, uint32_t uid0,
		   struct vctx_abi_root *ret);

/* Puts in the rules of all contexts that run: vctx_bpfload's fill. arg is not used. */
int vctx_net_fill(void *arg, struct vctx_err *err) VCTX_MUST_CHECK;

/* Puts back what somebody took away from contexts that run: their addresses, and what
 * they have in our nftables table. What fails is said in the host's log. */
int vctx_net_restore(struct vctx_err *err) VCTX_MUST_CHECK;

/* Loads the programs if they are not, and puts the context of st, whose cgroup is there
 * and has no process yet, under its rules; then its addresses, its nftables elements, and
 * resolv.conf in root (the plain directory). A context without addresses of its own goes
 * on where the kernel lacks something. On failure vctx_net_down undoes what is left. */
int vctx_net_up(const struct vctx_state *st, int root,
		struct vctx_err *err) VCTX_MUST_CHECK;

/* The reverse, after the last process is dead. Idempotent. */
int vctx_net_down(const struct vctx_state *st, struct vctx_err *err) VCTX_MUST_CHECK;

/* The same for a state that cannot be read: by name and number (0: none). */
int vctx_net_down_name(const char *name, uint32_t xid,
		       struct vctx_err *err) VCTX_MUST_CHECK;
