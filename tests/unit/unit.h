/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test includes: cmocka, in the order that it wants. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
