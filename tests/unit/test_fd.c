/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/fd.c: whole reads and writes, durable replacement. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"

static char top[] = "fd-test-XXXXXX";
static int dir = -1;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"a", "b", "link", "fifo"};
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(names); i++)
		(void)unlinkat(dir, names[i], 0);
	close(dir);
	return rmdir(top);
}

static void closes_and_keeps_errno(void **state)
{
	int fd = memfd_create("t", MFD_CLOEXEC), old = fd;

	(void)state;
	errno = ENOTTY;
	vctx_fd_closep(&fd);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(old, F_GETFD), -1);
	vctx_fd_closep(&fd);
}

static void slurps_up_to_a_bound(void **state)
{
	static const size_t sizes[] = {0, 1, 4094, 4095, 4096, 4097, 100000};
	cleanup_free char *big = calloc(1, 100000);
	size_t i, n;
	char *text;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 100000);
	for (i = 0; i < N_OF(sizes); i++) {
		cleanup_close int fd = memfd_create("t", MFD_CLOEXEC);

		assert_int_equal(vctx_fd_write(fd, big, sizes[i]), 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(vctx_fd_slurp(fd, sizes[i], &text, &n), 0);
		assert_int_equal(n, sizes[i]);
		assert_int_equal(strlen(text), n);
		free(text);
		if (!sizes[i])
			continue;
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(vctx_fd_slurp(fd, sizes[i] - 1, &text, &n), -EFBIG);
	}
	assert_int_equal(vctx_fd_slurp(-1, 10, &text, NULL), -EBADF);
	assert_int_equal(vctx_fd_slurp(dir, 10, &text, NULL), -EISDIR);
}

static void replaces_durably(void **state)
{
	char buf[16];
	struct stat st;

	(void)state;
	assert_int_equal(vctx_fd_replace(dir, "a", "one\n", 4, 0640), 0);
	assert_int_equal(vctx_fd_peek(dir, "a", buf, sizeof(buf)), 3);
	assert_string_equal(buf, "one");
	assert_int_equal(vctx_fd_replace(dir, "a", "two", 3, 0604), 0);
	assert_int_equal(vctx_fd_peek(dir, "a", buf, 3), 2);
	assert_string_equal(buf, "tw");
	assert_int_equal(fstatat(dir, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	/* a link in the file's place is replaced, not followed */
	assert_int_equal(symlinkat("a", dir, "link"), 0);
	assert_int_equal(vctx_fd_replace(dir, "link", "3", 1, 0600), 0);
	assert_int_equal(vctx_fd_peek(dir, "a", buf, sizeof(buf)), 3);
	assert_int_equal(vctx_fd_replace(dir, "x/y", "3", 1, 0600), -ENOENT);
}

static void leaves_nothing_beside(void **state)
{
	char tmp[64];

	(void)state;
	/* what a dead process of the same number left is no hindrance */
	(void)snprintf(tmp, sizeof(tmp), ".b.%d.tmp", (int)getpid());
	assert_int_equal(symlinkat("/nowhere", dir, tmp), 0);
	assert_int_equal(vctx_fd_replace(dir, "b", "x", 1, 0600), 0);
	assert_int_equal(faccessat(dir, tmp, F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

static void follows_no_link(void **state)
{
	char buf[16];

	(void)state;
	(void)unlinkat(dir, "link", 0);
	assert_int_equal(symlinkat("a", dir, "link"), 0);
	assert_int_equal(vctx_fd_peek(dir, "link", buf, sizeof(buf)), -ELOOP);
	assert_int_equal(vctx_fd_poke(dir, "link", "x"), -ELOOP);
	assert_int_equal(vctx_fd_poke(dir, "nothing", "x"), -ENOENT);
	assert_int_equal(vctx_fd_poke(dir, "a", "X"), 0);
	assert_int_equal(vctx_fd_peek(dir, "a", buf, sizeof(buf)), 3);
	assert_string_equal(buf, "Xwo");
}

static void tells_of_a_full_disk(void **state)
{
	cleanup_close int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (full < 0)
		skip();
	assert_int_equal(vctx_fd_write(full, "x", 1), -ENOSPC);
	assert_int_equal(vctx_fd_write(full, "x", 0), 0);
}

static void locks_a_directory_for_one(void **state)
{
	uint64_t t = vctx_fd_now();
	int fd = vctx_fd_lock_dir(top, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(vctx_fd_lock_dir(top, 10), -ETIMEDOUT);
	assert_true(vctx_fd_now() >= t + 10);
	close(fd);
	fd = vctx_fd_lock_dir(top, 0);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(vctx_fd_lock_dir("/dev/null", 0), -ENOTDIR);
}

static void time_goes_on(void **state)
{
	uint64_t t = vctx_fd_now();

	(void)state;
	vctx_fd_sleep(2);
	assert_true(vctx_fd_now() >= t + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closes_and_keeps_errno),
		cmocka_unit_test(slurps_up_to_a_bound),
		cmocka_unit_test(replaces_durably),
		cmocka_unit_test(leaves_nothing_beside),
		cmocka_unit_test(follows_no_link),
		cmocka_unit_test(tells_of_a_full_disk),
		cmocka_unit_test(locks_a_directory_for_one),
		cmocka_unit_test(time_goes_on),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
