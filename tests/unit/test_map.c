/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/map.c: lines of vctx.conf, right, broken and nameless, and back to text. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

static void parse(struct vctx_map *map, const char *text, size_t len)
{
	struct vctx_err err;

	memset(map, 0, sizeof(*map));
	assert_int_equal(vctx_map_parse(map, "f", text, len, &err), 0);
}

static void reads_the_lines_of_the_manual(void **state)
{
	static const char text[] =
		"# who lands where\n"
		"alice       vserver=student1\n"
		"\n"
		"@students   vserver=lab-%u user=create audit\n"
		"bob\tcontext=204 ip=any root=/srv/bob caps=secure # his own\n"
		"@helpdesk   host may-rescue\n"
		"carol       deny\n"
		"\"@domain users\" vserver=d include-admins\n"
		"m\xc3\xbcller@A.EXAMPLE vserver=m uids=\"70000 1234567890\" allow-root\n"
		"*           host";
	struct vctx_map m;

	(void)state;
	parse(&m, text, strlen(text));
	assert_int_equal(m.n, 8);
	assert_int_equal(m.n_broken, 0);
	assert_true(m.has_groups);
	assert_string_equal(m.v[0].subject, "alice");
	assert_string_equal(m.v[0].vserver, "student1");
	assert_int_equal(m.v[0].line, 2);
	assert_string_equal(m.v[0].file, "f");
	assert_int_equal(m.v[1].kind, VCTX_SUBJECT_GROUP);
	assert_int_equal(m.v[1].user, VCTX_USER_CREATE);
	assert_int_equal(m.v[1].flags, VCTX_MAP_AUDIT);
	assert_int_equal(m.v[2].target, VCTX_TARGET_CONTEXT);
	assert_int_equal(m.v[2].xid, 204);
	assert_string_equal(m.v[2].root, "/srv/bob");
	assert_int_equal(m.v[3].flags, VCTX_MAP_MAY_RESCUE);
	assert_int_equal(m.v[4].target, VCTX_TARGET_DENY);
	assert_string_equal(m.v[5].subject, "domain users");
	assert_int_equal(m.v[5].flags, VCTX_MAP_INCLUDE_ADMINS);
	assert_string_equal(m.v[6].subject, "m\xc3\xbcller@A.EXAMPLE");
	assert_string_equal(m.v[6].uids, "70000 1234567890");
	assert_int_equal(m.v[7].kind, VCTX_SUBJECT_ANY);
	assert_null(m.v[7].subject);
	assert_int_equal(m.v[7].line, 10);
	vctx_map_done(&m);
}

/* A line that is broken behind its subject is that subject's own. */
static void a_broken_line_keeps_its_subject(void **state)
{
	static const struct {
		const char *line;
		unsigned int column;
	} v[] = {
		{"a", 2},
		{"a ", 3},
		{"a host deny", 8},
		{"a vserver=x context=5", 13},
		{"a vserver=", 3},
		{"a vserver=.x", 3},
		{"a vserver=x/y", 3},
		{"a vserver=%x", 3},
		{"a vserver=x vserver=y", 13},
		{"a vserver", 3},
		{"a host=1", 3},
		{"a hosts", 3},
		{"a HOST", 3},
		{"a host x", 8},
		{"a host audit", 13},
		{"a deny root=/x", 15},
		{"a host user=create", 19},
		{"a host allow-root", 18},
		{"a context=1 root=/x ip=any", 3},
		{"a context=49152 root=/x ip=any", 3},
		{"a context=5 ip=any", 19},
		{"a context=5 root=/x", 20},
		{"a context=5 root=x ip=any", 13},
		{"a vserver=x ip=127.0.0.1", 13},
		{"a vserver=x ip=10.0.0.1,10.0.0.1", 13},
		{"a vserver=x ip6=::1", 13},
		{"a vserver=x ports=80", 13},
		{"a deny ports=80-90", 19},
		{"a vserver=x ip=any ip=none", 20},
		{"a vserver=x user=", 13},
		{"a vserver=x caps=CAP_SYS_ADMIN", 31},
		{"a vserver=x caps=CAP_X", 23},
		{"a vserver=x template=t", 13},
		{"a vserver=x may-enter=y", 13},
		{"a vserver=x 'deny", 13},
		{"a vserver=$x", 11},
		{"a vserver=x;deny", 12},
		{"a vserver=x\r", 12},
		{"a include-admins", 17},
		{"a vserver=x user=create user=inside", 25},
		{"a host user=inside", 19},
		{"a vserver=x uids=5", 13},
		{"a vserver=x uids=70000,x", 13},
	};
	struct vctx_map m;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		parse(&m, v[i].line, strlen(v[i].line));
		assert_int_equal(m.n, 1);
		assert_int_equal(m.n_broken, 1);
		assert_int_equal(m.v[0].target, VCTX_TARGET_BROKEN);
		assert_int_equal(m.v[0].kind, VCTX_SUBJECT_USER);
		assert_string_equal(m.v[0].subject, "a");
		assert_false(m.v[0].nameless);
		assert_int_equal(m.v[0].column, v[i].column);
		assert_true(m.v[0].why && m.v[0].why[0]);
		vctx_map_done(&m);
	}
}

