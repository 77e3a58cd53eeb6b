/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects of another build, for the tests that take over. */
#include "bpfobj.h"

#include <device.skel.h>
#include <other.skel.h>

size_t vctx_bpfobj_list(struct vctx_bpfobj ret[VCTX_BPFOBJ_MAX])
{
	ret[0].name = "ipv4root";
	ret[0].bytes = other__elf_bytes(&ret[0].size);
	ret[1].name = "device";
	ret[1].bytes = device__elf_bytes(&ret[1].size);
	return 2;
}
