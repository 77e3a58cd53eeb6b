/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes and namespaces: pidfds, who a pid is, entering. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/* Field 22 of /proc/PID/stat, clock ticks since boot. 0 or -errno. */
int vctx_ns_start_time(pid_t pid, uint64_t *ret) VCTX_MUST_CHECK;

/* A pidfd of pid, proven to be the process that started at start: a reused pid is -ESRCH.
 */
int vctx_ns_pidfd(pid_t pid, uint64_t start, struct vctx_err *err) VCTX_MUST_CHECK;

/* pidfd's process has ended (it may not be reaped). */
bool vctx_ns_has_ended(int pidfd);

/* Number of threads of this process, by /proc/self/status. -errno if it cannot be told.
 */
int vctx_ns_threads(void);

/* Enters the namespaces in flags (CLONE_NEW*) of pidfd's process. */
int vctx_ns_enter(int pidfd, int flags, struct vctx_err *err) VCTX_MUST_CHECK;

/* Becomes root of the user namespace that was entered, with these groups, undumpable.
 * Before that getuid is 65534 and creating a file is EOVERFLOW. */
int vctx_ns_become_root(const gid_t *groups, int n, struct vctx_err *err) VCTX_MUST_CHECK;
