/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/ctx.c: names, numbers, and names made out of people's. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctx.h"

static void knows_valid_names(void **state)
{
	static const char *const good[] = {"a", "1000", "lab-alice", "a.b_c-d", "9..9"};
	static const char *const bad[] = {
		"",    ".",   "..", "-a",        "_a", ".a", "a/b",
		"a b", "a\n", "a%", "m\xc3\xbc", "@x", "*",  "#204",
	};
	char name[80];
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(good); i++)
		assert_true(vctx_ctx_name_is_valid(good[i]));
	for (i = 0; i < N_OF(bad); i++)
		assert_false(vctx_ctx_name_is_valid(bad[i]));
	memset(name, 'a', sizeof(name));
	name[63] = 0;
	assert_true(vctx_ctx_name_is_valid(name));
	name[63] = 'a';
	name[64] = 0;
	assert_false(vctx_ctx_name_is_valid(name));
}

static void knows_labels(void **state)
{
	(void)state;
	assert_true(vctx_ctx_label_is_valid("lab"));
	assert_true(vctx_ctx_label_is_valid("#2"));
	assert_true(vctx_ctx_label_is_valid("#65535"));
	assert_false(vctx_ctx_label_is_valid("#1"));
	assert_false(vctx_ctx_label_is_valid("#0"));
	assert_false(vctx_ctx_label_is_valid("#65536"));
	assert_false(vctx_ctx_label_is_valid("#0204"));
	assert_false(vctx_ctx_label_is_valid("#"));
	assert_false(vctx_ctx_label_is_valid("#/.."));
	assert_false(vctx_ctx_label_is_valid("#-2"));
}

static int expand(const char *pattern, const char *user, const char *group, uid_t uid,
		  char ret[VCTX_NAME_SIZE])
{
	struct vctx_person who = {.uid = uid, .gid = 100};
	struct vctx_err err;

	(void)snprintf(who.user, sizeof(who.user), "%s", user);
	(void)snprintf(who.group, sizeof(who.group), "%s", group);
	return vctx_ctx_name_expand(pattern, &who, ret, &err);
}

static void expands_plain_names(void **state)
{
	static const struct {
		const char *pattern, *name;
	} v[] = {
		{"lab-%u", "lab-alice"}, {"%g.%u", "users.alice"}, {"u%i", "u3000000000"},
		{"%u%u", "alicealice"},  {"plain", "plain"},
	};
	char name[VCTX_NAME_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		assert_int_equal(
			expand(v[i].pattern, "alice", "users", 3000000000u, name), 0);
		assert_string_equal(name, v[i].name);
	}
}

static void refuses_other_letters(void **state)
{
	char name[VCTX_NAME_SIZE];

	(void)state;
	assert_int_equal(expand("%x", "a", "g", 1, name), -EINVAL);
	assert_int_equal(expand("a%", "a", "g", 1, name), -EINVAL);
	assert_int_equal(expand("%U", "a", "g", 1, name), -EINVAL);
	assert_int_equal(expand("", "a", "g", 1, name), -EINVAL);
	/* a group without a name must not fold two groups' people into one */
	assert_int_equal(expand("x-%g", "a", "", 1, name), -EINVAL);
}

