/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capability ceiling as a set of bits, and as text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* SPEC 3's keep-list: a capability that the kernel learns tomorrow is not in it. */
extern const uint64_t vctx_ceiling_secure;

/* Those that open the host; they need allow-unsafe-caps. */
extern const uint64_t vctx_ceiling_unsafe;

/* Reads "secure CAP_NET_RAW !CAP_SYS_CHROOT": names with or without CAP_, any case; a
 * first word that adds or removes starts from secure; "none" is the empty set. An unknown
 * name is refused with the nearest one. -EPERM: an unsafe one without allow_unsafe or the
 * word allow-unsafe-caps. */
int vctx_ceiling_parse(const char *text, bool allow_unsafe, uint64_t *ret,
		       struct vctx_err *err) VCTX_MUST_CHECK;

/* "secure", or "secure CAP_NET_RAW !CAP_LEASE": what vctx_ceiling_parse reads back. */
void vctx_ceiling_print(uint64_t set, char *buf, size_t size);
