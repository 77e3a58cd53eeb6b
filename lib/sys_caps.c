/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capability ceiling, put into force in all five sets and proven. */
#include "sys_caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ceiling.h"

/* Straight system calls: libcap's cap_set_proc allocates, and starts threads' worth of
 * hooks in the caller. */
static int set_sets(uint64_t permitted)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};

	data[0].permitted = data[0].effective = (uint32_t)permitted;
	data[1].permitted = data[1].effective = (uint32_t)(permitted >> 32);
	return (int)syscall(SYS_capset, &head, data);
}

static int drop_bounding(uint64_t set, struct vctx_err *err)
{
	int cap, has;

	/* up to the kernel's last one, whatever its number: those of tomorrow are not in
	 * set */
	for (cap = 0; cap < 64; cap++) {
		if (set >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)) {
			if (errno == EINVAL)
				break;
			return vctx_err_sys(
				err, "capability %d stays in the bounding set", cap);
		}
	}
	for (cap = 0; cap < 64; cap++) {
		has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (has < 0)
			break;
		if (has && !(set >> cap & 1))
			return vctx_err_set(err, -EPERM,
					    "capability %d stays in the bounding set",
					    cap);
	}
	return 0;
}

/* The drop is proven: the sets are what they should be, and trying to take back all that
 * was dropped, and each single one that could open the host, is refused. */
static int prove(uint64_t set, struct vctx_err *err)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};
	int cap;

	if (syscall(SYS_capget, &head, data))
		return vctx_err_sys(err, "capget");
	for (cap = 0; cap < 2; cap++)
		if ((data[cap].effective | data[cap].permitted | data[cap].inheritable) &
		    ~(uint32_t)(set >> 32 * cap))
			return vctx_err_set(err, -EPERM,
					    "a dropped capability is still there");
	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		if ((vctx_ceiling_unsafe & ~set) >> cap & 1 &&
		    !set_sets(set | UINT64_C(1) << cap))
			return vctx_err_set(
				err, -EPERM,
				"capability %d was dropped and could be regained", cap);
	return 0;
}

int vctx_caps_apply(uint64_t set, struct vctx_err *err)
{
	int r = drop_bounding(set, err);

	if (r)
		return r;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return vctx_err_sys(err, "the ambient set cannot be cleared");
	if (set_sets(set))
		return vctx_err_sys(err, "the capability sets cannot be lowered");
	return prove(set, err);
}
