/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/str.c: numbers, lists, shell-like words, UTF-8. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"

static void copies_whole_or_not_at_all(void **state)
{
	char buf[4] = "xxx";

	(void)state;
	assert_int_equal(vctx_str_copy(buf, sizeof(buf), "abc"), 0);
	assert_string_equal(buf, "abc");
	assert_int_equal(vctx_str_copy(buf, sizeof(buf), "abcd"), -ENAMETOOLONG);
	assert_string_equal(buf, "");
	assert_int_equal(vctx_str_copy(buf, 0, ""), -ENAMETOOLONG);
}

static void reads_numbers_strictly(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int r;
		uint64_t value;
	} v[] = {
		{"0", 0, 0, 0},
		{"1", 0, -ERANGE, 0},
		{"007", 7, 0, 7},
		{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, -ERANGE, 0},
		{"99999999999999999999999", UINT64_MAX, -ERANGE, 0},
		{"", 9, -EINVAL, 0},
		{"-1", 9, -EINVAL, 0},
		{"+1", 9, -EINVAL, 0},
		{" 1", 9, -EINVAL, 0},
		{"1 ", 9, -EINVAL, 0},
		{"0x1", 9, -EINVAL, 0},
		{"1\n", 9, -EINVAL, 0},
	};
	uint64_t got;
	uint32_t small = 5;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		got = 0;
		assert_int_equal(vctx_str_u64(v[i].text, v[i].max, &got), v[i].r);
		assert_int_equal(got, v[i].value);
	}
	assert_int_equal(vctx_str_u32("4294967296", UINT32_MAX, &small), -ERANGE);
	assert_int_equal(small, 5);
	assert_int_equal(vctx_str_u32("4294967295", UINT32_MAX, &small), 0);
	assert_int_equal(small, UINT32_MAX);
}

static void finds_whole_words_of_a_list(void **state)
{
	(void)state;
	assert_true(vctx_str_in_list("sshd login,su", "su"));
	assert_true(vctx_str_in_list("  sshd\t", "sshd"));
	assert_false(vctx_str_in_list("sshd su-l", "su"));
	assert_false(vctx_str_in_list("sshd", "sshd-x"));
	assert_false(vctx_str_in_list("sshd", ""));
	assert_false(vctx_str_in_list("", ""));
	assert_false(vctx_str_in_list("a b", "a b"));
}

static void takes_words_one_by_one(void **state)
{
	const char *p = " ab,c\td ";
	char buf[3];

	(void)state;
	assert_int_equal(vctx_str_word(&p, buf, sizeof(buf)), 1);
	assert_string_equal(buf, "ab");
	assert_int_equal(vctx_str_word(&p, buf, sizeof(buf)), 1);
	assert_string_equal(buf, "c");
	assert_int_equal(vctx_str_word(&p, buf, sizeof(buf)), 1);
	assert_string_equal(buf, "d");
	assert_int_equal(vctx_str_word(&p, buf, sizeof(buf)), 0);
	p = "abc";
	assert_int_equal(vctx_str_word(&p, buf, sizeof(buf)), -ENAMETOOLONG);
}

static int shell_word(const char *text, size_t len, char **ret, size_t *ret_at)
{
	const char *p = text;
	struct vctx_err err;
	int r;

	*ret = NULL;
	r = vctx_str_shell_word(&p, text + len, ret, &err);
	*ret_at = (size_t)(p - text);
	return r;
}

static void reads_words_as_a_shell_does(void **state)
{
	static const struct {
		const char *text, *word;
	} v[] = {
		{"alice vserver=x", "alice"},
		{"  \talice", "alice"},
		{"\"domain users\"", "domain users"},
		{"'domain users'x", "domain usersx"},
		{"domain\\ users", "domain users"},
		{"'a\\b$`;'", "a\\b$`;"},
		{"\"a\\\"b\\$c\\`d\\\\e\"", "a\"b$c`d\\e"},
		{"\"DOM\\alice\"", "DOM\\alice"},
		{"\"a\\ b\\'\"", "a\\ b\\'"},
		{"a#b", "a#b"},
		{"''", ""},
		{"\"*\"", "*"},
		{"m\xc3\xbcller", "m\xc3\xbcller"},
		{"\"a\tb\"", "a\tb"},
	};
	size_t i, at;
	char *w;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		assert_int_equal(shell_word(v[i].text, strlen(v[i].text), &w, &at), 1);
		assert_string_equal(w, v[i].word);
		free(w);
	}
}

