/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of the host's devices, by rtnetlink(7). */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/* What we add is marked (IFA_PROTO, kernel 5.18), so that an address which the host has
 * is never taken for ours, whatever moment a builder died at.
 */
#define VCTX_ADDR_PROTO 0x76

struct vctx_addr {
	int family;        /* AF_INET or AF_INET6 */
	uint8_t bytes[16]; /* network order; the first four of AF_INET */
};

/* Where an address is. */
struct vctx_addr_found {
	bool theirs, ours;     /* on a device, without our mark and with it */
	char dev[IF_NAMESIZE]; /* the device that has it with our mark, else the other */
	uint8_t prefix;
};

const char *vctx_addr_print(const struct vctx_addr *addr, char buf[INET6_ADDRSTRLEN]);
/* 0 or -EINVAL. */
int vctx_addr_parse(const char *text, struct vctx_addr *ret) VCTX_MUST_CHECK;

/* Looks through all devices of this network namespace. */
int vctx_addr_find(const struct vctx_addr *addr, struct vctx_addr_found *ret,
		   struct vctx_err *err) VCTX_MUST_CHECK;

/* The device of the default route, and the address that it gives to what goes out there
 * (ret_source may be NULL; family 0: none). -ENETUNREACH: there is none. */
int vctx_addr_default(int family, char ret_dev[IF_NAMESIZE], struct vctx_addr *ret_source,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* Adds addr with our mark. IPv4: bcast (network order) or, if 0, the prefix' last address
 * where the prefix is below 31; the device is told to keep an address whose first of the
 * same net goes. IPv6: usable at once, and never chosen by the host for itself. On a
 * loopback device the prefix is that of one address: it would make a whole net local
 * there. Needs CAP_NET_ADMIN. -ENODEV: no such device. */
int vctx_addr_add(const struct vctx_addr *addr, uint8_t prefix, uint32_t bcast,
		  const char *dev, struct vctx_err *err) VCTX_MUST_CHECK;

/* Removes it from the device; one that is not there is no error. */
int vctx_addr_del(const struct vctx_addr *addr, uint8_t prefix, const char *dev,
		  struct vctx_err *err) VCTX_MUST_CHECK;
