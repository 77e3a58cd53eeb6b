/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the code under test: the fuzzer stops and keeps the input. */
static inline void must(bool what)
{
	if (!what)
		abort();
}
