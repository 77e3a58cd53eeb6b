/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State of running contexts under /run/vctx: root's alone, the only source of a context's
 * identity. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "plan.h"

#ifndef VCTX_RUN_DIR /* unit tests have one of their own */
#define VCTX_RUN_DIR "/run/vctx"
#endif
#define VCTX_STATE_DIR VCTX_RUN_DIR "/state"
#define VCTX_PUBLIC_DIR VCTX_RUN_DIR "/public"
#define VCTX_CGROUP_FILE VCTX_RUN_DIR "/cgroup"
#define VCTX_LOG_DIR VCTX_LOCALSTATEDIR "/lib/vctx"
#define VCTX_FAILURES_FILE VCTX_LOG_DIR "/failures"

/* The first 4094 slots: above systemd's container range, below 2^31 (where 6.1's devpts
 * refuses a gid). */
#define VCTX_BASE_FIRST 0x70000000u
#define VCTX_SLOTS_FIRST 4094u
/* Beyond them, and for nothing else: systemd's own range. */
#define VCTX_BASE_MORE 524288u

struct vctx_state {
	struct vctx_plan plan; /* as started; plan.xid is the number it got */
	bool stay;             /* started by hand or at boot: LINGER does not end it */
	bool running;          /* false: being built, or left half built */
	pid_t keeper;          /* host pid of its pid 1 */
	uint64_t keeper_start; /* field 22 of its /proc/PID/stat */
	uint64_t started;      /* seconds since the epoch */
	char cgroup[512];      /* absolute path of vctx/<n> */
	uint32_t base[VCTX_EXTENTS_MAX +
		      1]; /* host ids of 0..65535 and of plan.block[i - 1] */
};

/* Makes /run/vctx and what belongs into it, checks owners and modes. Needs root. */
int vctx_store_init(struct vctx_err *err) VCTX_MUST_CHECK;

/* Locks the context called name, shared (a join) or exclusively (start, teardown),
 * waiting until deadline (vctx_fd_now). Returns the descriptor that holds the lock, or
 * -errno: -ETIMEDOUT. */
int vctx_store_lock(const char *name, bool exclusive, uint64_t deadline,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* The lock under which people are made inside, one after the other, for the context
 * called name. */
int vctx_store_lock_users(const char *name, uint64_t deadline,
			  struct vctx_err *err) VCTX_MUST_CHECK;

/* The lock under which chbind's cgroups are made and taken away. */
int vctx_store_lock_bind(uint64_t deadline, struct vctx_err *err) VCTX_MUST_CHECK;

/* -ENOENT: it is not running, nor half built. */
int vctx_store_read(const char *name, struct vctx_state *ret,
		    struct vctx_err *err) VCTX_MUST_CHECK;
int vctx_store_write(const struct vctx_state *st, struct vctx_err *err) VCTX_MUST_CHECK;

/* Gives st its number and ids; the lowest free slots, under a lock of their own. The
 * exclusive lock on the name is held. -EADDRINUSE: the static number is another
 * context's. */
int vctx_store_claim(struct vctx_state *st, uint64_t deadline,
		     struct vctx_err *err) VCTX_MUST_CHECK;

/* The number that name was given, by the links alone: for a state that cannot be read. 0:
 * none. */
uint32_t vctx_store_number(const char *name);

/* Frees number, ids, public extract and state of name. The exclusive lock is held, and
 * stays held: a start goes on under it. */
void vctx_store_forget(const char *name);

/* Removes name's directory with its locks, after vctx_store_forget, the lock still held.
 * Whoever waits for it takes a new one. */
void vctx_store_remove(const char *name);

/* The name of the context with number xid. -ENOENT: none. */
int vctx_store_by_xid(uint32_t xid, char ret[VCTX_NAME_SIZE],
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* Calls fn for every context that has state. Stops at the first non-zero and returns it.
 */
int vctx_store_each(int (*fn)(const char *name, void *arg), void *arg) VCTX_MUST_CHECK;

/* The cgroup under which all is kept ("TOP"): what /run/vctx/cgroup says. -ENOENT: nobody
 * said it. */
int vctx_store_top(char *ret, size_t size, struct vctx_err *err) VCTX_MUST_CHECK;
int vctx_store_set_top(const char *path, struct vctx_err *err) VCTX_MUST_CHECK;

/* A reference of four characters that people can read out, from the kernel's random
 * numbers. */
void vctx_store_ref(char ret[8]);

/* Appends one line to the failure records; a record that cannot be written is lost,
 * nothing else. */
void vctx_store_failure(const char *ref, const char *user, const char *service,
			const char *reason);
