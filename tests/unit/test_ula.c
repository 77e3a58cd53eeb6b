/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/ula.c: addresses made of names. */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "ula.h"

static void is_made_of_machine_and_name(void **state)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t a[16], b[16];

	(void)state;
	/* printf machine | sha256sum; printf lab | sha256sum */
	vctx_ula_make("machine", "lab", a);
	assert_string_equal(inet_ntop(AF_INET6, a, text, sizeof(text)),
			    "fdbc:20a:35b7:0:a511:46d3:8077:ff99");
	vctx_ula_make("machine", "lab2", b);
	assert_memory_equal(a, b, 8);
	assert_memory_not_equal(a + 8, b + 8, 8);
	vctx_ula_make("other", "lab", b);
	assert_memory_not_equal(a, b, 6);
	assert_memory_equal(a + 6, b + 6, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_made_of_machine_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
