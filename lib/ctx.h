/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contexts: their numbers, their names, and names made out of people's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

#define VCTX_XID_HOST 0u
#define VCTX_XID_SPECTATOR 1u
#define VCTX_XID_STATIC_MIN 2u
#define VCTX_XID_STATIC_MAX 49151u
#define VCTX_XID_DYNAMIC_MIN 49152u
#define VCTX_XID_DYNAMIC_MAX 65535u

#define VCTX_NAME_SIZE 64u /* a vserver's name, 1..63 bytes, and NUL */
#define VCTX_USER_SIZE 256u

/* Ids of a context: 0..65535 inside, and blocks of as many for people beyond. */
#define VCTX_IDS 65536u
#define VCTX_EXTENTS_MAX 8u
/* The last block that the kernel maps: the one above ends with (uid_t)-1, which is no id.
 */
#define VCTX_BLOCK_MAX 0xfffe0000u

/* Who wants to get in, as the host's name service knows that person. */
struct vctx_person {
	char user[VCTX_USER_SIZE];
	char group[VCTX_USER_SIZE]; /* name of the primary group, "" if it has none */
	uid_t uid;
	gid_t gid;
	char home[512];
	char shell[256];
	char gecos[256];
};

/* [A-Za-z0-9][A-Za-z0-9._-]{0,62} */
bool vctx_ctx_name_is_valid(const char *name);

/* The name under which a running context is known: a vserver's name, or "#204". */
bool vctx_ctx_label_is_valid(const char *label);

/* Expands %u %g %i %% of pattern into a valid vserver name. What a name cannot hold
 * becomes '-', what is too long is cut, and then '-' and 8 hex digits of the original's
 * SHA-256 follow, so that no two people meet; a person's or group's name that makes it
 * end like that by itself gets them too. -EINVAL for another %-letter or an empty
 * result. */
int vctx_ctx_name_expand(const char *pattern, const struct vctx_person *who,
			 char ret[VCTX_NAME_SIZE], struct vctx_err *err) VCTX_MUST_CHECK;

/* An absolute path under 1024 bytes without empty, "." or ".." parts: it names one place.
 * 0 or -EINVAL. */
int vctx_ctx_path_check(const char *path, struct vctx_err *err) VCTX_MUST_CHECK;

/* Words that are ids above 65535, or starts of their blocks: "70000 1234567890". 0 or
 * -EINVAL. */
int vctx_ctx_ids_check(const char *text, struct vctx_err *err) VCTX_MUST_CHECK;

/* "FIRST-LAST" of host ids, between 65536 and 2147483647, that holds a block of 65536 at
 * a multiple of it. *ret_first is the first of them. 0 or -EINVAL. */
int vctx_ctx_range_parse(const char *text, uint32_t *ret_first,
			 uint32_t *ret_last) VCTX_MUST_CHECK;

/* A host name for label: letters, digits, '-'; replaced or cut as above. */
void vctx_ctx_hostname(const char *label, char ret[VCTX_NAME_SIZE]);
