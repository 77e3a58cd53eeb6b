/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hostile person tries from inside, one verb each. Exit status 0: the attack
 * worked; 1: it was refused (and how, on stdout); 2: it could not be tried. Static, so
 * that it runs in any guest. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REFUSED 1
#define UNTRIED 2

static int outcome(const char *what, int failed)
{
	if (!failed) {
		printf("%s: WORKED\n", what);
		return 0;
	}
	printf("%s: %s\n", what, strerror(errno));
	return REFUSED;
}

static int a_unshare_user(char **a)
{
	(void)a;
	return outcome("unshare(CLONE_NEWUSER)", unshare(CLONE_NEWUSER));
}

static int a_clone_user(char **a)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	(void)a;
	if (pid == 0)
		_exit(0);
	return outcome("clone(CLONE_NEWUSER)", pid < 0);
}

static int a_clone3_user(char **a)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	(void)a;
	if (pid == 0)
		_exit(0);
	return outcome("clone3(CLONE_NEWUSER)", pid < 0);
}

static int a_unshare_mount(char **a)
{
	(void)a;
	return outcome("unshare(CLONE_NEWNS)", unshare(CLONE_NEWNS));
}

/* Every system call below goes past the filter if a 32-bit one is let through. getuid is
 * 24 there. */
static int a_int80(char **a)
{
	(void)a;
#ifdef __x86_64__
	long r = 24;

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
	if (r < 0) {
		errno = (int)-r;
		return outcome("a 32-bit system call", 1);
	}
	return outcome("a 32-bit system call", 0);
#else
	return UNTRIED;
#endif
}

static int a_io_uring(char **a)
{
	char params[120] = {0};

	(void)a;
	return outcome("io_uring_setup", syscall(SYS_io_uring_setup, 4, params) < 0);
}

static int a_syscall(char **a)
{
	if (!a[0])
		return UNTRIED;
	return outcome(a[0], syscall(atol(a[0]), 0, 0, 0, 0, 0, 0) < 0 &&
				     (errno == EPERM || errno == ENOSYS));
}

/* Does any capability outside the ceiling ("hex") come back? By capset, by the bounding
 * set. */
static int a_regain(char **a)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2];
	unsigned long long ceiling = strtoull(a[0] ? a[0] : "0", NULL, 16);

	for (int c = 0; c <= CAP_LAST_CAP; c++) {
		if (ceiling >> c & 1)
			continue;
		memset(d, 0, sizeof(d));
		d[c / 32].permitted = d[c / 32].effective = 1u << c % 32;
		if (!syscall(SYS_capset, &h, d)) {
			printf("capability %d: WORKED\n", c);
			return 0;
		}
		if (prctl(PR_CAPBSET_READ, c, 0, 0, 0) > 0) {
			printf("capability %d is in the bounding set: WORKED\n", c);
			return 0;
		}
	}
	errno = EPERM;
	return outcome("regaining a capability", 1);
}

/* The classic: chroot into a subdirectory with a descriptor of the old root, climb,
 * chroot again. */
static int a_chroot(char **a)
{
	struct stat before, now;

	if (stat("/", &before))
		return UNTRIED;
	(void)mkdir("/tmp/jail", 0700);
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	if (fd < 0 || chroot("/tmp/jail"))
		return outcome("chroot", 1);
	(void)fchdir(fd);
	for (int i = 0; i < 64; i++)
		(void)chdir("..");
	if (chroot(".") || stat("/", &now))
		return outcome("chroot again", 1);
	errno = EXDEV;
	if (a[0])
		return outcome("climbing out", access(a[0], F_OK) != 0);
	return outcome("climbing out",
		       before.st_ino == now.st_ino && before.st_dev == now.st_dev);
}

/* fd N of the caller: does a path of the host open through it? */
static int a_fd(char **a)
{
	char buf[64];
	int fd = atoi(a[0]), got = openat(fd, a[1], O_RDONLY);
	ssize_t n;

	if (got >= 0)
		return outcome("openat through an inherited directory", 0);
	n = read(fd, buf, sizeof(buf) - 1);
	if (n > 0)
		return outcome("reading an inherited descriptor", 0);
	errno = n < 0 ? errno : EBADF;
	return outcome("an inherited descriptor", 1);
}

