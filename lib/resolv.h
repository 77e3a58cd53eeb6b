/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resolv.conf of a context: the host's, without the servers that cannot be reached from
 * inside. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "ip.h"

#define VCTX_RESOLV_KEEP "vctx: keep" /* in a file's first line: it is left alone */
#define VCTX_RESOLV_SIZE 8192

/* Does host name a loopback server, so that the file with the servers behind it is
 * wanted? */
bool vctx_resolv_has_loopback(const char *host);

/* The text for a context with root. host: the host's resolv.conf; upstream: the one that
 * its local resolver asks, used where host names no server that can be reached; NULL:
 * there is none. A server on the loopback stays if HOST_SERVICES has its port 53, one
 * with an IPv6 address if the root has any. Everything but servers and comments stays.
 * *ret_none: no server is left, which the text says too. Returns the length or
 * -ENOSPC. */
int vctx_resolv_print(const char *host, const char *upstream,
		      const struct vctx_iproot *root, char *buf, size_t size,
		      bool *ret_none) VCTX_MUST_CHECK;
