/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How deep in the cgroup tree a cgroup is, as programs in the kernel count it. */
#pragma once

#include <stdint.h>

#include "err.h"

/* The level of cgroups right below parent: what bpf_get_current_ancestor_cgroup_id() is
 * asked for. Paths do not tell it inside a cgroup namespace: a child of this process goes
 * into parent/probe for a moment, and a program there looks. Libbpf's messages go where
 * the caller sent them. Needs root. */
int vctx_bpflevel_find(const char *parent, uint32_t *ret,
		       struct vctx_err *err) VCTX_MUST_CHECK;
