/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects for the kernel that this build carries. */
#include "bpfobj.h"

#include <device.skel.h>
#include <ipv4root.skel.h>

size_t vctx_bpfobj_list(struct vctx_bpfobj ret[VCTX_BPFOBJ_MAX])
{
	ret[0].name = "ipv4root";
	ret[0].bytes = ipv4root__elf_bytes(&ret[0].size);
	ret[1].name = "device";
	ret[1].bytes = device__elf_bytes(&ret[1].size);
	return 2;
}
