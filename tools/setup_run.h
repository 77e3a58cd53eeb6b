/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rest of the host says: sshd's effective settings, libpam's own reading. */
#pragma once

#include <stdbool.h>

#include "err.h"

/* Does sshd ask PAM? 1 yes, 0 no, -errno it cannot be told (sshd -T failed). -ENOENT: no
 * sshd here. */
int setup_run_use_pam(struct vctx_err *err) VCTX_MUST_CHECK;

/* Has libpam load pam_vctx.so as a service's file would: a requisite line whose module
 * cannot be loaded locks everybody out, root too. */
int setup_run_probe_module(struct vctx_err *err) VCTX_MUST_CHECK;

/* systemd is pid 1 */
bool setup_run_has_systemd(void);

/* systemctl enable --now vctx.service */
int setup_run_enable_unit(struct vctx_err *err) VCTX_MUST_CHECK;

/* Is cgroup2 mounted with favordynmods? */
bool setup_run_has_favordynmods(const char *mount);

/* mount -o remount,favordynmods MOUNT: for the whole machine. */
int setup_run_favordynmods(const char *mount, struct vctx_err *err) VCTX_MUST_CHECK;
