/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects for the kernel that this build carries. */
#pragma once

#include <stddef.h>

#define VCTX_BPFOBJ_MAX 4

struct vctx_bpfobj {
	const char *name;
	const void *bytes; /* an ELF file */
	size_t size;
};

/* Fills ret and returns how many there are. */
size_t vctx_bpfobj_list(struct vctx_bpfobj ret[VCTX_BPFOBJ_MAX]);
