/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PAM files as vctx-setup edits and judges them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "setup_pam.h"
#include "setup_stack.h"

static const struct setup_want all = {.account = true, .session = true, .gate = true};

static char *apply(const char *text, const struct setup_want *want)
{
	struct vctx_err err;
	char *ret = NULL;
	size_t n;

	if (setup_pam_apply(text, strlen(text), want, &ret, &n, &err)) {
		print_message("%s\n", err.msg);
		return NULL;
	}
	assert_int_equal(strlen(ret), n);
	return ret;
}

static char *strip(const char *text)
{
	struct vctx_err err;
	char *ret = NULL;
	size_t n;

	if (setup_pam_strip(text, strlen(text), &ret, &n, &err))
		return NULL;
	assert_int_equal(strlen(ret), n);
	return ret;
}

/* apply gives wanted, and strip gives text back. */
static void check(const char *text, const struct setup_want *want, const char *wanted)
{
	char *done = apply(text, want), *back;

	assert_non_null(done);
	if (wanted)
		assert_string_equal(done, wanted);
	back = strip(done);
	assert_non_null(back);
	assert_string_equal(back, text);
	free(back);
	free(done);
}

#define B "# vctx begin\n"
#define E "# vctx end\n"
#define A B "account\trequired\tpam_vctx.so\n" E
#define S B "session\trequisite\tpam_vctx.so\n" E
#define G "session\t[success=1 default=ignore]\tpam_vctx.so gate\n"

static void test_places(void **state)
{
	(void)state;
	check("# c\naccount required a.so\nsession required s.so\n", &all,
	      "# c\n" A "account required a.so\nsession required s.so\n" S);
	check("@include common-auth\n@include common-account\n@include common-session \n",
	      &all,
	      "@include common-auth\n" A "@include common-account\n" B
	      "#vctx @include common-session \n" G
	      "session\tsubstack\tcommon-session\n" E S);
	check("account a b\n-session optional pam_systemd.so\nsession required s.so\n",
	      &all,
	      A "account a b\n" B G E
		"-session optional pam_systemd.so\nsession required s.so\n" S);
	check("account a b\nsession include common-session-noninteractive\n", &all,
	      A "account a b\n" B
		"#vctx session include common-session-noninteractive\n" G
		"session\tsubstack\tcommon-session-noninteractive\n" E S);
}

static void test_no_newline(void **state)
{
	const struct setup_want gate = {.gate = true}, top = {.top = true, .guard = true};

	(void)state;
	check("account a b\nsession required s.so", &all, NULL);
	check("account a b\n@include common-session", &all, NULL);
	check("account a b\n@include common-session", &gate, NULL);
	check("account a b", &top, NULL);
	check("", &top, NULL);
	check("\n\n", &top, NULL);
}

static void test_guard(void **state)
{
	const struct setup_want guard = {.account = true, .session = true, .guard = true};
	const struct setup_want top = {.top = true, .guard = true};

	(void)state;
	check("account a b\n", &guard,
	      B "account\trequired\tpam_vctx.so guard\n" E "account a b\n" B
		"session\trequisite\tpam_vctx.so guard\n" E);
	check("# block\naccount a b\n", &top,
	      B "account\trequired\tpam_vctx.so guard\n" E "# block\naccount a b\n");
}

/* Whatever a file is made of, it comes back. */
static void test_any_comes_back(void **state)
{
	static const char *const lines[] = {
		"# comment",
		"",
		"account required a.so",
		"@include common-account",
		"@include common-session",
		"@include common-session-noninteractive \t",
		"session\tinclude common-session # why",
		"session [success=ok ignore=ignore default=bad] pam_selinux.so close",
		"-session optional pam_systemd.so",
		"  session required s.so \\\n  with=args",
		"@include other-thing",
		"auth sufficient pam_rootok.so",
		"#vctx is not ours outside the marks",
	};
	char text[4096];
	unsigned int seed = 1, i, k, n;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct setup_want want = {
			.session = i & 1, .gate = i & 2, .guard = i & 4};

		n = seed = seed * 1103515245u + 12345u;
		text[0] = 0;
		for (k = 0; k < (n >> 16) % 9; k++) {
			seed = seed * 1103515245u + 12345u;
			strcat(text,
			       lines[(seed >> 16) % (sizeof(lines) / sizeof(lines[0]))]);
			strcat(text, "\n");
		}
		if (k && (seed >> 8 & 1))
			text[strlen(text) - 1] = 0;
		check(text, &want, NULL);
	}
}

