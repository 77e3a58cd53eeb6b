/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store.c, built with relative directories in the place of /run/vctx and /var. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "store.h"

static char top[] = "store-test-XXXXXX";

static int set_up(void **state)
{
	struct vctx_err err;

	(void)state;
	if (geteuid() || !mkdtemp(top) || chdir(top))
		return -1;
	return mkdir("var", 0755) || mkdir("var/lib", 0755) || vctx_store_init(&err);
}

static int tear_down(void **state)
{
	(void)state;
	/* the one that mkdtemp named */
	return chdir("..") || system("rm -rf store-test-??????");
}

static struct vctx_state new_state(const char *name, uint32_t xid)
{
	struct vctx_state st = {.plan = {.xid = xid, .ip.net = VCTX_NET_ANY}};

	(void)snprintf(st.plan.name, sizeof(st.plan.name), "%s", name);
	(void)strcpy(st.plan.root, "/srv/x");
	(void)strcpy(st.cgroup, "/sys/fs/cgroup/vctx/vctx/2");
	return st;
}

static int claim(struct vctx_state *st)
{
	struct vctx_err err;
	int lock = vctx_store_lock(st->plan.name, true, vctx_fd_now() + 1000, &err), r;

	assert_true(lock >= 0);
	r = vctx_store_claim(st, vctx_fd_now() + 1000, &err);
	close(lock);
	return r;
}

static void state_reads_back(void **state)
{
	struct vctx_state st = new_state("lab", 0), back;
	char name[VCTX_NAME_SIZE];
	struct vctx_err err;

	(void)state;
	assert_int_equal(vctx_store_read("lab", &back, &err), -ENOENT);
	st.plan.block[0] = 65536;
	st.plan.n_blocks = 1;
	assert_int_equal(claim(&st), 0);
	assert_int_equal(st.plan.xid, VCTX_XID_DYNAMIC_MIN);
	assert_int_equal(st.base[0], VCTX_BASE_FIRST);
	assert_int_equal(st.base[1], VCTX_BASE_FIRST + VCTX_IDS);
	st.running = true;
	st.keeper = 123;
	st.keeper_start = UINT64_MAX;
	assert_int_equal(vctx_store_write(&st, &err), 0);
	assert_int_equal(vctx_store_read("lab", &back, &err), 0);
	assert_memory_equal(&st, &back, sizeof(st));
	assert_int_equal(vctx_store_by_xid(st.plan.xid, name, &err), 0);
	assert_string_equal(name, "lab");
	assert_int_equal(vctx_store_read("../state/lab", &back, &err), -EINVAL);
	vctx_store_forget("lab");
	assert_int_equal(vctx_store_read("lab", &back, &err), -ENOENT);
	assert_int_equal(vctx_store_by_xid(st.plan.xid, name, &err), -ENOENT);
}

static void numbers_and_ids_are_ones_own(void **state)
{
	struct vctx_state a = new_state("a", 7), b = new_state("b", 7),
			  c = new_state("c", 0), d = new_state("d", 0);
	struct vctx_err err;

	(void)state;
	assert_int_equal(claim(&a), 0);
	assert_int_equal(claim(&b), -EADDRINUSE);
	assert_int_equal(claim(&c), 0);
	assert_int_equal(claim(&d), 0);
	assert_int_not_equal(c.plan.xid, d.plan.xid);
	assert_int_not_equal(a.base[0], c.base[0]);
	assert_int_not_equal(c.base[0], d.base[0]);
	assert_int_equal(vctx_store_write(&a, &err), 0);
	/* claimed anew, it keeps nobody out but itself */
	assert_int_equal(claim(&a), 0);
	vctx_store_forget("a");
	assert_int_equal(claim(&b), 0);
	assert_int_equal(b.plan.xid, 7);
	vctx_store_forget("b");
	vctx_store_forget("c");
	vctx_store_forget("d");
}

