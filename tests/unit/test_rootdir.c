/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/rootdir.c: a root that is refused, and a guest's files as hostile input. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "rootdir.h"

static char base[] = "/tmp/rootdir-test-XXXXXX"; /* 0700, root's */
static int root = -1;

static void path_of(char *buf, size_t size, const char *rest)
{
	(void)snprintf(buf, size, "%s/%s", base, rest);
}

static int set_up(void **state)
{
	char path[256];

	(void)state;
	if (!mkdtemp(base))
		return -1;
	path_of(path, sizeof(path), "r");
	if (mkdir(path, 0755) || chmod(path, 0755))
		return -1;
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 || mkdirat(root, "etc", 0755);
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	close(root);
	(void)snprintf(command, sizeof(command), "rm -rf %s", base);
	/* a directory that mkdtemp has just named
	 * NOLINTNEXTLINE(cert-env33-c) */
	return system(command);
}

static void put(const char *path, const char *text, size_t len)
{
	cleanup_close int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(vctx_fd_write(fd, text, len), 0);
}

static void puts_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

static int open_root(const char *rest)
{
	char path[300];
	struct vctx_err err;
	int fd;

	path_of(path, sizeof(path), rest);
	fd = vctx_rootdir_open(path, &err);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void make(const char *rest, mode_t mode)
{
	char path[300];

	path_of(path, sizeof(path), rest);
	assert_int_equal(mkdir(path, mode), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void opens_only_what_is_roots_and_closed(void **state)
{
	char path[300];

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(open_root("r"), 0);
	assert_int_equal(open_root("none"), -ENOENT);
	assert_int_equal(open_root("r/"), -EINVAL);
	assert_int_equal(open_root("./r"), -EINVAL);
	assert_int_equal(open_root("r/../r"), -EINVAL);
	make("w", 0777);
	assert_int_equal(open_root("w"), -EPERM);
	make("w/x", 0755);
	assert_int_equal(open_root("w/x"), -EPERM);
	/* a sticky part in between is fine, as the root itself it is not */
	make("t", 01777);
	make("t/x", 0755);
	assert_int_equal(open_root("t/x"), 0);
	assert_int_equal(open_root("t"), -EPERM);
	make("g", 0770);
	assert_int_equal(open_root("g"), -EPERM);
	make("u", 0700);
	path_of(path, sizeof(path), "u");
	assert_int_equal(chown(path, 1000, 0), 0);
	assert_int_equal(open_root("u"), -EPERM);
	puts_text("etc/file", "");
	assert_int_equal(open_root("r/etc/file"), -ENOTDIR);
	/* what is open above it is open to people of the host */
	assert_int_equal(chmod(base, 0711), 0);
	assert_int_equal(open_root("r"), -EPERM);
	assert_int_equal(chmod(base, 0750), 0);
	assert_int_equal(open_root("r"), 0);
	assert_int_equal(chown(base, 0, 5), 0);
	assert_int_equal(open_root("r"), -EPERM);
	assert_int_equal(chown(base, 0, 0), 0);
	assert_int_equal(chmod(base, 0700), 0);
}

static void a_link_on_the_way_is_refused(void **state)
{
	char path[300];

	(void)state;
	if (geteuid())
		skip();
	path_of(path, sizeof(path), "link");
	assert_int_equal(symlink("r", path), 0);
	assert_int_equal(open_root("link"), -ELOOP);
	assert_int_equal(open_root("link/etc"), -ELOOP);
}

static int slurp(const char *path, size_t max)
{
	struct vctx_err err;
	char *text = NULL;
	int r = vctx_rootdir_slurp(root, path, max, &text, &err);

	free(text);
	return r;
}

static void reads_plain_files_inside_alone(void **state)
{
	(void)state;
	puts_text("etc/file", "12345");
	assert_int_equal(slurp("etc/file", 5), 0);
	assert_int_equal(slurp("etc/file", 4), -EFBIG);
	assert_int_equal(slurp("etc/none", 5), -ENOENT);
	assert_int_equal(slurp("etc", 5), -EINVAL);
	/* neither waits */
	assert_int_equal(mkfifoat(root, "etc/fifo", 0666), 0);
	assert_int_equal(slurp("etc/fifo", 5), -EINVAL);
	/* an absolute link and a climbing one are read inside the root */
	assert_int_equal(symlinkat("/etc/file", root, "etc/abs"), 0);
	assert_int_equal(slurp("etc/abs", 5), 0);
	assert_int_equal(symlinkat("../../../../etc/hostname", root, "etc/up"), 0);
	assert_int_equal(slurp("etc/up", 1000), -ENOENT);
	assert_int_equal(symlinkat("loop", root, "etc/loop"), 0);
	assert_int_equal(slurp("etc/loop", 5), -ELOOP);
	assert_int_equal(symlinkat("/proc/self/environ", root, "etc/magic"), 0);
	assert_int_equal(slurp("etc/magic", 1000), -ENOENT);
}

static int put_etc(const char *text)
{
	struct vctx_err err;

	return vctx_rootdir_put(root, "conf", text, "keep me", &err);
}

static bool holds(const char *path, const char *wanted)
{
	char text[256];

	return vctx_fd_peek(root, path, text, sizeof(text)) >= 0 && !strcmp(text, wanted);
}

static void puts_a_file_in_whatever_place(void **state)
{
	struct stat a, b;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(put_etc("one"), 0);
	assert_true(holds("etc/conf", "one"));
	assert_int_equal(fstatat(root, "etc/conf", &a, 0), 0);
	assert_int_equal(a.st_mode, S_IFREG | 0644);
	/* the same again writes nothing */
	assert_int_equal(put_etc("one"), 0);
	assert_int_equal(fstatat(root, "etc/conf", &b, 0), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	/* but owner and mode are made right */
	assert_int_equal(fchownat(root, "etc/conf", 1000, 1000, 0), 0);
	assert_int_equal(put_etc("one"), 0);
	assert_int_equal(fstatat(root, "etc/conf", &a, 0), 0);
	assert_int_equal(a.st_uid + a.st_gid, 0);
	puts_text("etc/conf", "# keep me\nold");
	assert_int_equal(put_etc("two"), 0);
	assert_true(holds("etc/conf", "# keep me\nold"));
	puts_text("etc/conf", "# old\n# keep me");
	assert_int_equal(put_etc("two"), 0);
	assert_true(holds("etc/conf", "two"));
}

static void puts_nothing_elsewhere(void **state)
{
	struct stat st;

	(void)state;
	if (geteuid())
		skip();
	puts_text("etc/victim", "old");
	(void)unlinkat(root, "etc/conf", 0);
	assert_int_equal(symlinkat("victim", root, "etc/conf"), 0);
	assert_int_equal(put_etc("two"), 0);
	assert_true(holds("etc/victim", "old"));
	assert_true(holds("etc/conf", "two"));
	/* no reader waits behind a FIFO */
	assert_int_equal(unlinkat(root, "etc/conf", 0), 0);
	assert_int_equal(mkfifoat(root, "etc/conf", 0666), 0);
	assert_int_equal(put_etc("two"), 0);
	assert_true(holds("etc/conf", "two"));
	assert_int_equal(unlinkat(root, "etc/conf", 0), 0);
	assert_int_equal(mkdirat(root, "etc/conf", 0755), 0);
	assert_int_equal(put_etc("two"), -EISDIR);
	assert_int_equal(unlinkat(root, "etc/conf", AT_REMOVEDIR), 0);
	/* a set-group-id directory does not choose the group */
	assert_int_equal(fchownat(root, "etc", 0, 1000, 0), 0);
	assert_int_equal(fchmodat(root, "etc", 02755, 0), 0);
	assert_int_equal(put_etc("two"), 0);
	assert_int_equal(fstatat(root, "etc/conf", &st, 0), 0);
	assert_int_equal(st.st_gid, 0);
	assert_int_equal(fchmodat(root, "etc", 0755, 0), 0);
	/* /etc is a link, or is not there */
	assert_int_equal(renameat(root, "etc", root, "etc2"), 0);
	assert_int_equal(put_etc("two"), -ENOENT);
	assert_int_equal(symlinkat("etc2", root, "etc"), 0);
	assert_int_equal(put_etc("three"), -ENOTDIR);
	assert_true(holds("etc2/conf", "two"));
	assert_int_equal(unlinkat(root, "etc", 0), 0);
	assert_int_equal(renameat(root, "etc2", root, "etc"), 0);
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "# comment\n"
			     "\n"
			     "bad:x:1001\n"
			     "alice:x:1000:100:A,,,:/home/alice:/bin/sh\n"
			     "alice:x:0:0::/:/bin/sh\n"
			     "neg:x:-1:100::/:/bin/sh\n"
			     "big:x:4294967295:100::/:/bin/sh\n"
			     "last:x:4294967294:4294967294::/h:";

static void finds_people_inside(void **state)
{
	struct vctx_inside in;
	struct vctx_err err;

	(void)state;
	(void)unlinkat(root, "etc/passwd", 0);
	assert_int_equal(vctx_rootdir_user(root, "alice", &in, &err), -ENODATA);
	puts_text("etc/passwd", passwd);
	assert_int_equal(vctx_rootdir_user(root, "alice", &in, &err), 0);
	assert_int_equal(in.uid, 1000);
	assert_int_equal(in.gid, 100);
	assert_string_equal(in.home, "/home/alice");
	assert_string_equal(in.shell, "/bin/sh");
	assert_int_equal(vctx_rootdir_user(root, "last", &in, &err), 0);
	assert_int_equal(in.uid, 4294967294u);
	assert_string_equal(in.shell, "");
	assert_int_equal(vctx_rootdir_user(root, "neg", &in, &err), -EINVAL);
	assert_int_equal(vctx_rootdir_user(root, "big", &in, &err), -EINVAL);
	assert_int_equal(vctx_rootdir_user(root, "bad", &in, &err), -ENOENT);
	assert_int_equal(vctx_rootdir_user(root, "alic", &in, &err), -ENOENT);
	assert_int_equal(vctx_rootdir_user(root, "alice:x", &in, &err), -ENOENT);
	assert_int_equal(vctx_rootdir_user(root, "# comment", &in, &err), -ENOENT);
}

static void survives_odd_passwd_files(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int r;
	} v[] = {
		{"", 0, -ENOENT},
		{"\n\n\n", 3, -ENOENT},
		{":::::::", 7, -ENOENT},
		{"alice", 5, -ENOENT},
		{"alice:x:1:1:::", 14, 0},
		{"alice:x:1:1::", 13, -ENOENT},
		{"x\0alice:x:1:1:::\n", 17, -ENOENT},
		{"alice:x:1:1:::\0", 15, 0},
		{"\xff\xfe\n"
		 "alice:x:1:1:::",
		 17, 0},
	};
	struct vctx_inside in;
	struct vctx_err err;
	char big[2000];
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		put("etc/passwd", v[i].text, v[i].len);
		assert_int_equal(vctx_rootdir_user(root, "alice", &in, &err), v[i].r);
	}
	(void)snprintf(big, sizeof(big), "alice:x:1:1::/%01000d:/bin/sh\n", 0);
	puts_text("etc/passwd", big);
	assert_int_equal(vctx_rootdir_user(root, "alice", &in, &err), -EINVAL);
}

static void finds_groups_inside(void **state)
{
	static gid_t g[VCTX_GROUPS_MAX];
	struct vctx_err err;

	(void)state;
	(void)unlinkat(root, "etc/group", 0);
	assert_int_equal(vctx_rootdir_groups(root, "alice", 100, g, &err), 1);
	assert_int_equal(g[0], 100);
	puts_text("etc/group", "users:x:100:alice\n"
			       "a:x:5:bob,alice\n"
			       "b:x:6:malice,alicex\n"
			       "c:x:-7:alice\n"
			       "d:x:8\n"
			       "e:x:9:alice,bob\n"
			       "f:x:10:,alice,\n"
			       "g:x:4294967295:alice");
	assert_int_equal(vctx_rootdir_groups(root, "alice", 100, g, &err), 4);
	assert_int_equal(g[1], 5);
	assert_int_equal(g[2], 9);
	assert_int_equal(g[3], 10);
}

static void a_flood_of_groups_is_cut(void **state)
{
	static gid_t g[VCTX_GROUPS_MAX + 1];
	cleanup_free char *text = malloc(3000 * 32);
	struct vctx_err err;
	size_t n = 0;
	int i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 3000; i++)
		n += (size_t)snprintf(text + n, 32, "g%d:x:%d:alice\n", i, i + 1000);
	put("etc/group", text, n);
	g[VCTX_GROUPS_MAX] = 77;
	assert_int_equal(vctx_rootdir_groups(root, "alice", 100, g, &err),
			 VCTX_GROUPS_MAX);
	assert_int_equal(g[VCTX_GROUPS_MAX], 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_only_what_is_roots_and_closed),
		cmocka_unit_test(a_link_on_the_way_is_refused),
		cmocka_unit_test(reads_plain_files_inside_alone),
		cmocka_unit_test(puts_a_file_in_whatever_place),
		cmocka_unit_test(puts_nothing_elsewhere),
		cmocka_unit_test(finds_people_inside),
		cmocka_unit_test(survives_odd_passwd_files),
		cmocka_unit_test(finds_groups_inside),
		cmocka_unit_test(a_flood_of_groups_is_cut),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
