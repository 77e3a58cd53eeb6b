/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/addrs.c and lib/sys_addr.c: counted addresses, in a network namespace and a
 * directory of the test's own. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addrs.h"
#include "fd.h"

static char base[] = "addrs-test-XXXXXX";

static int sh(const char *command)
{
	/* a constant of the test's own
	 * NOLINTNEXTLINE(cert-env33-c) */
	int status = system(command);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(base) || chdir(base) || mkdir("run", 0755))
		return -1;
	return unshare(CLONE_NEWNET) || sh("ip link set lo up") ||
	       sh("ip link add e0 type veth peer name e1") || sh("ip link set e0 up") ||
	       sh("ip link set e1 up");
}

static int tear_down(void **state)
{
	(void)state;
	return chdir("..") || sh("rm -rf addrs-test-??????");
}

static struct vctx_addr new_addr(const char *text)
{
	struct vctx_addr addr = {0};

	assert_int_equal(vctx_addr_parse(text, &addr), 0);
	return addr;
}

static int take(const char *label, const char *text, uint8_t prefix, const char *dev)
{
	struct vctx_addr addr = new_addr(text);
	struct vctx_err err;

	return vctx_addrs_take(label, &addr, prefix, 0, dev, &err);
}

static int drop(const char *label, const char *text)
{
	struct vctx_addr addr = new_addr(text);
	struct vctx_err err;

	return vctx_addrs_drop(label, &addr, &err);
}

/* "dev/prefix", with a star where it is ours; "" where nobody has it. */
static const char *where(const char *text)
{
	static char buf[64];
	struct vctx_addr addr = new_addr(text);
	struct vctx_addr_found f;
	struct vctx_err err;

	assert_int_equal(vctx_addr_find(&addr, &f, &err), 0);
	(void)snprintf(buf, sizeof(buf), "%s/%u%s", f.dev, f.prefix, f.ours ? "*" : "");
	return f.ours || f.theirs ? buf : "";
}

static void is_added_counted_and_removed(void **state)
{
	static const struct {
		const char *addr;
		uint8_t prefix;
		const char *dev, *where;
	} v[] = {
		{"10.66.0.1", 24, "e0", "e0/24*"}, {"10.66.0.2", 31, "e0", "e0/31*"},
		{"10.66.0.3", 24, "lo", "lo/32*"}, {"fd00::1", 64, "e0", "e0/64*"},
		{"fd00::2", 64, "lo", "lo/128*"},
	};
	char dir[64];
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		(void)snprintf(dir, sizeof(dir), "run/addr/%s", v[i].addr);
		assert_string_equal(where(v[i].addr), "");
		assert_int_equal(take("a", v[i].addr, v[i].prefix, v[i].dev), 0);
		assert_string_equal(where(v[i].addr), v[i].where);
		assert_int_equal(take("#2", v[i].addr, v[i].prefix, "e1"), 0);
		assert_int_equal(take("a", v[i].addr, v[i].prefix, v[i].dev), 0);
		assert_string_equal(where(v[i].addr), v[i].where);
		assert_int_equal(drop("a", v[i].addr), 0);
		assert_int_equal(drop("a", v[i].addr), 0);
		assert_string_equal(where(v[i].addr), v[i].where);
		assert_int_equal(drop("#2", v[i].addr), 0);
		assert_string_equal(where(v[i].addr), "");
		assert_int_equal(access(dir, F_OK), -1);
	}
}

static void what_the_host_has_stays(void **state)
{
	(void)state;
	assert_int_equal(sh("ip addr add 10.66.1.1/24 dev e0"), 0);
	assert_int_equal(take("a", "10.66.1.1", 24, "e1"), 0);
	assert_string_equal(where("10.66.1.1"), "e0/24");
	assert_int_equal(access("run/addr/10.66.1.1", F_OK), -1);
	assert_int_equal(drop("a", "10.66.1.1"), 0);
	assert_string_equal(where("10.66.1.1"), "e0/24");
	/* the administrator takes one over while it is counted */
	assert_int_equal(take("a", "10.66.1.2", 24, "e0"), 0);
	assert_int_equal(sh("ip addr del 10.66.1.2/24 dev e0"), 0);
	assert_int_equal(sh("ip addr add 10.66.1.2/24 dev e0"), 0);
	assert_int_equal(drop("a", "10.66.1.2"), 0);
	assert_string_equal(where("10.66.1.2"), "e0/24");
	assert_int_equal(access("run/addr/10.66.1.2", F_OK), -1);
}

static void the_first_of_a_net_takes_no_others_along(void **state)
{
	(void)state;
	assert_int_equal(take("a", "10.66.2.1", 24, "e0"), 0);
	assert_int_equal(take("b", "10.66.2.2", 24, "e0"), 0);
	assert_int_equal(sh("ip addr add 10.66.2.3/24 dev e0"), 0);
	assert_int_equal(drop("a", "10.66.2.1"), 0);
	assert_string_equal(where("10.66.2.2"), "e0/24*");
	assert_string_equal(where("10.66.2.3"), "e0/24");
	assert_int_equal(drop("b", "10.66.2.2"), 0);
}

static void the_broadcast_is_told(void **state)
{
	struct vctx_addr addr = new_addr("10.66.3.1");
	struct vctx_err err;

	(void)state;
	assert_int_equal(take("a", "10.66.3.1", 22, "e0"), 0);
	assert_int_equal(
		sh("ip addr show dev e0 | grep -q '10.66.3.1/22 brd 10.66.3.255 '"), 0);
	assert_int_equal(drop("a", "10.66.3.1"), 0);
	assert_int_equal(vctx_addrs_take("a", &addr, 24, htonl(0x0a42037f), "e0", &err),
			 0);
	assert_int_equal(
		sh("ip addr show dev e0 | grep -q '10.66.3.1/24 brd 10.66.3.127 '"), 0);
	assert_int_equal(drop("a", "10.66.3.1"), 0);
}