static void test_refusals(void **state)
{
	(void)state;
	assert_null(apply("account a b\nsession required pam_vctx.so\n", &all));
	assert_null(apply("session required s.so\n", &all)); /* no account line */
	assert_null(apply("account a b \\\n# c\n", &all));
	assert_null(apply("account a b\nsession required s.so \\", &all));
	assert_null(apply("account a b\n# c \\\nsession required s.so\n", &all));
	assert_null(strip(B "account\trequired\tpam_vctx.so\n"));
	assert_null(strip("account a b\n" E));
	assert_null(strip(B B E E));
	assert_null(strip(B "session optional pam_mine.so\n" E));
	assert_null(strip(B "session\tsubstack\tsu\n" E));
}

/* ---- the judge ---- */

struct file {
	const char *name, *text;
};

static int read_file(void *arg, const char *name, const char **ret, size_t *n,
		     struct vctx_err *err)
{
	const struct file *f;

	for (f = arg; f->name; f++)
		if (!strcmp(f->name, name)) {
			*ret = f->text;
			*n = strlen(f->text);
			return 0;
		}
	return vctx_err_set(err, -2, "no %s", name);
}

static struct setup_facts facts(struct file *files, const char *service)
{
	struct setup_source src = {read_file, files};
	struct setup_facts f;
	struct vctx_err err;

	assert_int_equal(setup_stack_facts(&src, service, &f, &err), 0);
	return f;
}

#define SYS "session optional pam_systemd.so\n"

static void test_through(void **state)
{
	struct file files[] = {
		{"su", A "account a b\nsession required s.so\n" B G
			 "session\tsubstack\tcommon-session\n" E S},
		{"su-l",
		 "account include su\nsession optional k.so\nsession include su\n"},
		{"common-session", SYS},
		{0},
	};
	struct setup_source src = {read_file, files};
	struct setup_facts f = facts(files, "su-l");
	struct vctx_err err;
	char through[64];
	bool account;

	(void)state;
	assert_int_equal(f.session.state, SETUP_LANDS);
	assert_string_equal(f.session.from, "su");
	assert_int_equal(f.account.state, SETUP_LANDS);
	assert_int_equal(f.gated, 1);
	assert_int_equal(f.ungated, 0);
	assert_string_equal(f.problem, "");
	assert_int_equal(setup_stack_through(&src, "su-l", through, &account, &err), 0);
	assert_string_equal(through, "su");
	assert_true(account);
	assert_int_equal(setup_stack_through(&src, "su", through, &account, &err), 0);
	assert_string_equal(through, "");
}

static bool has_problem(const char *text)
{
	struct file files[] = {{"x", text}, {"common-session", SYS}, {0}};

	return facts(files, "x").problem[0];
}

static void test_ways_past(void **state)
{
	(void)state;
	assert_false(has_problem("session required s.so\n" S));
	assert_true(has_problem("session sufficient s.so\n" S));
	assert_true(has_problem("session SUFFICIENT s.so\n" S));
	assert_true(has_problem("session [success=done default=bad] s.so\n" S));
	assert_true(has_problem("session [default=1] s.so\n" S));
	assert_false(has_problem("session [default=1] s.so\nsession required t.so\n" S));
	assert_true(has_problem("session [a=ok b=2] s.so\nsession required t.so\n" S));
	assert_true(has_problem(S "session required t.so\n"));
	/* a jump that would pass the gate and land on what it gates */
	assert_true(has_problem("session [default=1] s.so\n" G
				"session substack common-session\n" S));
	assert_true(has_problem("account sufficient s.so\n" A));
	assert_false(has_problem(A "account sufficient s.so\n"));
}

static void test_gates(void **state)
{
	struct file files[] = {
		{"bare", "@include common-session\n" S},
		{"sub", "session substack common-session\n" S},
		{"two", "session [success=2 default=ignore] pam_vctx.so gate\n"
			"session substack common-session\n" S},
		{"good", G "session substack common-session\n" S},
		{"common-session", SYS},
		{0},
	};

	(void)state;
	assert_int_equal(facts(files, "bare").ungated, 1);
	assert_int_equal(facts(files, "sub").ungated, 1);
	assert_int_equal(facts(files, "two").ungated, 1);
	assert_int_equal(facts(files, "good").ungated, 0);
	assert_int_equal(facts(files, "good").gated, 1);
}

static void test_loop(void **state)
{
	struct file files[] = {{"x", "@include x\n"}, {0}};
	struct setup_source src = {read_file, files};
	struct setup_facts f;
	struct vctx_err err;

	(void)state;
	assert_int_not_equal(setup_stack_facts(&src, "x", &f, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),    cmocka_unit_test(test_no_newline),
		cmocka_unit_test(test_guard),     cmocka_unit_test(test_any_comes_back),
		cmocka_unit_test(test_refusals),  cmocka_unit_test(test_through),
		cmocka_unit_test(test_ways_past), cmocka_unit_test(test_gates),
		cmocka_unit_test(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
