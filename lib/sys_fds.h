/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a caller's inherited descriptors may bring into a context. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/* Descriptors 0, 1, 2: a directory, an O_PATH or a namespace one refuses the session. */
int vctx_fds_check_std(struct vctx_err *err) VCTX_MUST_CHECK;

/* Descriptors >= 3 stay if they are pipes, UNIX or internet stream and datagram sockets,
 * terminals (not pty masters), harmless devices, unlinked files, eventfd, epoll, signalfd
 * or timerfd, or in keep (ended by -1); all others become /dev/null. Reads /proc/self/fd:
 * before the mount namespace is left. */
int vctx_fds_blank(const int *keep, struct vctx_err *err) VCTX_MUST_CHECK;

/* Pipes and unlinked files on 0..2 that root or uid made are handed to the person's ids
 * as the host has them, so that /dev/stderr can be opened inside. Named ones are not
 * touched. */
void vctx_fds_hand_over(uid_t uid, uint32_t host_uid, uint32_t host_gid);

/* A terminal of the host on descriptors 0..2: its number, or -1. */
int vctx_fds_terminal(void);
