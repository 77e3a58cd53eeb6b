/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vserver's commands. Each prints what went wrong and returns the exit status. */
#pragma once

#include <stdbool.h>

#include "ctx.h"
#include "store.h"

enum {
	VSERVER_DONE = 0,
	VSERVER_FAILED = 1,
	VSERVER_USAGE = 2,
	VSERVER_STOPPED = 3,
	VSERVER_UNKNOWN = 5,
	/* of exec, as env(1) has them */
	VSERVER_EXEC_FAILED = 125,
	VSERVER_CANNOT_RUN = 126,
	VSERVER_NOT_FOUND = 127,
};

struct vserver {
	char name[VCTX_NAME_SIZE]; /* or "#204" */
	bool has_file;             /* /etc/vservers/NAME.conf is there */
	bool has_state;            /* running, half built, or left behind */
	bool running;
	struct vctx_state st; /* of a running one */
};

int vserver_start(struct vserver *v, char **args);
int vserver_stop(struct vserver *v, char **args);
int vserver_status(struct vserver *v, char **args);
int vserver_exec(struct vserver *v, char **args);
