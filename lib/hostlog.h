/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines for the host's log: with fields for the journal where it runs, else for /dev/log.
 * The descriptor is opened before a join, since afterwards /dev/log is the guest's. */
#pragma once

#include "err.h"

struct vctx_hostlog {
	int fd;           /* -1: nobody listens */
	int journal;      /* fd speaks the journal's own protocol */
	char service[64]; /* PAM service or program */
	char user[256];
	char context[64]; /* name of the context, "" where there is none */
};

/* Never fails: without a listener lines are lost, which is not a reason to refuse or to
 * let in. */
void vctx_hostlog_open(struct vctx_hostlog *log, const char *service, const char *user);
void vctx_hostlog_close(struct vctx_hostlog *log);

/* priority as in syslog(3) (LOG_ERR, LOG_INFO); ref may be NULL. */
void vctx_hostlog_write(const struct vctx_hostlog *log, int priority, const char *ref,
			const char *fmt, ...) VCTX_PRINTF(4, 5);
