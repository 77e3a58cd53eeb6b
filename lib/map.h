/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mapping lines of /etc/security/vctx.conf as a model. From a buffer, never a path.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum vctx_subject { VCTX_SUBJECT_USER, VCTX_SUBJECT_GROUP, VCTX_SUBJECT_ANY };

enum vctx_target {
	VCTX_TARGET_BROKEN, /* does not parse: denies whom it could concern */
	VCTX_TARGET_HOST,
	VCTX_TARGET_DENY,
	VCTX_TARGET_VSERVER,
	VCTX_TARGET_CONTEXT,
};

enum vctx_usermode { VCTX_USER_INSIDE, VCTX_USER_CREATE };

enum {
	VCTX_MAP_AUDIT = 1u << 0,
	VCTX_MAP_INCLUDE_ADMINS = 1u << 1,
	VCTX_MAP_MAY_RESCUE = 1u << 2,
	VCTX_MAP_ALLOW_ROOT = 1u << 3,
	VCTX_MAP_ALLOW_UNSAFE_CAPS = 1u << 4,
};

/* One line. Strings are owned, NULL where the word is not there. */
struct vctx_mapping {
	const char *file;          /* owned by the map */
	unsigned int line, column; /* column: of the fault, for a broken one */
	enum vctx_subject kind;
	char *subject; /* without '@'; NULL for '*', and where it cannot be read */
	bool nameless; /* broken, and whom it means cannot be read: it could be anyone */
	enum vctx_target target;
	unsigned int flags;
	enum vctx_usermode user;
	bool user_said; /* user= is there, whatever it says */
	uint32_t xid;
	char *vserver, *root, *caps, *ip, *ip6, *ports, *uids;
	char *why; /* of a broken one: the sentence */
};

struct vctx_map {
	struct vctx_mapping *v;
	size_t n;
	char **files; /* names of the files read, for vctx_mapping.file */
	size_t n_files;
	bool has_groups;
	size_t n_broken;
	char *unreadable; /* why a file could not be read: denies all but uid 0 */
};

/* Appends the lines of one file. A line that does not parse becomes a broken one; the
 * only failure is -ENOMEM, and the map is then not to be used. */
int vctx_map_parse(struct vctx_map *map, const char *file, const char *text, size_t len,
		   struct vctx_err *err) VCTX_MUST_CHECK;

/* Notes that file could not be read, with the reason. 0, or -ENOMEM: the map is then not
 * to be used. */
int vctx_map_set_unreadable(struct vctx_map *map, const char *file,
			    const char *why) VCTX_MUST_CHECK;

void vctx_map_done(struct vctx_map *map);

/* The line as text, allocated: subject and words, quoted where needed, no newline. */
char *vctx_map_print(const struct vctx_mapping *m);

/* A frozen copy-free reading of one line, as vctx_map_parse does it. For tools that edit
 * a line. */
int vctx_map_parse_line(const char *line, struct vctx_mapping *ret,
			struct vctx_err *err) VCTX_MUST_CHECK;
void vctx_map_line_done(struct vctx_mapping *m);
