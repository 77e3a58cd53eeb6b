/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/pool.c: leases that last, in a directory of the test's own. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd.h"
#include "pool.h"

static char base[] = "pool-test-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(base) || chdir(base) || mkdir("var", 0755) ||
	       mkdir("var/lib", 0755);
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", base);
	/* a directory that mkdtemp has just named
	 * NOLINTNEXTLINE(cert-env33-c) */
	return chdir("..") || system(command);
}

static struct vctx_pool new_pool(const char *name, const char *net, uint8_t prefix)
{
	struct vctx_pool pool = {.prefix = prefix};

	(void)snprintf(pool.name, sizeof(pool.name), "%s", name);
	assert_int_equal(inet_pton(AF_INET, net, &pool.net), 1);
	return pool;
}

/* The address as text, or the error. */
static const char *lease(const struct vctx_pool *pool, const char *name)
{
	static char text[300];
	struct vctx_err err;
	uint32_t addr = 0;
	int r = vctx_pool_lease(pool, name, NULL, &addr, &err);

	if (r)
		(void)snprintf(text, sizeof(text), "%d: %s", r, err.msg);
	else
		assert_non_null(inet_ntop(AF_INET, &addr, text, sizeof(text)));
	return text;
}

static int peek(const struct vctx_pool *pool, const char *name, const char *wanted)
{
	char text[INET_ADDRSTRLEN];
	struct vctx_err err;
	uint32_t addr = 0;
	int r = vctx_pool_peek(pool, name, &addr, &err);

	assert_string_equal(inet_ntop(AF_INET, &addr, text, sizeof(text)), wanted);
	return r;
}

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", VCTX_POOL_DIR, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void a_lease_lasts(void **state)
{
	struct vctx_pool pool = new_pool("lab", "10.66.0.0", 29);
	struct vctx_err err;

	(void)state;
	/* nothing is made by looking */
	assert_int_equal(peek(&pool, "a", "10.66.0.1"), 0);
	assert_int_equal(access("var/lib/vctx", F_OK), -1);
	assert_string_equal(lease(&pool, "a"), "10.66.0.1");
	assert_string_equal(lease(&pool, "#204"), "10.66.0.2");
	assert_string_equal(lease(&pool, "c"), "10.66.0.3");
	assert_string_equal(lease(&pool, "a"), "10.66.0.1");
	assert_int_equal(peek(&pool, "c", "10.66.0.3"), 1);
	assert_int_equal(peek(&pool, "d", "10.66.0.4"), 0);
	/* the gap is the next free one, and nobody else's changes */
	assert_int_equal(vctx_pool_free("#204", &err), 0);
	assert_int_equal(vctx_pool_free("#204", &err), 0);
	assert_string_equal(lease(&pool, "d"), "10.66.0.2");
	assert_string_equal(lease(&pool, "c"), "10.66.0.3");
}

static void an_exhausted_pool_refuses(void **state)
{
	struct vctx_pool pool = new_pool("small", "10.66.1.0", 30);

	(void)state;
	assert_string_equal(lease(&pool, "a"), "10.66.1.1");
	assert_string_equal(lease(&pool, "b"), "10.66.1.2");
	assert_non_null(strstr(lease(&pool, "c"), "exhausted: all of its 2 addresses"));
	assert_string_equal(lease(&pool, "b"), "10.66.1.2");
	/* a wider one gives it the next */
	pool = new_pool("small", "10.66.1.0", 29);
	assert_string_equal(lease(&pool, "c"), "10.66.1.3");
}

static void a_lease_outside_is_not_used(void **state)
{
	struct vctx_pool pool = new_pool("moved", "10.66.2.0", 24);
	struct vctx_err err;

	(void)state;
	assert_string_equal(lease(&pool, "a"), "10.66.2.1");
	pool = new_pool("moved", "10.77.2.0", 24);
	assert_non_null(strstr(lease(&pool, "a"), "'a' has the lease 10.66.2.1, which is "
						  "outside of pool moved"));
	assert_string_equal(lease(&pool, "b"), "10.77.2.1");
	assert_int_equal(vctx_pool_free("a", &err), 0);
	assert_string_equal(lease(&pool, "a"), "10.77.2.2");
}

static void a_damaged_file_refuses(void **state)
{
	static const char *const v[] = {
		"10.66.3.1 a",
		"10.66.3.1\n",
		"10.66.3.1  a\n",
		"10.66.3.1 a b\n",
		"10.66.3 a\n",
		"\n",
		"10.66.3.1 a\n10.66.3.1 b\n",
		"10.66.3.9 a\n10.66.3.9 b\n",
		"10.66.3.1 a\n10.66.3.2 a\n",
		"10.66.3.1 a/b\n",
		"1111111111111111.66.3.1 a\n",
	};
	struct vctx_pool pool = new_pool("bad", "10.66.3.0", 24);
	struct vctx_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		put("bad", v[i]);
		assert_non_null(strstr(lease(&pool, "a"), "/pools/bad:"));
	}
	/* and keeps none of the other pools from being seen to */
	put("bad", "10.66.3.1 a");
	put("worse", "10.66.3.1 a\n");
	assert_int_equal(vctx_pool_free("a", &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "/pools/bad:1: damaged"));
	pool = new_pool("worse", "10.66.3.0", 24);
	assert_string_equal(lease(&pool, "b"), "10.66.3.1");
}

static void two_at_once_get_two(void **state)
{
	struct vctx_pool pool = new_pool("race", "10.66.4.0", 24);
	char name[16], text[8192];
	int i, k, status, lines = 0;
	char *p;

	(void)state;
	for (i = 0; i < 4; i++)
		if (!fork()) {
			for (k = 0; k < 10; k++) {
				(void)snprintf(name, sizeof(name), "v%d-%d", i, k);
				if (strncmp(lease(&pool, name), "10.66.4.", 8) != 0)
					_exit(1);
			}
			_exit(0);
		}
	for (i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_true(vctx_fd_peek(AT_FDCWD, VCTX_POOL_DIR "/race", text, sizeof(text)) >
		    0);
	for (p = text; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 39); /* the last one was taken off */
	assert_string_equal(lease(&pool, "next"), "10.66.4.41");
}

static void ten_thousand_are_quick(void **state)
{
	struct vctx_pool pool = new_pool("big", "10.67.0.0", 16);
	cleanup_free char *text = malloc(10000 * 32);
	uint64_t began;
	size_t n = 0;
	int i;

	(void)state;
	assert_non_null(text);
	for (i = 1; i <= 10000; i++)
		n += (size_t)snprintf(text + n, 32, "10.67.%d.%d v%d\n", i >> 8, i & 255,
				      i);
	put("big", text);
	began = vctx_fd_now();
	for (i = 0; i < 100; i++)
		assert_string_equal(lease(&pool, "v10000"), "10.67.39.16");
	/* a search for each address among all leases would take a hundred times that */
	assert_true(vctx_fd_now() - began < 5000);
	assert_string_equal(lease(&pool, "new"), "10.67.39.17");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_lasts),
		cmocka_unit_test(an_exhausted_pool_refuses),
		cmocka_unit_test(a_lease_outside_is_not_used),
		cmocka_unit_test(a_damaged_file_refuses),
		cmocka_unit_test(two_at_once_get_two),
		cmocka_unit_test(ten_thousand_are_quick),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
