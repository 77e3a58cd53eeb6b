/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process that is in an IPv4 root may go on to. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "bind.h"

#define A(n) htonl(0x0a000000u + (n))

static int narrow(struct vctx_bind *want, struct vctx_err *err)
{
	const struct vctx_abi_root now = {
		.n_addr = 3,
		.addr = {A(1), A(2), A(3), A(9)}, /* the fourth does not count */
		.bcast = A(255),
	};

	*err = (struct vctx_err){0};
	return vctx_bind_narrow(&now, want, err);
}

static void test_addresses(void **state)
{
	struct vctx_bind same = {.root = {.n_addr = 3, .addr = {A(3), A(1), A(2)}}};
	struct vctx_bind less = {.root = {.n_addr = 1, .addr = {A(2), A(4)}}};
	struct vctx_bind more = {.root = {.n_addr = 2, .addr = {A(2), A(4)}}};
	struct vctx_bind past = {.root = {.n_addr = 1, .addr = {A(9)}}};
	struct vctx_err err;

	(void)state;
	assert_int_equal(narrow(&same, &err), 0);
	assert_int_equal(narrow(&less, &err), 0);
	assert_int_equal(narrow(&more, &err), -EPERM);
	assert_non_null(strstr(err.msg, "10.0.0.4 is not in the IPv4 root"));
	assert_int_equal(narrow(&past, &err), -EPERM);
}

static void test_broadcast(void **state)
{
	struct vctx_bind b = {.root = {.n_addr = 1, .addr = {A(1)}, .bcast = A(255)}};
	struct vctx_err err;

	(void)state;
	b.bcast_asked = true;
	assert_int_equal(narrow(&b, &err), 0);
	assert_int_equal(b.root.bcast, A(255));
	b.root.bcast = A(127);
	assert_int_equal(narrow(&b, &err), -EPERM);
	assert_non_null(strstr(err.msg, "10.0.0.127"));
	/* a device's: it was the addresses that were asked for */
	b.bcast_asked = false;
	assert_int_equal(narrow(&b, &err), 0);
	assert_int_equal(b.root.bcast, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_broadcast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
