/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A context's mounts: its root, /dev, /run, /tmp, /proc, and what of /proc is closed. */
#pragma once

#include <stdint.h>

#include "err.h"
#include "ip.h"

/* Makes the directories that mounts go on, if they are missing, in the plain root (not
 * the shifted one: host's root cannot write there). A symbolic link or a file in their
 * place is refused. ip: whose sockets of HOST_SERVICES are mounts as well. */
int vctx_mount_prepare(int root, const char *path, const struct vctx_iproot *ip,
		       struct vctx_err *err) VCTX_MUST_CHECK;

/* In a mount namespace of its own (unshared by the caller): puts tree (a detached mount)
 * on stage, mounts /dev, /dev/pts, /dev/shm, /run, /tmp for ids at base, and read-only
 * the directories of ip's sockets, which have to hold sockets alone; makes it the root;
 * the old one is gone. Closes tree. */
int vctx_mount_root(int tree, const char *stage, uint32_t base,
		    const struct vctx_iproot *ip, struct vctx_err *err) VCTX_MUST_CHECK;

/* Inside the context's mount, pid and ipc namespaces, as host's root: mounts /proc and
 * /dev/mqueue. */
int vctx_mount_proc(struct vctx_err *err) VCTX_MUST_CHECK;

/* Makes /proc's knobs read-only and hides what tells of the host. After the last write to
 * /proc/sys. */
int vctx_mount_close_proc(struct vctx_err *err) VCTX_MUST_CHECK;

/* A detached bind mount of the terminal behind descriptor fd; and its place inside,
 * /dev/console. */
int vctx_mount_take_tty(int fd, struct vctx_err *err) VCTX_MUST_CHECK;
int vctx_mount_place_tty(int tree, struct vctx_err *err) VCTX_MUST_CHECK;
