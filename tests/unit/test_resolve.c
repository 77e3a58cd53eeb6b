/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/resolve.c with a name service of the test's own in the place of libc's. */
#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "resolve.h"

/* ---- the name service: case does not matter to it, as to many directories ---- */

static int pw_error, gr_error, gr_asked, gid_asked;

int getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size,
	       struct passwd **ret)
{
	static const struct {
		const char *name;
		uid_t uid;
	} people[] = {{"root", 0}, {"alice", 1000}, {"bob", 1001}, {"adm", 1002}};
	size_t i;

	*ret = NULL;
	if (pw_error)
		return pw_error;
	for (i = 0; i < N_OF(people); i++) {
		if (strcasecmp(name, people[i].name) != 0)
			continue;
		if (size < 5000) /* a first buffer is too small */
			return ERANGE;
		(void)strcpy(buf, people[i].name);
		*pw = (struct passwd){.pw_name = buf,
				      .pw_uid = people[i].uid,
				      .pw_gid = people[i].uid ? 100 : 0,
				      .pw_dir = buf,
				      .pw_shell = buf,
				      .pw_gecos = buf};
		*ret = pw;
	}
	return 0;
}

static char *no_members[] = {NULL}, alice[] = "alice", *alice_alone[] = {alice, NULL};

int getgrnam_r(const char *name, struct group *gr, char *buf, size_t size,
	       struct group **ret)
{
	(void)buf;
	(void)size;
	gr_asked++;
	*ret = NULL;
	if (gr_error)
		return gr_error;
	*gr = (struct group){.gr_mem = no_members};
	if (!strcmp(name, "users"))
		gr->gr_gid = 100;
	else if (!strcmp(name, "g"))
		*gr = (struct group){.gr_gid = 200, .gr_mem = alice_alone};
	else if (!strcmp(name, "sudo"))
		gr->gr_gid = 27;
	else
		return 0;
	*ret = gr;
	return 0;
}

int getgrgid_r(gid_t gid, struct group *gr, char *buf, size_t size, struct group **ret)
{
	static char users[] = "users";

	(void)buf;
	(void)size;
	gid_asked++;
	*gr = (struct group){.gr_name = users, .gr_gid = gid};
	*ret = gid == 100 ? gr : NULL;
	return 0;
}

int getgrouplist(const char *user, gid_t group, gid_t *groups, int *n)
{
	int need = strcmp(user, "adm") ? 1 : 100, i;

	if (*n < need) {
		*n = need;
		return -1;
	}
	for (i = 0; i < need; i++)
		groups[i] = i ? (gid_t)(1000 + i) : group;
	if (need > 1)
		groups[need - 1] = 27;
	*n = need;
	return need;
}

/* ---- */

enum { H = VCTX_VERDICT_HOST, D = VCTX_VERDICT_DENY };

static const struct {
	const char *what, *map, *user;
	int pw_error, gr_error;
	int verdict;
	const char *reason;
	int asks_groups;
} v[] = {
	{"unmapped", "bob deny\n", "alice", 0, 0, H, "", 0},
	{"own", "alice deny\n", "alice", 0, 0, D, "f:1", 0},
	{"own, groups are not asked", "alice deny\n@g host\n", "alice", 0, ENOENT, D,
	 "f:1", 0},
	{"group by gid", "@users deny\n", "bob", 0, 0, D, "f:1", 1},
	{"group by member", "@g deny\n", "alice", 0, 0, D, "f:1", 1},
	{"no member", "@g deny\n", "bob", 0, 0, H, "", 1},
	{"no such group", "@nogroup deny\n", "bob", 0, 0, H, "", 1},
	{"group error", "@g deny\n", "bob", 0, EIO, D, "who is in 'g'", 1},
	{"group error, * alone", "* host\n", "bob", 0, EIO, H, "", 0},
	{"administrator of 100 groups", "* deny\n", "adm", 0, 0, H, "passed over", 1},
	{"nobody, no line", "@g deny\n", "mallory", 0, 0, H, "knows nobody", 0},
	{"nobody, a line", "mallory host\n", "mallory", 0, 0, D, "knows nobody", 0},
	{"name service down", "bob host\n", "alice", EIO, 0, D, "cannot say who", 0},
	{"name service absent", "bob host\n", "alice", ENOENT, 0, D, "cannot say who", 0},
	{"name service down, no file", "", "alice", EIO, 0, H, "cannot say who", 0},
	{"ever too small", "bob host\n", "alice", ERANGE, 0, D, "cannot say who", 0},
	/* one person, however the name is typed */
	{"typed otherwise", "alice deny\n", "ALICE", 0, 0, D, "f:1", 0},
	{"written otherwise", "Alice deny\n", "Alice", 0, 0, D, "f:1", 0},
	{"both", "alice host\nALICE host\n", "ALICE", 0, 0, D, "f:2: a second line", 0},
	{"typed otherwise, group", "@g deny\n", "ALICE", 0, 0, D, "f:1", 1},
	{"root typed otherwise", "root deny\n", "ROOT", 0, 0, D, "f:1", 0},
};