/* Whatever a name is, the result is valid, and no two names meet. */
static void hostile_names_become_valid_and_different(void **state)
{
	static const char *const users[] = {
		"alice",
		"Alice",
		"-",
		"--",
		"-rf",
		"/",
		"..",
		"../../etc",
		".",
		"a/b",
		"a b",
		"a-b",
		"a\tb",
		"m\xc3\xbcller",
		"m\xc3\xb6ller",
		"1000",
		"*",
		"@x",
		"x",
		"%u",
		"alice@A.EXAMPLE",
		"alice@a.example",
		"DOM\\alice",
		"#204",
		"\xff\xfe",
	};
	char names[N_OF(users) + 2][VCTX_NAME_SIZE], big[256];
	size_t i, j, n = N_OF(users);

	(void)state;
	for (i = 0; i < n; i++)
		assert_int_equal(expand("%u", users[i], "g", 1, names[i]), 0);
	memset(big, 'a', sizeof(big));
	big[255] = 0;
	assert_int_equal(expand("lab-%u", big, "g", 1, names[n]), 0);
	big[254] = 'b';
	assert_int_equal(expand("lab-%u", big, "g", 1, names[n + 1]), 0);
	for (i = 0; i < n + 2; i++) {
		assert_true(vctx_ctx_name_is_valid(names[i]));
		for (j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	assert_string_equal(names[15], "1000");
	assert_int_equal(strlen(names[n]), VCTX_NAME_SIZE - 1);
}

static void a_cut_name_carries_the_hash_of_the_whole(void **state)
{
	char name[VCTX_NAME_SIZE];

	(void)state;
	/* printf 'lab-müller' | sha256sum */
	assert_int_equal(expand("lab-%u", "m\xc3\xbcller", "g", 1, name), 0);
	assert_string_equal(name, "lab-m--ller-8776b516");
	/* 63 fit, 64 do not */
	assert_int_equal(
		expand("%u",
		       "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123",
		       "g", 1, name),
		0);
	assert_null(strchr(name, '-'));
	assert_int_equal(
		expand("%u",
		       "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234",
		       "g", 1, name),
		0);
	assert_int_equal(name[54], '-');
}

static void nobody_takes_the_name_that_another_was_bent_to(void **state)
{
	char bent[VCTX_NAME_SIZE], taken[VCTX_NAME_SIZE];

	(void)state;
	assert_int_equal(expand("%u", "m\xc3\xbcller", "g", 1, bent), 0);
	assert_int_equal(expand("%u", bent, "g", 1, taken), 0);
	assert_string_not_equal(bent, taken);
	assert_true(vctx_ctx_name_is_valid(taken));
	/* a number is nobody's choice, and a name without a person is never bent */
	assert_int_equal(expand("lab-%i", "a", "g", 12345678, taken), 0);
	assert_string_equal(taken, "lab-12345678");
	assert_int_equal(expand("web-20240101", "a", "g", 1, taken), 0);
	assert_string_equal(taken, "web-20240101");
}

static void refuses_patterns_beyond_the_buffer(void **state)
{
	char pattern[64 * 2 + 1], user[256], name[VCTX_NAME_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < 64; i++)
		memcpy(pattern + 2 * i, "%u", 3);
	memset(user, 'u', 255);
	user[255] = 0;
	assert_int_equal(expand(pattern, user, "g", 1, name), -ENAMETOOLONG);
}

static void makes_host_names(void **state)
{
	char name[VCTX_NAME_SIZE];

	(void)state;
	vctx_ctx_hostname("lab-alice", name);
	assert_string_equal(name, "lab-alice");
	vctx_ctx_hostname("#204", name);
	assert_string_equal(name, "ctx204");
	vctx_ctx_hostname("a_b.c", name);
	assert_int_equal(strlen(name), 14);
	assert_int_equal(strncmp(name, "a-b-c-", 6), 0);
}

static void knows_paths_that_name_one_place(void **state)
{
	static const char *const bad[] = {
		"",        "srv",  "/",       "//srv",   "/srv/",
		"/srv//x", "/./x", "/srv/..", "/../srv", "/x/.",
	};
	char big[1026];
	struct vctx_err err;
	size_t i;

	(void)state;
	assert_int_equal(vctx_ctx_path_check("/srv/..x/.y", &err), 0);
	for (i = 0; i < N_OF(bad); i++)
		assert_int_equal(vctx_ctx_path_check(bad[i], &err), -EINVAL);
	memset(big, 'x', sizeof(big));
	big[0] = '/';
	big[1023] = 0;
	assert_int_equal(vctx_ctx_path_check(big, &err), 0);
	big[1023] = 'x';
	big[1024] = 0;
	assert_int_equal(vctx_ctx_path_check(big, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_valid_names),
		cmocka_unit_test(knows_labels),
		cmocka_unit_test(expands_plain_names),
		cmocka_unit_test(refuses_other_letters),
		cmocka_unit_test(hostile_names_become_valid_and_different),
		cmocka_unit_test(a_cut_name_carries_the_hash_of_the_whole),
		cmocka_unit_test(nobody_takes_the_name_that_another_was_bent_to),
		cmocka_unit_test(refuses_patterns_beyond_the_buffer),
		cmocka_unit_test(makes_host_names),
		cmocka_unit_test(knows_paths_that_name_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