static void a_range_is_kept_to(void **state)
{
	struct vctx_state a = new_state("a", 0), b = new_state("b", 0);

	(void)state;
	(void)strcpy(a.plan.uidrange, "1000000000-1000100000");
	(void)strcpy(b.plan.uidrange, "1000000000-1000100000");
	assert_int_equal(claim(&a), 0);
	assert_int_equal(a.base[0] % VCTX_IDS, 0);
	assert_in_range(a.base[0], 1000000000, 1000100000 - 65535);
	assert_int_equal(claim(&b), -EAGAIN);
	vctx_store_forget("a");
	vctx_store_forget("b");
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void half_a_state_is_none(void **state)
{
	struct vctx_state st = new_state("h", 9), back;
	char text[4096];
	struct vctx_err err;
	ssize_t n;

	(void)state;
	assert_int_equal(claim(&st), 0);
	assert_int_equal(vctx_store_write(&st, &err), 0);
	n = vctx_fd_peek(AT_FDCWD, VCTX_STATE_DIR "/h/state", text, sizeof(text));
	assert_true(n > 0);
	/* the last line, "uidrange=", may lose its newline and nothing else */
	while (--n >= 0) {
		text[n] = 0;
		put(VCTX_STATE_DIR "/h/state", text);
		assert_int_equal(vctx_store_read("h", &back, &err), -EINVAL);
	}
	vctx_store_forget("h");
}

static void a_lock_is_waited_for_up_to_a_deadline(void **state)
{
	struct vctx_err err;
	uint64_t t = vctx_fd_now();
	int a = vctx_store_lock("l", false, t, &err), b;

	(void)state;
	assert_true(a >= 0);
	b = vctx_store_lock("l", false, t, &err);
	assert_true(b >= 0);
	close(b);
	assert_int_equal(vctx_store_lock("l", true, t + 20, &err), -ETIMEDOUT);
	assert_true(vctx_fd_now() >= t + 20);
	/* who holds the lock of a name that is removed holds nothing any more */
	vctx_store_forget("l");
	vctx_store_remove("l");
	b = vctx_store_lock("l", true, vctx_fd_now() + 20, &err);
	assert_true(b >= 0);
	close(a);
	close(b);
	assert_int_equal(vctx_store_lock("../l", true, t, &err), -EINVAL);
	vctx_store_remove("l");
}

static void a_failure_is_one_line(void **state)
{
	char text[4096], user[600], *p;
	int lines = 0, tabs = 0;

	(void)state;
	memset(user, 'u', sizeof(user));
	user[599] = 0;
	vctx_store_failure("AAAA", "al\nice\t\033", "ss\nhd",
			   "why\tnot\n2026-01-01T00:00:00Z");
	vctx_store_failure("BBBB", user, "sshd", user);
	assert_true(vctx_fd_peek(AT_FDCWD, "var/lib/vctx/failures", text, sizeof(text)) >
		    0);
	for (p = text; *p; p++) {
		lines += *p == '\n';
		tabs += *p == '\t';
	}
	assert_int_equal(lines, 1); /* and the last newline, which is taken off */
	assert_int_equal(tabs, 8);
	assert_non_null(strstr(text, "\tBBBB\tuuuu"));
}

static void a_reference_can_be_read_out(void **state)
{
	char ref[8];
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		vctx_store_ref(ref);
		assert_int_equal(strlen(ref), 4);
		assert_int_equal(strspn(ref, "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"), 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_reads_back),
		cmocka_unit_test(numbers_and_ids_are_ones_own),
		cmocka_unit_test(a_range_is_kept_to),
		cmocka_unit_test(half_a_state_is_none),
		cmocka_unit_test(a_lock_is_waited_for_up_to_a_deadline),
		cmocka_unit_test(a_failure_is_one_line),
		cmocka_unit_test(a_reference_can_be_read_out),
	};

	if (geteuid())
		return 77; /* directories have to be root's */
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
