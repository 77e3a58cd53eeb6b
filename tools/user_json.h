/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapping lines and plans as JSON. */
#pragma once

#include "json.h"
#include "map.h"
#include "plan.h"

struct json_object *vctx_user_json_line(const struct vctx_mapping *m);
struct json_object *vctx_user_json_plan(const struct vctx_plan *plan);