static void a_line_whose_subject_cannot_be_read_is_nameless(void **state)
{
	static const struct {
		const char *line;
		size_t len;
	} v[] = {
		{"\"alice deny", 11}, {"'a", 2},           {"@ deny", 6},
		{"\"\" deny", 7},     {"al$ice deny", 11}, {"al;ice deny", 11},
		{"a:b deny", 8},      {"\xff deny", 6},    {"@\xc3 deny", 7},
		{"al\0ice deny", 11}, {"\r", 1},           {"\x1b[2J deny", 9},
		{"a\\", 2},           {"(a) host", 8},     {"alice\\\0x deny", 13},
	};
	char big[300];
	struct vctx_map m;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		parse(&m, v[i].line, v[i].len);
		assert_int_equal(m.n, 1);
		assert_true(m.v[0].nameless);
		assert_int_equal(m.v[0].kind, VCTX_SUBJECT_ANY);
		assert_int_equal(m.v[0].target, VCTX_TARGET_BROKEN);
		vctx_map_done(&m);
	}
	memset(big, 'a', 256);
	memcpy(big + 256, " host", 6);
	parse(&m, big, strlen(big));
	assert_true(m.v[0].nameless);
	vctx_map_done(&m);
	parse(&m, big + 1, strlen(big + 1));
	assert_false(m.v[0].nameless);
	assert_int_equal(m.n_broken, 0);
	vctx_map_done(&m);
}

static void odd_subjects(void **state)
{
	static const struct {
		const char *line;
		enum vctx_subject kind;
		const char *subject;
	} v[] = {
		{"* host", VCTX_SUBJECT_ANY, NULL},
		{"\"*\" host", VCTX_SUBJECT_USER, "*"},
		{"\\* host", VCTX_SUBJECT_USER, "*"},
		{"** host", VCTX_SUBJECT_USER, "**"},
		/* a group that needs quotes is a group still */
		{"\"@x y\" host", VCTX_SUBJECT_GROUP, "x y"},
		{"@@x host", VCTX_SUBJECT_GROUP, "@x"},
		{"-rf host", VCTX_SUBJECT_USER, "-rf"},
		{"../x host", VCTX_SUBJECT_USER, "../x"},
		{"1000 host", VCTX_SUBJECT_USER, "1000"},
		{"DOM\\\\alice host", VCTX_SUBJECT_USER, "DOM\\alice"},
		{"\"DOM\\alice\" host", VCTX_SUBJECT_USER, "DOM\\alice"},
		{"'DOM\\alice' host", VCTX_SUBJECT_USER, "DOM\\alice"},
	};
	struct vctx_map m;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		parse(&m, v[i].line, strlen(v[i].line));
		assert_int_equal(m.n, 1);
		assert_int_equal(m.n_broken, 0);
		assert_int_equal(m.v[0].kind, v[i].kind);
		if (v[i].subject)
			assert_string_equal(m.v[0].subject, v[i].subject);
		else
			assert_null(m.v[0].subject);
		vctx_map_done(&m);
	}
}