static int a_handle(char **a)
{
	struct {
		struct file_handle h;
		unsigned char data[128];
	} fh = {.h = {.handle_bytes = 128}};
	int mount_id, root = open("/", O_RDONLY | O_DIRECTORY);

	(void)a;
	if (name_to_handle_at(AT_FDCWD, "/etc/passwd", &fh.h, &mount_id, 0)) {
		/* the root directory of an ext4 has inode 2: its handle can be made by
		 * hand */
		uint32_t raw[2] = {2, 0};

		fh.h.handle_bytes = 8;
		fh.h.handle_type = 1;
		memcpy(fh.h.f_handle, raw, sizeof(raw));
	}
	return outcome("open_by_handle_at", open_by_handle_at(root, &fh.h, O_RDONLY) < 0);
}

static int a_mknod(char **a)
{
	/* a disk, the memory, and one that nothing else protects: /dev/zero */
	static const struct {
		mode_t type;
		unsigned int major, minor;
	} devices[] = {{S_IFBLK, 254, 0}, {S_IFCHR, 1, 1}, {S_IFCHR, 1, 5}};
	const char *path = a[0] ? a[0] : "/tmp/disk";
	int made = 0;

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		(void)unlink(path);
		if (mknod(path, devices[i].type | 0666,
			  makedev(devices[i].major, devices[i].minor)))
			continue;
		made = 1;
		if (open(path, O_RDONLY) >= 0)
			return outcome("opening a device that was made", 0);
	}
	return outcome(made ? "opening a device that was made" : "mknod", 1);
}

static int a_mount(char **a)
{
	(void)a;
	return outcome("mount(proc)", mount("proc", "/tmp", "proc", 0, NULL));
}

static int a_tiocsti(char **a)
{
	unsigned long request = a[0] ? strtoul(a[0], NULL, 16) : TIOCSTI;
	int fd = open("/dev/tty", O_RDWR);
	char c = '#';

	if (fd < 0)
		fd = 0;
	return outcome("TIOCSTI", (int)syscall(SYS_ioctl, fd, request, &c));
}

static int a_keyring(char **a)
{
	(void)a;
	return outcome("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
					 KEY_SPEC_USER_KEYRING, 1) < 0);
}

/* A key of whoever entered, in a session keyring that came along with the process. */
static int a_session_key(char **a)
{
	char buf[64];
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user",
			   a[0], 0);

	if (key < 0)
		return outcome("finding a key", 1);
	return outcome("reading a key",
		       syscall(SYS_keyctl, KEYCTL_READ, key, buf, sizeof(buf)) < 0);
}

/* Not an attack: makes a session keyring with a key NAME in it and runs PROGRAM ARG... */
static int a_with_key(char **a)
{
	if (!a[0] || !a[1] ||
	    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", a[0], "held", 4, KEY_SPEC_SESSION_KEYRING) < 0)
		return UNTRIED;
	(void)execvp(a[1], a + 1);
	return UNTRIED;
}

static int a_shm(char **a)
{
	key_t key = (key_t)strtol(a[0], NULL, 0);
	int id = shmget(key, 0, 0);

	if (id < 0)
		return outcome("shmget", 1);
	return outcome("shmat", shmat(id, NULL, SHM_RDONLY) == (void *)-1);
}

static int a_write(char **a)
{
	int fd = open(a[0], O_WRONLY);

	if (fd < 0)
		return outcome(a[0], 1);
	return outcome(a[0], write(fd, a[1], strlen(a[1])) < 0);
}

static int a_kill(char **a)
{
	return outcome("kill", kill((pid_t)atoi(a[0]), a[1] ? atoi(a[1]) : SIGTERM));
}

static int a_trace(char **a)
{
	pid_t pid = (pid_t)atoi(a[0]);
	char buf[8], path[64];
	struct iovec local = {buf, sizeof(buf)}, remote = {(void *)0x400000, sizeof(buf)};
	int fd;

	if (!ptrace(PTRACE_SEIZE, pid, 0, 0))
		return outcome("ptrace", 0);
	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) >= 0)
		return outcome("process_vm_readv", 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	if (fd >= 0)
		return outcome("/proc/PID/mem", 0);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd >= 0 && syscall(SYS_pidfd_getfd, fd, 0, 0) >= 0)
		return outcome("pidfd_getfd", 0);
	return outcome("tracing", 1);
}

/* CVE-2019-5736: the executable of pid 1, and of whoever enters, is the host's. */
static int a_exe(char **a)
{
	char path[64], link[256];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%s/exe", a[0] ? a[0] : "1");
	if (readlink(path, link, sizeof(link)) > 0)
		return outcome("readlink of the executable", 0);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return outcome("opening the executable", 1);
	return outcome("opening the executable", 0);
}

