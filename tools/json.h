/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as our commands write it: a versioned object, null for what is not known. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

/* {"version": 1}. */
struct json_object *vctx_json_new(void);

/* All end the program where memory is out. A text of NULL is null; one that is not UTF-8
 * has its bad bytes replaced by '?'. */
struct json_object *vctx_json_object(void);
struct json_object *vctx_json_array(struct json_object *o, const char *key);
void vctx_json_add(struct json_object *o, const char *key, struct json_object *value);
void vctx_json_text(struct json_object *o, const char *key, const char *text);
void vctx_json_number(struct json_object *o, const char *key, uint64_t n);
void vctx_json_bool(struct json_object *o, const char *key, bool b);
void vctx_json_null(struct json_object *o, const char *key);
void vctx_json_append(struct json_object *array, struct json_object *value);
void vctx_json_append_text(struct json_object *array, const char *text);

/* Prints it with a newline and frees it. */
void vctx_json_print(struct json_object *o);
