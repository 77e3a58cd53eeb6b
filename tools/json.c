/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as our commands write it: a versioned object, null for what is not known. */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fd.h"
#include "str.h"

#define FORMAT_VERSION 1

struct json_object *vctx_json_new(void)
{
	struct json_object *o = vctx_json_object();

	vctx_json_number(o, "version", FORMAT_VERSION);
	return o;
}

struct json_object *vctx_json_object(void)
{
	return vctx_cli_must(json_object_new_object());
}

struct json_object *vctx_json_array(struct json_object *o, const char *key)
{
	struct json_object *a = vctx_cli_must(json_object_new_array());

	vctx_json_add(o, key, a);
	return a;
}

void vctx_json_add(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add(o, key, value))
		(void)vctx_cli_must(NULL);
}

/* A path of the file system may be anything; a reader of JSON may not be given that. */
static struct json_object *text_value(const char *text)
{
	cleanup_free char *copy = vctx_cli_must(strdup(text));
	char *p;

	if (!vctx_str_is_utf8(copy))
		for (p = copy; *p; p++)
			if ((unsigned char)*p >= 0x80)
				*p = '?';
	return vctx_cli_must(json_object_new_string(copy));
}

void vctx_json_text(struct json_object *o, const char *key, const char *text)
{
	vctx_json_add(o, key, text ? text_value(text) : NULL);
}

void vctx_json_number(struct json_object *o, const char *key, uint64_t n)
{
	vctx_json_add(o, key, vctx_cli_must(json_object_new_uint64(n)));
}

void vctx_json_bool(struct json_object *o, const char *key, bool b)
{
	vctx_json_add(o, key, vctx_cli_must(json_object_new_boolean(b)));
}

void vctx_json_null(struct json_object *o, const char *key)
{
	vctx_json_add(o, key, NULL);
}

void vctx_json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value))
		(void)vctx_cli_must(NULL);
}

void vctx_json_append_text(struct json_object *array, const char *text)
{
	vctx_json_append(array, text_value(text));
}

void vctx_json_print(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
						       JSON_C_TO_STRING_SPACED |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}