/* Watches /proc for processes that enter and tries to open their exe, root and fd.
 * Seconds. */
static int a_watch(char **a)
{
	time_t until = time(NULL) + atoi(a[0]);
	char path[300];
	struct dirent *d;

	while (time(NULL) < until) {
		DIR *dir = opendir("/proc");

		while (dir && (d = readdir(dir))) {
			static const char *const what[] = {"root/etc/vctx-host-marker",
							   "cwd/etc/vctx-host-marker"};

			if (d->d_name[0] < '0' || d->d_name[0] > '9')
				continue;
			for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
				(void)snprintf(path, sizeof(path), "/proc/%s/%s",
					       d->d_name, what[i]);
				if (!access(path, F_OK)) {
					printf("%s: WORKED\n", path);
					return 0;
				}
			}
		}
		if (dir)
			closedir(dir);
	}
	errno = ENOENT;
	return outcome("a process on its way in", 1);
}

static int a_socket(char **a)
{
	return outcome("socket", socket(atoi(a[0]), atoi(a[1]), atoi(a[2])) < 0);
}

static int a_raise_ns(char **a)
{
	int fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY);

	(void)a;
	if (fd < 0)
		return outcome("max_user_namespaces", 1);
	return outcome("max_user_namespaces", write(fd, "100", 3) < 0);
}

/* rename(2) a directory out from under a process that sits in it (the bind-mount escape).
 */
static int a_rename_out(char **a)
{
	(void)mkdir("/tmp/a", 0755);
	(void)mkdir("/tmp/a/b", 0755);
	if (chdir("/tmp/a/b") || rename("/tmp/a/b", "/tmp/b"))
		return outcome("rename", 1);
	for (int i = 0; i < 64; i++)
		(void)chdir("..");
	errno = ENOENT;
	return outcome("climbing after a rename", access(a[0] + 1, F_OK) != 0);
}

static int a_chown(char **a)
{
	return outcome("chown of what is the host's", chown(a[0], 0, 0));
}

/* Takes what is counted for each user until it is refused, then holds it: inotify, timer
 * or mq; how many at most; seconds. Prints how many it got. */
static int a_use_up(char **a)
{
	long max = atol(a[1]), n = 0;
	char name[32];

	for (; n < max; n++) {
		timer_t t;
		struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL,
				      .sigev_signo = SIGUSR1};
		struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 8192};

		(void)snprintf(name, sizeof(name), "/use-up-%ld-%d", n, (int)getpid());
		if (!strcmp(a[0], "inotify") ? inotify_init() < 0
		    : !strcmp(a[0], "timer")
			    ? timer_create(CLOCK_MONOTONIC, &ev, &t) != 0
			    : mq_open(name, O_CREAT | O_RDWR, 0600, &attr) == (mqd_t)-1)
			break;
	}
	printf("got %ld\n", n);
	(void)fflush(stdout);
	sleep((unsigned int)atoi(a[2]));
	return n ? 0 : REFUSED;
}

static const struct {
	const char *name;
	int (*fn)(char **args);
} attacks[] = {
	{"unshare-user", a_unshare_user},
	{"clone-user", a_clone_user},
	{"clone3-user", a_clone3_user},
	{"unshare-mount", a_unshare_mount},
	{"int80", a_int80},
	{"io-uring", a_io_uring},
	{"syscall", a_syscall},
	{"regain", a_regain},
	{"chroot", a_chroot},
	{"fd", a_fd},
	{"handle", a_handle},
	{"mknod", a_mknod},
	{"mount", a_mount},
	{"tiocsti", a_tiocsti},
	{"keyring", a_keyring},
	{"session-key", a_session_key},
	{"with-key", a_with_key},
	{"shm", a_shm},
	{"write", a_write},
	{"kill", a_kill},
	{"trace", a_trace},
	{"exe", a_exe},
	{"watch", a_watch},
	{"socket", a_socket},
	{"raise-ns", a_raise_ns},
	{"rename-out", a_rename_out},
	{"chown", a_chown},
	{"use-up", a_use_up},
};

int main(int argc, char **argv)
{
	static char *none[4];

	for (size_t i = 0; argc > 1 && i < sizeof(attacks) / sizeof(attacks[0]); i++)
		if (!strcmp(argv[1], attacks[i].name))
			return attacks[i].fn(argc > 2 ? argv + 2 : none);
	fprintf(stderr, "attack: no such attack\n");
	return UNTRIED;
}