static void decides_by_what_the_name_service_says(void **state)
{
	struct vctx_config c = {0};
	struct vctx_decision d;
	struct vctx_person who;
	struct vctx_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		assert_int_equal(
			vctx_map_parse(&c.map, "f", v[i].map, strlen(v[i].map), &err), 0);
		pw_error = v[i].pw_error;
		gr_error = v[i].gr_error;
		gr_asked = 0;
		vctx_resolve(&c, v[i].user, &who, &d);
		if ((int)d.verdict != v[i].verdict || !strstr(d.reason, v[i].reason) ||
		    !!gr_asked != v[i].asks_groups)
			fail_msg("%s: verdict %d, reason '%s', groups asked %d times",
				 v[i].what, d.verdict, d.reason, gr_asked);
		vctx_config_done(&c);
	}
	pw_error = gr_error = 0;
}

static void who_is_not_mapped_costs_no_question_about_groups(void **state)
{
	static const char map[] = "bob vserver=lab-%g\n* host\n";
	struct vctx_config c = {0};
	struct vctx_decision d;
	struct vctx_person who;
	struct vctx_err err;

	(void)state;
	assert_int_equal(vctx_map_parse(&c.map, "f", map, strlen(map), &err), 0);
	gr_asked = gid_asked = 0;
	vctx_resolve(&c, "alice", &who, &d);
	assert_int_equal(gr_asked + gid_asked, 0);
	vctx_resolve(&c, "bob", &who, &d);
	assert_int_equal(gid_asked, 1);
	assert_string_equal(who.group, "users");
	vctx_config_done(&c);
}

static void a_name_beyond_the_bound_is_refused(void **state)
{
	struct vctx_config c = {0};
	struct vctx_decision d;
	struct vctx_person who;
	struct vctx_err err;
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[299] = 0;
	assert_int_equal(vctx_map_parse(&c.map, "f", "b host\n", 7, &err), 0);
	vctx_resolve(&c, name, &who, &d);
	assert_int_equal(d.verdict, D);
	vctx_config_done(&c);
}

static void the_person_is_called_as_the_service_says(void **state)
{
	struct vctx_person who;
	struct vctx_err err;

	(void)state;
	assert_int_equal(vctx_resolve_person("ALICE", &who, &err), 0);
	assert_string_equal(who.user, "alice");
	assert_string_equal(who.group, "users");
	assert_int_equal(vctx_resolve_person("nobody", &who, &err), -ENOENT);
	pw_error = ENOENT;
	assert_int_equal(vctx_resolve_person("alice", &who, &err), -EIO);
	pw_error = 0;
}

/* People mapped by name have their blocks mapped when anyone starts the vserver. */
static void blocks_of_people_mapped_by_name(void **state)
{
	struct vctx_config c = {0};
	struct vctx_plan plan = {.name = "s"};
	struct vctx_err err;
	static const char text[] = "alice vserver=s\nbob vserver=t\nmallory vserver=s\n";

	(void)state;
	assert_int_equal(vctx_map_parse(&c.map, "f", text, strlen(text), &err), 0);
	vctx_resolve_blocks(&c, &plan);
	assert_int_equal(plan.n_blocks, 0); /* ids below 65536 are there anyway */
	vctx_config_done(&c);
}

static void broken_settings_refuse_who_is_mapped(void **state)
{
	struct vctx_config c = {0};
	struct vctx_decision d;
	struct vctx_person who;
	struct vctx_err err;
	static const char text[] = "alice context=5 root=/x ip=any\n";

	(void)state;
	assert_int_equal(vctx_map_parse(&c.map, "f", text, strlen(text), &err), 0);
	vctx_resolve(&c, "alice", &who, &d);
	assert_int_equal(d.verdict, VCTX_VERDICT_ENTER);
	assert_string_equal(d.plan.root, "/x");
	c.all_broken = strdup("vservers.conf:1: no key");
	vctx_resolve(&c, "alice", &who, &d);
	assert_int_equal(d.verdict, D);
	assert_non_null(strstr(d.reason, "no key"));
	vctx_resolve(&c, "bob", &who, &d);
	assert_int_equal(d.verdict, H);
	vctx_config_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_by_what_the_name_service_says),
		cmocka_unit_test(who_is_not_mapped_costs_no_question_about_groups),
		cmocka_unit_test(a_name_beyond_the_bound_is_refused),
		cmocka_unit_test(the_person_is_called_as_the_service_says),
		cmocka_unit_test(blocks_of_people_mapped_by_name),
		cmocka_unit_test(broken_settings_refuse_who_is_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
