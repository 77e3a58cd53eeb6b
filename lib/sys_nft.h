/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nftables table `ip vctx`, ours alone: masquerading and published ports.
 * libnftables is loaded when it is needed: it takes a millisecond, and most starts and
 * every `vserver exec` do without it. All needs CAP_NET_ADMIN. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "ip.h"

#define VCTX_NFT_LABEL_SIZE 64

/* What one context has in the table. */
struct vctx_nft {
	char label[VCTX_NFT_LABEL_SIZE];
	uint32_t addr[VCTX_IP_MAX]; /* network order: ports of these are never redirected
				     */
	uint32_t n_addr;
	char masquerade[VCTX_DEV_SIZE]; /* the first address goes out there as the
					   device's; "": none */
	struct vctx_publish publish[VCTX_PUBLISH_MAX]; /* to the first address */
	uint32_t n_publish;
};

/* Adds what context has. -ENOENT: there is no table (vctx_nft_make). -EADDRINUSE: a port
 * is published by, or the address masqueraded for, the context called ret_owner. On
 * failure nothing of it is in the table. Idempotent. */
int vctx_nft_add(const struct vctx_nft *context, char ret_owner[VCTX_NFT_LABEL_SIZE],
		 struct vctx_err *err) VCTX_MUST_CHECK;

/* Removes what context has, and nothing that bears another's name. Idempotent; no table
 * is no error. */
int vctx_nft_del(const struct vctx_nft *context, struct vctx_err *err) VCTX_MUST_CHECK;

/* Removes what bears this name, for a state that cannot be read. */
int vctx_nft_del_label(const char *label, struct vctx_err *err) VCTX_MUST_CHECK;

/* Makes the table, which is not there, with what these n contexts have. */
int vctx_nft_make(const struct vctx_nft *contexts, size_t n,
		  struct vctx_err *err) VCTX_MUST_CHECK;
