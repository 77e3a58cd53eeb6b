/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/ceiling.c: the keep-list, what is refused, and text that reads back. */
#include "unit.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "ceiling.h"

#define BIT(c) (UINT64_C(1) << (c))

static void secure_is_the_keep_list(void **state)
{
	static const int keep[] = {
		CAP_CHOWN,
		CAP_DAC_OVERRIDE,
		CAP_FOWNER,
		CAP_FSETID,
		CAP_KILL,
		CAP_SETGID,
		CAP_SETUID,
		CAP_SETPCAP,
		CAP_SYS_CHROOT,
		CAP_SETFCAP,
		CAP_LEASE,
		CAP_AUDIT_WRITE,
		CAP_NET_BIND_SERVICE,
	};
	uint64_t set = 0;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(keep); i++)
		set |= BIT(keep[i]);
	assert_int_equal(vctx_ceiling_secure, set);
	assert_int_equal(vctx_ceiling_secure & vctx_ceiling_unsafe, 0);
	/* the first bits that are no capability of today */
	assert_int_equal(vctx_ceiling_secure >> (CAP_LAST_CAP + 1), 0);
}

static void reads_sets(void **state)
{
	const uint64_t s = vctx_ceiling_secure;
	const struct {
		const char *text;
		bool allow;
		int r;
		uint64_t set;
	} v[] = {
		{"", false, 0, s},
		{"secure", false, 0, s},
		{"none", false, 0, 0},
		{"none CAP_CHOWN", false, 0, BIT(CAP_CHOWN)},
		{"CAP_NET_RAW", false, 0, s | BIT(CAP_NET_RAW)},
		{"net_raw,!Cap_Sys_Chroot", false, 0,
		 (s | BIT(CAP_NET_RAW)) & ~BIT(CAP_SYS_CHROOT)},
		{"!CAP_NET_RAW", false, 0, s},
		{"CAP_LEASE !CAP_LEASE", false, 0, s & ~BIT(CAP_LEASE)},
		{"CAP_SYS_ADMIN", false, -EPERM, 0},
		{"secure sys_admin", false, -EPERM, 0},
		{"!CAP_SYS_ADMIN", false, 0, s},
		{"CAP_SYS_ADMIN", true, 0, s | BIT(CAP_SYS_ADMIN)},
		{"CAP_SYS_ADMIN allow-unsafe-caps", false, 0, s | BIT(CAP_SYS_ADMIN)},
		{"allow-unsafe-caps none", false, 0, 0},
		{"xallow-unsafe-caps", false, -EINVAL, 0},
		{"CAP_NET_RAW secure", false, -EINVAL, 0},
		{"none none", false, -EINVAL, 0},
		{"CAP_NET_RAV", false, -EINVAL, 0},
		{"CAP_", false, -EINVAL, 0},
		{"!", false, -EINVAL, 0},
		{"!!CAP_LEASE", false, -EINVAL, 0},
		{"!secure", false, -EINVAL, 0},
		{"all", false, -EINVAL, 0},
		{"CAP_63", false, -EINVAL, 0},
		{"0xffffffff", false, -EINVAL, 0},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 true, -ENAMETOOLONG, 0},
	};
	struct vctx_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		uint64_t set = 0;

		assert_int_equal(vctx_ceiling_parse(v[i].text, v[i].allow, &set, &err),
				 v[i].r);
		assert_int_equal(set, v[i].set);
	}
}

static void names_the_nearest(void **state)
{
	struct vctx_err err;
	uint64_t set;

	(void)state;
	assert_int_equal(vctx_ceiling_parse("CAP_NET_RAV", false, &set, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "CAP_NET_RAW?"));
	assert_int_equal(vctx_ceiling_parse("CAP_SYS_PTRACE", false, &set, &err), -EPERM);
	assert_non_null(strstr(err.msg, "allow-unsafe-caps"));
}

static void every_unsafe_one_is_refused(void **state)
{
	char text[64];
	struct vctx_err err;
	uint64_t set;
	unsigned int c;

	(void)state;
	for (c = 0; c <= CAP_LAST_CAP; c++) {
		vctx_ceiling_print(BIT(c), text, sizeof(text));
		if (vctx_ceiling_unsafe & BIT(c))
			assert_int_equal(vctx_ceiling_parse(text, false, &set, &err),
					 -EPERM);
	}
}

static void prints_what_it_reads_back(void **state)
{
	char text[1100];
	struct vctx_err err;
	uint64_t set, back;
	unsigned int c;

	(void)state;
	for (c = 0; c <= CAP_LAST_CAP; c++)
		for (set = 0; set < 4; set++) {
			uint64_t s = (set & 1 ? vctx_ceiling_secure : 0) ^
				     (set & 2 ? BIT(c) : 0);

			vctx_ceiling_print(s, text, sizeof(text));
			assert_int_equal(vctx_ceiling_parse(text, true, &back, &err), 0);
			assert_int_equal(back, s);
		}
	set = BIT(CAP_LAST_CAP + 1) - 1;
	vctx_ceiling_print(set, text, sizeof(text));
	assert_int_equal(vctx_ceiling_parse(text, true, &back, &err), 0);
	assert_int_equal(back, set);
	vctx_ceiling_print(set, text, 10);
	assert_int_equal(strlen(text), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secure_is_the_keep_list),
		cmocka_unit_test(reads_sets),
		cmocka_unit_test(names_the_nearest),
		cmocka_unit_test(every_unsafe_one_is_refused),
		cmocka_unit_test(prints_what_it_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
