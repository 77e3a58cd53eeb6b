/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pam_vctx/pam_args.c: the words of a PAM line. */
#include "unit.h"

#include "../../pam_vctx/pam_args.h"

static void knows_its_words(void **state)
{
	const char *argv[] = {"debug", "gate"};
	struct vctx_pam_args a;

	(void)state;
	assert_null(vctx_pam_args_parse(0, argv, &a));
	assert_false(a.gate);
	assert_false(a.debug);
	assert_null(vctx_pam_args_parse(1, argv, &a));
	assert_true(a.debug);
	assert_null(vctx_pam_args_parse(2, argv, &a));
	assert_true(a.gate);
}

static void gives_back_a_misspelt_one(void **state)
{
	static const char *const bad[] = {"gates", "GATE",   "gate=1",
					  "",      "ignore", " gate"};
	struct vctx_pam_args a;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(bad); i++) {
		const char *argv[] = {"debug", bad[i], "gate"};

		assert_ptr_equal(vctx_pam_args_parse(3, argv, &a), bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_words),
		cmocka_unit_test(gives_back_a_misspelt_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
