/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter of system calls that every process of a context carries. */
#pragma once

#include "err.h"
#include "ip.h"

/* Puts the filter for net into force (which addresses a socket may have is no matter of
 * it: with a root it is that of any), for this process and all its descendants, for ever.
 * While CAP_SYS_ADMIN of the user namespace is there. */
int vctx_seccomp_apply(enum vctx_net net, struct vctx_err *err) VCTX_MUST_CHECK;
