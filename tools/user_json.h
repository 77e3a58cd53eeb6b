/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapping lines and plans as JSON. */
#pragma once

#include "json.h"
#include "map.h"
#include "plan.h"

struct json_object *vctx_user_json_line(const struct vctx_mapping *m);
/* Adds "addresses" and "addresses6", those that are there. */
void vctx_user_json_addresses(struct json_object *o, const struct vctx_iproot *root);
struct json_object *vctx_user_json_plan(const struct vctx_plan *plan);