static void a_death_at_any_moment_leaks_nothing(void **state)
{
	(void)state;
	/* counted, not added yet */
	assert_int_equal(mkdir("run/addr/10.66.4.1", 0700), 0);
	assert_int_equal(drop("a", "10.66.4.1"), 0);
	assert_int_equal(access("run/addr/10.66.4.1", F_OK), -1);
	assert_int_equal(mkdir("run/addr/10.66.4.1", 0700), 0);
	assert_int_equal(sh("touch run/addr/10.66.4.1/a"), 0);
	/* the host got it before the stop came */
	assert_int_equal(sh("ip addr add 10.66.4.1/24 dev e0"), 0);
	assert_int_equal(drop("a", "10.66.4.1"), 0);
	assert_string_equal(where("10.66.4.1"), "e0/24");
	/* dropped, not removed yet */
	assert_int_equal(take("a", "10.66.4.2", 24, "e0"), 0);
	assert_int_equal(sh("rm run/addr/10.66.4.2/a"), 0);
	assert_int_equal(take("b", "10.66.4.2", 24, "e0"), 0);
	assert_int_equal(sh("rm run/addr/10.66.4.2/b"), 0);
	assert_int_equal(drop("a", "10.66.4.2"), 0);
	assert_string_equal(where("10.66.4.2"), "");
	/* removed, its directory not yet */
	assert_int_equal(take("a", "10.66.4.3", 24, "e0"), 0);
	assert_int_equal(sh("ip addr del 10.66.4.3/24 dev e0; rm run/addr/10.66.4.3/a"),
			 0);
	assert_int_equal(take("b", "10.66.4.3", 24, "e0"), 0);
	assert_string_equal(where("10.66.4.3"), "e0/24*");
	assert_int_equal(drop("b", "10.66.4.3"), 0);
	assert_string_equal(where("10.66.4.3"), "");
}

static void all_of_a_name_can_be_dropped(void **state)
{
	struct vctx_err err;

	(void)state;
	assert_int_equal(take("a", "10.66.5.1", 24, "e0"), 0);
	assert_int_equal(take("a", "fd00:5::1", 64, "e0"), 0);
	assert_int_equal(take("a", "10.66.5.2", 24, "e0"), 0);
	assert_int_equal(take("b", "10.66.5.2", 24, "e0"), 0);
	/* a drop that died half way */
	assert_int_equal(take("c", "10.66.5.3", 24, "e0"), 0);
	assert_int_equal(sh("rm run/addr/10.66.5.3/c"), 0);
	assert_int_equal(vctx_addrs_drop_all("a", &err), 0);
	assert_string_equal(where("10.66.5.1"), "");
	assert_string_equal(where("fd00:5::1"), "");
	assert_string_equal(where("10.66.5.2"), "e0/24*");
	assert_string_equal(where("10.66.5.3"), "");
	assert_int_equal(vctx_addrs_drop_all("b", &err), 0);
	assert_int_equal(rmdir("run/addr"), 0);
}

static void errors_name_device_and_address(void **state)
{
	struct vctx_addr addr = new_addr("10.66.6.1");
	struct vctx_err err;

	(void)state;
	assert_int_equal(vctx_addrs_take("a", &addr, 24, 0, "none0", &err), -ENODEV);
	assert_string_equal(err.msg, "10.66.6.1: there is no device none0");
	assert_int_equal(drop("a", "10.66.6.1"), 0);
	assert_int_equal(take("a", "10.66.6.1", 24, "e0"), 0);
	assert_int_equal(sh("ip link del e0"), 0);
	assert_int_equal(drop("a", "10.66.6.1"), 0);
	assert_int_equal(access("run/addr/10.66.6.1", F_OK), -1);
}

static void the_default_device_is_found(void **state)
{
	struct vctx_addr source = {0};
	char dev[IF_NAMESIZE] = "";
	char text[INET6_ADDRSTRLEN];
	struct vctx_err err;

	(void)state;
	assert_int_equal(vctx_addr_default(AF_INET, dev, NULL, &err), -ENETUNREACH);
	assert_int_equal(
		sh("ip link add e0 type veth peer name e1 && ip link set e0 up && "
		   "ip link set e1 up && ip addr add 10.66.7.2/24 dev e0 && "
		   "ip route add default via 10.66.7.1"),
		0);
	assert_int_equal(vctx_addr_default(AF_INET, dev, &source, &err), 0);
	assert_string_equal(dev, "e0");
	assert_string_equal(vctx_addr_print(&source, text), "10.66.7.2");
	assert_int_equal(vctx_addr_default(AF_INET6, dev, NULL, &err), -ENETUNREACH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_added_counted_and_removed),
		cmocka_unit_test(what_the_host_has_stays),
		cmocka_unit_test(the_first_of_a_net_takes_no_others_along),
		cmocka_unit_test(the_broadcast_is_told),
		cmocka_unit_test(a_death_at_any_moment_leaks_nothing),
		cmocka_unit_test(all_of_a_name_can_be_dropped),
		cmocka_unit_test(errors_name_device_and_address),
		cmocka_unit_test(the_default_device_is_found),
	};

	if (geteuid() || sh("command -v ip >/dev/null"))
		return 77; /* devices have to be made */
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
