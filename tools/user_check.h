/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of vctx-user check; each adds to the findings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "ctx.h"
#include "findings.h"

/* Someone whom a line sends into a context. */
struct vctx_user_mapped {
	struct vctx_person who;
	uint64_t caps; /* the ceiling there */
	char context[VCTX_NAME_SIZE];
};

struct vctx_user_machine {
	struct vctx_config config;
	struct vctx_user_mapped *mapped; /* owned */
	size_t n_mapped;
	bool active; /* a line refuses someone or sends someone into a context */
	bool root;   /* we are root: all can be seen */
	struct vctx_findings f;
};

/* Broken lines, and second ones for a person. */
void vctx_user_check_lines(const struct vctx_map *map, struct vctx_findings *f);

/* Each line by itself: its subject, target and words. */
void vctx_user_check_words(struct vctx_user_machine *m);
/* Whom do the lines send into contexts, and would they be let in; fills mapped. */
void vctx_user_check_people(struct vctx_user_machine *m);
/* vservers.conf, every vserver's file, roots, numbers, VSERVERDIR. */
void vctx_user_check_vservers(struct vctx_user_machine *m);
/* Addresses that two have, pools, devices. */
void vctx_user_check_net(struct vctx_user_machine *m);
void vctx_user_check_pam(struct vctx_user_machine *m);
void vctx_user_check_sshd(struct vctx_user_machine *m);
/* Doors that no PAM session guards. */
void vctx_user_check_doors(struct vctx_user_machine *m);
void vctx_user_check_kernel(struct vctx_user_machine *m);
