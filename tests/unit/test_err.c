/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/err.c: a code and one sentence, whatever goes into it. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "err.h"

static void sets_code_and_sentence(void **state)
{
	struct vctx_err err;

	(void)state;
	assert_int_equal(vctx_err_set(&err, -EPERM, "root %s", "/srv"), -EPERM);
	assert_int_equal(err.code, -EPERM);
	assert_string_equal(err.msg, "root /srv");
	assert_int_equal(vctx_err_set(&err, 0, "x"), -EINVAL);
}

static void appends_what_the_kernel_said(void **state)
{
	struct vctx_err err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(vctx_err_sys(&err, "%s", "/x"), -ENOENT);
	assert_string_equal(err.msg, "/x: No such file or directory");
	/* a failure is never 0 */
	errno = 0;
	assert_int_equal(vctx_err_sys(&err, "/x"), -EIO);
}

static void wraps_on_the_way_up(void **state)
{
	struct vctx_err err;

	(void)state;
	(void)vctx_err_set(&err, -EINVAL, "no key 'X'");
	assert_int_equal(vctx_err_wrap(&err, "%s:%u", "/etc/v.conf", 3u), -EINVAL);
	assert_string_equal(err.msg, "/etc/v.conf:3: no key 'X'");
}

static void stays_in_bounds_and_on_one_line(void **state)
{
	char big[2000];
	struct vctx_err err;
	int i;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	errno = ENOENT;
	(void)vctx_err_set(&err, -EPERM, "%s", big);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	(void)vctx_err_sys(&err, "%s", big);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	for (i = 0; i < 3; i++)
		(void)vctx_err_wrap(&err, "%s", big);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	(void)vctx_err_set(&err, -EPERM, "%s", "a\nb\033[2J\177\t");
	assert_string_equal(err.msg, "a?b?[2J??");
	(void)vctx_err_wrap(&err, "x\ny");
	assert_string_equal(err.msg, "x?y: a?b?[2J??");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_code_and_sentence),
		cmocka_unit_test(appends_what_the_kernel_said),
		cmocka_unit_test(wraps_on_the_way_up),
		cmocka_unit_test(stays_in_bounds_and_on_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
