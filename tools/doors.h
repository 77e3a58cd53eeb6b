/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person still has on the host outside every PAM session: processes, crontab, at
 * jobs, linger, pipes in ~/.forward, units. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ctx.h"
#include "findings.h"

struct vctx_doors_process {
	pid_t pid;
	uint64_t start;
	char comm[32];
};

struct vctx_doors {
	struct vctx_doors_process *process; /* owned; of this uid, in no context */
	size_t n_processes;
	char **at_job; /* owned; names in the spool */
	size_t n_at_jobs;
	bool crontab; /* and cron has no session line of ours */
	bool linger;
};

/* What --kick can end, and the crontab; processes only if asked for. Needs root to see
 * all. */
void vctx_doors_find(const struct vctx_person *who, bool processes,
		     struct vctx_doors *ret);
void vctx_doors_done(struct vctx_doors *d);

/* One finding of level each. kick: only what vctx_doors_close does not end. */
void vctx_doors_report(const struct vctx_doors *d, const struct vctx_person *who,
		       bool kick, enum vctx_level level, struct vctx_findings *f);

/* Ends the processes (SIGTERM, 2 s, SIGKILL), removes at jobs and linger; a line on
 * stdout for each thing done. Refused for uid 0. Needs root. */
int vctx_doors_close(const struct vctx_person *who, struct vctx_err *err) VCTX_MUST_CHECK;

/* ~/.forward with a pipe: a warning. */
void vctx_doors_check_forward(const struct vctx_person *who, struct vctx_findings *f);

/* Units of /etc/systemd/system whose User= is one for whom is_mapped(name or uid, arg)
 * says so: warnings. */
void vctx_doors_check_units(bool (*is_mapped)(const char *user, void *arg), void *arg,
			    struct vctx_findings *f);