static void files_are_added_in_order(void **state)
{
	struct vctx_map m = {0};
	struct vctx_err err;

	(void)state;
	assert_int_equal(vctx_map_parse(&m, "one", "a host\n", 7, &err), 0);
	assert_int_equal(vctx_map_parse(&m, "two", "\nb deny\n", 8, &err), 0);
	assert_int_equal(m.n, 2);
	assert_string_equal(m.v[0].file, "one");
	assert_string_equal(m.v[1].file, "two");
	assert_int_equal(m.v[1].line, 2);
	assert_int_equal(vctx_map_set_unreadable(&m, "three", "is not root's"), 0);
	assert_int_equal(vctx_map_set_unreadable(&m, "four", "later"), 0);
	assert_string_equal(m.unreadable, "three: is not root's");
	vctx_map_done(&m);
	assert_int_equal(m.n, 0);
}

static void a_byte_order_mark_is_no_part_of_a_name(void **state)
{
	struct vctx_map m;

	(void)state;
	parse(&m,
	      "\xef\xbb\xbf"
	      "alice deny\n",
	      14);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.v[0].subject, "alice");
	vctx_map_done(&m);
	parse(&m, "\xef\xbb\xbf# comment\n", 13);
	assert_int_equal(m.n, 0);
	vctx_map_done(&m);
	parse(&m, "\xef\xbb", 2);
	assert_true(m.v[0].nameless);
	vctx_map_done(&m);
}

static void holds_a_hundred_thousand_lines(void **state)
{
	size_t size = 100000 * 24, n = 0, i;
	char *text = malloc(size);
	struct vctx_map m;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 100000; i++)
		n += (size_t)snprintf(text + n, size - n, "u%zu vserver=v\n", i);
	parse(&m, text, n);
	assert_int_equal(m.n, 100000);
	assert_string_equal(m.v[99999].subject, "u99999");
	vctx_map_done(&m);
	free(text);
}

static void prints_what_it_reads_back(void **state)
{
	static const char *const v[] = {
		"alice vserver=student1",
		"@students vserver=lab-%u user=create audit",
		"bob context=204 root=/b ip=any \"caps=secure CAP_NET_RAW\" allow-root",
		"\"@domain users\" vserver=d include-admins may-rescue",
		"\"*\" deny",
		"* host",
		"a vserver=x ip=eth0:10.0.0.4/24,10.0.0.5 ip6=fd00::1 ports=1000-1999",
		"a vserver=x ip=none \"uids=70000 200000\" allow-unsafe-caps",
		"\"DOM\\\\alice\" \"root=/a b\" vserver=x",
	};
	struct vctx_mapping m;
	struct vctx_err err;
	size_t i;
	char *once, *twice;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		assert_int_equal(vctx_map_parse_line(v[i], &m, &err), 0);
		once = vctx_map_print(&m);
		vctx_map_line_done(&m);
		assert_non_null(once);
		assert_int_equal(vctx_map_parse_line(once, &m, &err), 0);
		twice = vctx_map_print(&m);
		vctx_map_line_done(&m);
		assert_string_equal(once, twice);
		if (i < N_OF(v) - 1)
			assert_string_equal(once, v[i]);
		free(once);
		free(twice);
	}
}

static void one_line_is_one_line(void **state)
{
	struct vctx_mapping m;
	struct vctx_err err;

	(void)state;
	assert_true(vctx_map_parse_line("", &m, &err) < 0);
	assert_true(vctx_map_parse_line("# x", &m, &err) < 0);
	assert_true(vctx_map_parse_line("alice", &m, &err) < 0);
	assert_true(vctx_map_parse_line("alice host\nroot deny", &m, &err) < 0);
	assert_true(vctx_map_parse_line("alice host # x\nroot deny", &m, &err) < 0);
	assert_null(m.subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_lines_of_the_manual),
		cmocka_unit_test(a_broken_line_keeps_its_subject),
		cmocka_unit_test(a_line_whose_subject_cannot_be_read_is_nameless),
		cmocka_unit_test(odd_subjects),
		cmocka_unit_test(files_are_added_in_order),
		cmocka_unit_test(a_byte_order_mark_is_no_part_of_a_name),
		cmocka_unit_test(holds_a_hundred_thousand_lines),
		cmocka_unit_test(prints_what_it_reads_back),
		cmocka_unit_test(one_line_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
