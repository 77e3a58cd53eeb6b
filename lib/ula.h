/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPROOT6=auto: unique local addresses (RFC 4193) that are made of names. Pure. */
#pragma once

#include <stdint.h>

/* fdxx:xxxx:xxxx:0:: of machine_id, and the lower half of the vserver's name: always the
 * same for one vserver on one machine. */
void vctx_ula_make(const char *machine_id, const char *name, uint8_t ret[16]);
