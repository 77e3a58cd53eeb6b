/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/config.c, built with a relative directory "etc" in the place of /etc. */
#include "unit.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "fd.h"

static char top[] = "config-test-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	if (geteuid() || !mkdtemp(top) || chdir(top))
		return -1;
	return mkdir("etc", 0755) || mkdir("etc/security", 0755) ||
	       mkdir("etc/security/vctx.conf.d", 0755) || mkdir("etc/vservers", 0755);
}

static int tear_down(void **state)
{
	(void)state;
	/* the one that mkdtemp named */
	return chdir("..") || system("rm -rf config-test-??????");
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static void load(struct vctx_config *c)
{
	struct vctx_err err;

	assert_int_equal(vctx_config_load(c, &err), 0);
}

static void nothing_there_is_nothing_said(void **state)
{
	struct vctx_config c;

	(void)state;
	load(&c);
	assert_int_equal(c.map.n, 0);
	assert_null(c.map.unreadable);
	assert_null(c.all_broken);
	assert_false(c.rescue);
	vctx_config_done(&c);
}

/* By the bytes of their names, in every process alike: a locale sorts "a-B" after "ab".
 */
static void files_are_read_in_order(void **state)
{
	static const char *const order[] = {"etc/security/vctx.conf",
					    "10.conf",
					    "B.conf",
					    "a-B.conf",
					    "a.conf",
					    "ab.conf"};
	struct vctx_config c;
	size_t i;

	(void)state;
	(void)setlocale(LC_ALL, "en_US.UTF-8");
	put("etc/security/vctx.conf", "a host\n");
	put("etc/security/vctx.conf.d/10.conf", "b host\n");
	put("etc/security/vctx.conf.d/B.conf", "b host\n");
	put("etc/security/vctx.conf.d/a.conf", "b host\n");
	put("etc/security/vctx.conf.d/ab.conf", "b host\n");
	put("etc/security/vctx.conf.d/a-B.conf", "b host\n");
	put("etc/security/vctx.conf.d/.hidden.conf", "b host\n");
	put("etc/security/vctx.conf.d/x.conf~", "b host\n");
	put("etc/security/vctx.conf.d/.conf", "b host\n");
	load(&c);
	assert_int_equal(c.map.n, N_OF(order));
	for (i = 0; i < N_OF(order); i++)
		assert_non_null(strstr(c.map.v[i].file, order[i]));
	vctx_config_done(&c);
	(void)setlocale(LC_ALL, "C");
}

static void expect_unreadable(const char *said)
{
	struct vctx_config c;

	load(&c);
	assert_non_null(c.map.unreadable);
	assert_non_null(strstr(c.map.unreadable, said));
	vctx_config_done(&c);
}

static void what_is_not_roots_alone_is_not_believed(void **state)
{
	static const char *const files[] = {"etc/security/vctx.conf",
					    "etc/security/vctx.conf.d/10.conf"};
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(files); i++) {
		assert_int_equal(chmod(files[i], 0664), 0);
		expect_unreadable(files[i]);
		assert_int_equal(chmod(files[i], 0646), 0);
		expect_unreadable(files[i]);
		assert_int_equal(chmod(files[i], 0644), 0);
		assert_int_equal(chown(files[i], 1000, 0), 0);
		expect_unreadable(files[i]);
		assert_int_equal(unlink(files[i]), 0);
		assert_int_equal(symlink("/etc/hostname", files[i]), 0);
		expect_unreadable(files[i]);
		assert_int_equal(unlink(files[i]), 0);
		assert_int_equal(mkfifo(files[i], 0644), 0);
		expect_unreadable(files[i]);
		assert_int_equal(unlink(files[i]), 0);
		assert_int_equal(mkdir(files[i], 0755), 0);
		expect_unreadable(files[i]);
		assert_int_equal(rmdir(files[i]), 0);
		put(files[i], "a host\n");
	}
}

/* Who can write the directory cannot make a file of root's, but can take one away. */
static void nor_is_a_directory_that_others_write(void **state)
{
	static const char dir[] = "etc/security/vctx.conf.d";

	(void)state;
	assert_int_equal(chmod(dir, 0777), 0);
	expect_unreadable(dir);
	assert_int_equal(chmod(dir, 0775), 0);
	expect_unreadable(dir);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chown(dir, 1000, 0), 0);
	expect_unreadable(dir);
	assert_int_equal(chown(dir, 0, 0), 0);
	assert_int_equal(rename(dir, "etc/d"), 0);
	put(dir, "");
	expect_unreadable(dir);
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(rename("etc/d", dir), 0);
}

static void settings_are_right_as_a_whole(void **state)
{
	struct vctx_config c;

	(void)state;
	put("etc/vservers.conf", "LINGER=5\n");
	load(&c);
	assert_string_equal(c.all.val[VCTX_KEY_LINGER], "5");
	assert_null(c.all_broken);
	vctx_config_done(&c);
	put("etc/vservers.conf", "LINGER=5\nLINGERS=6\n");
	load(&c);
	assert_null(c.all.val[VCTX_KEY_LINGER]);
	assert_string_equal(c.all_broken, "etc/vservers.conf:2: no key 'LINGERS'");
	vctx_config_done(&c);
	put("etc/vservers.conf", "");
	assert_int_equal(chmod("etc/vservers.conf", 0666), 0);
	load(&c);
	assert_non_null(c.all_broken);
	vctx_config_done(&c);
	assert_int_equal(unlink("etc/vservers.conf"), 0);
}

static void a_vserver_has_a_file_of_its_name(void **state)
{
	struct vctx_conf conf;
	struct vctx_err err;

	(void)state;
	put("etc/vservers/v.conf", "IPROOT=any\n");
	assert_int_equal(vctx_config_vserver("v", &conf, &err), 0);
	assert_string_equal(conf.val[VCTX_KEY_IPROOT], "any");
	vctx_conf_done(&conf);
	assert_int_equal(vctx_config_vserver("w", &conf, &err), -ENOENT);
	assert_int_equal(vctx_config_vserver("../vservers/v", &conf, &err), -EINVAL);
	assert_int_equal(vctx_config_vserver("#204", &conf, &err), -EINVAL);
	assert_int_equal(chmod("etc/vservers/v.conf", 0622), 0);
	assert_int_equal(vctx_config_vserver("v", &conf, &err), -EPERM);
}

static void the_marker_is_a_name_alone(void **state)
{
	struct vctx_config c;

	(void)state;
	assert_int_equal(symlink("/nowhere", "etc/security/vctx.rescue"), 0);
	load(&c);
	assert_true(c.rescue);
	vctx_config_done(&c);
	assert_int_equal(unlink("etc/security/vctx.rescue"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_there_is_nothing_said),
		cmocka_unit_test(files_are_read_in_order),
		cmocka_unit_test(what_is_not_roots_alone_is_not_believed),
		cmocka_unit_test(nor_is_a_directory_that_others_write),
		cmocka_unit_test(settings_are_right_as_a_whole),
		cmocka_unit_test(a_vserver_has_a_file_of_its_name),
		cmocka_unit_test(the_marker_is_a_name_alone),
	};

	if (geteuid())
		return 77; /* files have to be root's */
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
