/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What chbind takes for an address: a number, a network device, the name of a host. */
#pragma once

#include <stdint.h>

#include "err.h"
#include "ip.h"

/* Of a number or a name: "A", "A/24", "A/255.255.255.0", /24 where nothing is said. Of a
 * device ("eth0", or the label "eth0:1" of a further address): its address and mask, and
 * its broadcast address in *ret_bcast, else 0. */
int chbind_addr_parse(const char *text, struct vctx_ip4 *ret, uint32_t *ret_bcast,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* A broadcast address, or a device's. */
int chbind_addr_bcast(const char *text, uint32_t *ret,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* Is addr an address of this host? All of 127/8 is. 1, 0 or -errno. */
int chbind_addr_is_here(uint32_t addr, struct vctx_err *err) VCTX_MUST_CHECK;
