/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of vctx-user, and what they share. argv[0] is the verb. */
#pragma once

#include <stdio.h>

#include "config.h"
#include "map.h"

int vctx_user_add(int argc, char **argv);
int vctx_user_mod(int argc, char **argv);
int vctx_user_del(int argc, char **argv);
int vctx_user_list(int argc, char **argv);
int vctx_user_show(int argc, char **argv);
int vctx_user_explain(int argc, char **argv);
int vctx_user_check(int argc, char **argv);
int vctx_user_edit(int argc, char **argv);

/* The subject as it is written on the command line: "alice", "@students", "*"; of a line
 * that cannot be read "?". The caller frees. */
char *vctx_user_subject(const struct vctx_mapping *m);

/* The first line of subject, as vctx_user_subject writes it, or NULL. */
const struct vctx_mapping *vctx_user_find(const struct vctx_map *map,
					  const char *subject);

/* "deny", "host", "student1", "#204", "broken". The caller frees. */
char *vctx_user_target(const struct vctx_mapping *m);

/* Words without a value that stand on the line, "audit allow-root", or "". The caller
 * frees. */
char *vctx_user_flags(const struct vctx_mapping *m);

/* Loads the configuration; says why not. 0 or an exit code. */
int vctx_user_load(struct vctx_config *config);
