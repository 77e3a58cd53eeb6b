/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-setup's commands. Each prints what went wrong and returns the exit status. */
#pragma once

#include <stdbool.h>

struct setup_options {
	bool deny, release, favordynmods;
	char **services; /* ended by NULL; an empty list means all */
};

int setup_enable(const struct setup_options *o);
int setup_disable(const struct setup_options *o);
int setup_status(const struct setup_options *o);
int setup_boot(const struct setup_options *o);