static void refuses_what_a_shell_would_act_on(void **state)
{
	static const struct {
		const char *text;
		size_t len, at;
	} v[] = {
		{"a$b", 3, 1},        {"`id`", 4, 0},   {"\"$x\"", 4, 1},
		{"a;b", 3, 1},        {"a&b", 3, 1},    {"a|b", 3, 1},
		{"<a", 2, 0},         {"a>b", 3, 1},    {"(a)", 3, 0},
		{"'abc", 4, 0},       {"x\"abc", 5, 0}, {"abc\\", 4, 3},
		{"a\033b", 3, 1},     {"a\0b", 3, 1},   {"a\177", 2, 1},
		{"'a\rb'", 5, 2},     {"a\\\0b", 4, 1}, {"a\\\033b", 4, 1},
		{"\"a\\\rb\"", 6, 2},
	};
	size_t i, at;
	char *w;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		assert_int_equal(shell_word(v[i].text, v[i].len, &w, &at), -EINVAL);
		assert_int_equal(at, v[i].at);
		assert_null(w);
	}
}

static void ends_at_comments_and_at_the_end(void **state)
{
	size_t at;
	char *w;

	(void)state;
	assert_int_equal(shell_word("", 0, &w, &at), 0);
	assert_int_equal(shell_word("  \t", 3, &w, &at), 0);
	assert_int_equal(shell_word(" # $(rm)", 8, &w, &at), 0);
	/* nothing behind end is looked at */
	assert_int_equal(shell_word("abc$", 3, &w, &at), 1);
	assert_string_equal(w, "abc");
	free(w);
}

static void quotes_so_that_it_reads_back(void **state)
{
	static const char *const v[] = {
		"alice",
		"",
		"domain users",
		"#x",
		"*",
		"a\\b",
		"DOM\\alice",
		"it's",
		"a\"b",
		"$x`y",
		"a;b|c&d<e>(f)",
		"@g h",
		"=",
		"m\xc3\xbc ller",
	};
	size_t i, at;
	char *q, *w;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		q = vctx_str_quote(v[i]);
		assert_non_null(q);
		assert_int_equal(shell_word(q, strlen(q), &w, &at), 1);
		assert_int_equal(at, strlen(q));
		assert_string_equal(w, v[i]);
		free(q);
		free(w);
	}
}

static void knows_utf8(void **state)
{
	static const char *const good[] = {
		"",
		"abc",
		"\xc3\xbc",
		"\xe2\x82\xac",
		"\xf0\x9f\x98\x80",
		"\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\xff",         "\xc3",     "\xc0\xaf",         "\xe0\x80\xaf",
		"\xed\xa0\x80", "\xe2\x82", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
		"\xf5\x80\x80", "\x80",     "a\xc3(",           "\xe2\x82(",
	};
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(good); i++)
		assert_true(vctx_str_is_utf8(good[i]));
	for (i = 0; i < N_OF(bad); i++)
		assert_false(vctx_str_is_utf8(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_whole_or_not_at_all),
		cmocka_unit_test(reads_numbers_strictly),
		cmocka_unit_test(finds_whole_words_of_a_list),
		cmocka_unit_test(takes_words_one_by_one),
		cmocka_unit_test(reads_words_as_a_shell_does),
		cmocka_unit_test(refuses_what_a_shell_would_act_on),
		cmocka_unit_test(ends_at_comments_and_at_the_end),
		cmocka_unit_test(quotes_so_that_it_reads_back),
		cmocka_unit_test(knows_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
