/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/pam.d: files read once, changed in memory, and written when all of them are right.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"
#include "setup_stack.h"

#define SETUP_PAM_DIR "/etc/pam.d"

struct setup_file {
	char name[64];
	char *old; /* as it is on disk; NULL: there is none */
	char *new; /* as it shall be; NULL: as it is */
	size_t old_len, new_len;
	mode_t mode;
	gid_t gid;
};

struct setup_files {
	int dir;
	struct setup_file *v[1024];
	size_t n;
};

/* lock: nobody else runs vctx-setup until setup_files_close. */
int setup_files_open(struct setup_files *f, bool lock,
		     struct vctx_err *err) VCTX_MUST_CHECK;
void setup_files_close(struct setup_files *f);

/* The file called name. A missing one is a file with old == NULL. Refused: a symbolic
 * link, and one that others than root can write. */
int setup_files_get(struct setup_files *f, const char *name, struct setup_file **ret,
		    struct vctx_err *err) VCTX_MUST_CHECK;

/* For setup_stack: files as they shall be. arg is a struct setup_files. */
int setup_files_read(void *arg, const char *name, const char **ret_text, size_t *ret_len,
		     struct vctx_err *err) VCTX_MUST_CHECK;

/* Writes what has changed, in the order in which it was first asked for. *ret_n: how many
 * files are written. */
int setup_files_commit(struct setup_files *f, size_t *ret_n,
		       struct vctx_err *err) VCTX_MUST_CHECK;

/* Names of all files of the directory that hold our marks, sorted; ended by NULL, owned
 * by the caller as one block each. */
int setup_files_marked(struct setup_files *f, char ***ret,
		       struct vctx_err *err) VCTX_MUST_CHECK;
void setup_names_free(char **names);

/* Services that land in a vserver, and those in which mapped people are only refused. */
extern const char *const setup_services[];
extern const char *const setup_guards[];
/* Files whose account line refuses mapped people in every service that has no own one. */
extern const char *const setup_bases[];

bool setup_is_one_of(const char *const *list, const char *name);
