/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter of system calls that every process of a context carries. */
#include "sys_seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp_filters.h"

#define PROG(f)                                                                          \
	{                                                                                \
		sizeof(f) / sizeof((f)[0]), (struct sock_filter *)(uintptr_t)(f)         \
	}

int vctx_seccomp_apply(enum vctx_net net, struct vctx_err *err)
{
	struct sock_fprog any = PROG(filter_any), none = PROG(filter_none);

	if (net != VCTX_NET_ANY && net != VCTX_NET_NONE && net != VCTX_NET_ROOT)
		return vctx_err_set(err, -EINVAL, "no filter for this kind of network");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
		    net == VCTX_NET_NONE ? &none : &any))
		return vctx_err_sys(err, "the system call filter cannot be installed");
	return 0;
}
