/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entering a running context, for good: this process and its children are inside
 * afterwards. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ctx.h"
#include "err.h"
#include "plan.h"
#include "rootdir.h"
#include "store.h"

enum vctx_join_tty {
	VCTX_TTY_NONE, /* the session makes its own inside (sshd, cron) */
	VCTX_TTY_SHOW, /* a terminal of the host is shown as /dev/console (su, runuser) */
	VCTX_TTY_GIVE, /* and handed over to root inside, which gives it to the person
			  (login) */
};

struct vctx_join {
	struct vctx_state st;
	struct vctx_person who;
	/* no person: the guest's root itself, whatever its passwd says; who is not looked
	 * at */
	bool as_root;
	uint64_t caps; /* of the plan; the running context's are the bound */
	enum vctx_join_tty tty;
	bool pin_names; /* the program goes on to ask the name service: it must not load
			   the guest's */
	/* told why, after the point from which nothing can return; may be NULL */
	void (*lost)(void *arg, const struct vctx_err *err);
	/* told before the first step that cannot be undone: afterwards the host's log is
	 * out of reach; may be NULL */
	void (*entering)(void *arg);
	void *arg;
};

/* Is the context called name running, its pid 1 being the one that its state names? *ret
 * is its state then. Needs root. */
bool vctx_join_is_alive(const char *name, struct vctx_state *ret);

/* Can this process enter a context at all: root, one thread. */
int vctx_join_check_caller(struct vctx_err *err) VCTX_MUST_CHECK;

/* Reads the running context's state and checks that person and plan fit it: alive, same
 * root, ids mapped, in its passwd with the same ids, room for a process. Changes nothing.
 * who NULL: the guest's root itself, which no passwd has to name. Returns the keeper's
 * pidfd; *ret_root (may be NULL) is a descriptor of the root that was checked, the caller
 * closes it. Needs root. */
int vctx_join_check(const struct vctx_plan *plan, const struct vctx_person *who,
		    struct vctx_state *ret, int *ret_root,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* plan and who as decided; enters as described in HACKING.md. A failure before the first
 * step that cannot be undone returns; after it the process ends with 254, told to lost
 * first. deadline bounds the wait for a start or stop under way. Needs root, one thread.
 */
int vctx_join(struct vctx_join *j, const struct vctx_plan *plan, uint64_t deadline,
	      struct vctx_err *err) VCTX_MUST_CHECK;
