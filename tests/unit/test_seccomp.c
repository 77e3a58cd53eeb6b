/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generated filters, put into force by vctx_seccomp_apply in a child and asked with
 * real system calls. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys_seccomp.h"

#define ANY 1
#define NONE 2
#define BOTH (ANY | NONE)
#define OTHER (-1)   /* what the kernel says itself: the filter let it through */
#define REFUSED (-2) /* EPERM or ENOSYS */

struct probe {
	const char *what;
	long nr, a[6];
	int nets, error; /* 0: done */
};

#define SOCK(family, type, protocol)                                                     \
	SYS_socket,                                                                      \
	{                                                                                \
		family, type, protocol                                                   \
	}

static const struct probe probes[] = {
	/* families and protocols */
	{"unix", SOCK(AF_UNIX, SOCK_STREAM, 0), BOTH, 0},
	{"unix seqpacket", SOCK(AF_UNIX, SOCK_SEQPACKET, 0), BOTH, 0},
	{"tcp", SOCK(AF_INET, SOCK_STREAM, 0), ANY, 0},
	{"tcp by number", SOCK(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 6), ANY, 0},
	{"udp", SOCK(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 17), ANY, 0},
	{"tcp6", SOCK(AF_INET6, SOCK_STREAM, 0), ANY, OTHER},
	{"ping", SOCK(AF_INET, SOCK_DGRAM, 1), ANY, OTHER},
	{"ping6", SOCK(AF_INET6, SOCK_DGRAM, 58), ANY, OTHER},
	{"route", SOCK(AF_NETLINK, SOCK_RAW, 0), ANY, 0},
	{"tcp, no net", SOCK(AF_INET, SOCK_STREAM, 0), NONE, EAFNOSUPPORT},
	{"udp, no net", SOCK(AF_INET, SOCK_DGRAM, 0), NONE, EAFNOSUPPORT},
	{"tcp6, no net", SOCK(AF_INET6, SOCK_STREAM, 0), NONE, EAFNOSUPPORT},
	{"route, no net", SOCK(AF_NETLINK, SOCK_RAW, 0), NONE, EPROTONOSUPPORT},
	{"audit", SOCK(AF_NETLINK, SOCK_RAW, 9), BOTH, EPROTONOSUPPORT},
	{"netfilter", SOCK(AF_NETLINK, SOCK_RAW, 12), BOTH, EPROTONOSUPPORT},
	{"sock_diag", SOCK(AF_NETLINK, SOCK_RAW, 4), BOTH, EPROTONOSUPPORT},
	{"uevent", SOCK(AF_NETLINK, SOCK_RAW, 15), BOTH, EPROTONOSUPPORT},
	{"mptcp", SOCK(AF_INET, SOCK_STREAM, 262), ANY, EPROTONOSUPPORT},
	{"sctp", SOCK(AF_INET, SOCK_STREAM, 132), ANY, EPROTONOSUPPORT},
	{"udplite", SOCK(AF_INET, SOCK_DGRAM, 136), ANY, EPROTONOSUPPORT},
	{"smc over inet", SOCK(AF_INET, SOCK_STREAM, 256), ANY, EPROTONOSUPPORT},
	{"raw 255", SOCK(AF_INET, SOCK_RAW, 255), ANY, EPROTONOSUPPORT},
	{"mptcp6", SOCK(AF_INET6, SOCK_STREAM, 262), ANY, EPROTONOSUPPORT},
	{"sctp by type", SOCK(AF_INET, SOCK_SEQPACKET, 0), ANY, EPROTONOSUPPORT},
	{"dccp by type", SOCK(AF_INET, SOCK_DCCP, 0), ANY, EPROTONOSUPPORT},
	{"dccp6 by type", SOCK(AF_INET6, SOCK_DCCP | SOCK_CLOEXEC, 0), ANY,
	 EPROTONOSUPPORT},
	{"packet by type", SOCK(AF_INET, SOCK_PACKET, 0), ANY, EPROTONOSUPPORT},
	{"raw icmp", SOCK(AF_INET, SOCK_RAW, 1), ANY, EPROTONOSUPPORT},
	{"raw udp", SOCK(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 17), ANY, EPROTONOSUPPORT},
	{"rdm", SOCK(AF_INET6, SOCK_RDM, 0), ANY, EPROTONOSUPPORT},
	{"packet", SOCK(AF_PACKET, SOCK_RAW, 0), BOTH, EAFNOSUPPORT},
	{"vsock", SOCK(40, SOCK_STREAM, 0), BOTH, EAFNOSUPPORT},
	{"smc", SOCK(43, SOCK_STREAM, 0), BOTH, EAFNOSUPPORT},
	{"alg", SOCK(AF_ALG, SOCK_SEQPACKET, 0), BOTH, EAFNOSUPPORT},
	{"xdp", SOCK(44, SOCK_RAW, 0), BOTH, EAFNOSUPPORT},
	{"bluetooth", SOCK(AF_BLUETOOTH, SOCK_RAW, 0), BOTH, EAFNOSUPPORT},
	{"a family of tomorrow", SOCK(200, SOCK_STREAM, 0), BOTH, EAFNOSUPPORT},
	{"a negative family", SOCK(-1, SOCK_STREAM, 0), BOTH, EAFNOSUPPORT},
	{"a family with high bits", SOCK(0x100000011, SOCK_RAW, 0), BOTH, EAFNOSUPPORT},
	{"pair", SYS_socketpair, {AF_INET, SOCK_STREAM, 132}, ANY, EPROTONOSUPPORT},
	{"pair, no net", SYS_socketpair, {AF_INET, SOCK_STREAM, 0}, NONE, EAFNOSUPPORT},
	/* nesting */
	{"unshare user", SYS_unshare, {CLONE_NEWUSER}, BOTH, EPERM},
	{"unshare user, high bits", SYS_unshare, {CLONE_NEWUSER | 1L << 40}, BOTH, EPERM},
	{"unshare mount", SYS_unshare, {CLONE_NEWNS}, BOTH, EPERM},
	{"unshare pid", SYS_unshare, {CLONE_NEWPID}, BOTH, EPERM},
	{"unshare net", SYS_unshare, {CLONE_NEWNET | CLONE_FS}, BOTH, EPERM},
	{"unshare time", SYS_unshare, {0x80}, BOTH, EPERM},
	{"unshare files", SYS_unshare, {CLONE_FILES}, BOTH, 0},
	{"clone user", SYS_clone, {CLONE_NEWUSER | SIGCHLD}, BOTH, EPERM},
	{"clone cgroup", SYS_clone, {CLONE_NEWCGROUP | SIGCHLD}, BOTH, EPERM},
	{"clone uts, high bits", SYS_clone, {CLONE_NEWUTS | 1L << 33}, BOTH, EPERM},
	{"clone3", SYS_clone3, {0}, BOTH, ENOSYS},
	{"setns", SYS_setns, {-1, 0}, BOTH, EPERM},
	/* the kernel's own doors */
	{"io_uring_setup", SYS_io_uring_setup, {1, 0}, BOTH, ENOSYS},
	{"io_uring_enter", SYS_io_uring_enter, {-1}, BOTH, ENOSYS},
	{"io_uring_register", SYS_io_uring_register, {-1}, BOTH, ENOSYS},
	{"mount", SYS_mount, {0}, BOTH, EPERM},
	{"umount2", SYS_umount2, {0}, BOTH, EPERM},
	{"pivot_root", SYS_pivot_root, {0}, BOTH, EPERM},
	{"move_mount", SYS_move_mount, {-1, 0, -1, 0}, BOTH, EPERM},
	{"open_tree", SYS_open_tree, {-1, 0, 0}, BOTH, EPERM},
	{"fsopen", SYS_fsopen, {0}, BOTH, EPERM},
	{"mount_setattr", SYS_mount_setattr, {-1}, BOTH, EPERM},
	{"keyctl", SYS_keyctl, {1, 0}, BOTH, EPERM},
	{"add_key", SYS_add_key, {0}, BOTH, EPERM},
	{"request_key", SYS_request_key, {0}, BOTH, EPERM},
	{"bpf", SYS_bpf, {0, 0, 0}, BOTH, EPERM},
	{"perf_event_open", SYS_perf_event_open, {0}, BOTH, EPERM},
	{"userfaultfd", SYS_userfaultfd, {0}, BOTH, EPERM},
	{"open_by_handle_at", SYS_open_by_handle_at, {-1}, BOTH, EPERM},
	{"pidfd_getfd", SYS_pidfd_getfd, {-1}, BOTH, EPERM},
	{"kexec_load", SYS_kexec_load, {0}, BOTH, EPERM},
	{"init_module", SYS_init_module, {0}, BOTH, EPERM},
	{"syslog", SYS_syslog, {10}, BOTH, EPERM},
	{"settimeofday", SYS_settimeofday, {0}, BOTH, EPERM},
	{"an unknown call", 999, {0}, BOTH, ENOSYS},
	{"a call far away", 0x3fffffff, {0}, BOTH, ENOSYS},
	/* terminals: the kernel looks at the low half of the request */
	{"TIOCSTI", SYS_ioctl, {0, TIOCSTI, 0}, BOTH, EPERM},
	{"TIOCSTI, high bits", SYS_ioctl, {0, TIOCSTI | 1L << 32, 0}, BOTH, EPERM},
	{"TIOCLINUX", SYS_ioctl, {0, 0x541c | 1L << 63, 0}, BOTH, EPERM},
	{"TIOCGWINSZ", SYS_ioctl, {-1, TIOCGWINSZ, 0}, BOTH, EBADF},
	/* what has to go on working */
	{"getpid", SYS_getpid, {0}, BOTH, 0},
	{"openat", SYS_openat, {AT_FDCWD, 0, 0}, BOTH, EFAULT},
	{"ptrace", SYS_ptrace, {-1, -1}, BOTH, OTHER},
	{"chroot", SYS_chroot, {0}, BOTH, EFAULT},
#ifdef __x86_64__
	{"an x32 call", 0x40000000 | SYS_getpid, {0}, BOTH, REFUSED},
#endif
};

static int try_probe(const struct probe *p)
{
	long r = syscall(p->nr, p->a[0], p->a[1], p->a[2], p->a[3], p->a[4], p->a[5]);
	int e = r < 0 ? errno : 0;

	if (p->error == OTHER)
		return e == EPROTONOSUPPORT;
	if (p->error == REFUSED)
		return e != EPERM && e != ENOSYS;
	return e != p->error;
}

#ifdef __x86_64__
/* getpid by the 32-bit entry: with another architecture no number means what it says. */
static long call32(long nr)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr)
			 : "memory", "r8", "r9", "r10", "r11");
	return r;
}
#endif

/* Ends the child with 0, or with the number of the first wrong probe. */
_Noreturn static void child(enum vctx_net net)
{
	const int bit = net == VCTX_NET_NONE ? NONE : ANY;
	struct vctx_err err;
	size_t i;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || vctx_seccomp_apply(net, &err))
		_exit(255);
	for (i = 0; i < N_OF(probes); i++)
		if ((probes[i].nets & bit) && try_probe(&probes[i])) {
			(void)dprintf(2, "# wrong for %s: %s (errno %d)\n",
				      vctx_ip_net_name(net), probes[i].what, errno);
			_exit(1);
		}
#ifdef __x86_64__
	/* 20 is getpid there; a kernel without the entry kills by SIGSEGV, see below */
	if (call32(20) != -EPERM)
		_exit(254);
#endif
	_exit(0);
}

static void run(enum vctx_net net)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		child(net);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* no 32-bit entry at all is as good */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		return;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void holds_with_a_network(void **state)
{
	(void)state;
	run(VCTX_NET_ANY);
	run(VCTX_NET_ROOT);
}

static void holds_without_a_network(void **state)
{
	(void)state;
	run(VCTX_NET_NONE);
}

/* It is inherited, and cannot be taken off by another one. */
static void is_there_for_children(void **state)
{
	struct vctx_err err;
	int status = 0;
	pid_t pid = fork(), inner;

	(void)state;
	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    vctx_seccomp_apply(VCTX_NET_NONE, &err) ||
		    vctx_seccomp_apply(VCTX_NET_ANY, &err))
			_exit(2);
		inner = fork();
		if (!inner)
			_exit(socket(AF_INET, SOCK_STREAM, 0) >= 0 ||
			      errno != EAFNOSUPPORT);
		_exit(waitpid(inner, &status, 0) != inner || status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void an_unset_network_is_an_error(void **state)
{
	struct vctx_err err;

	(void)state;
	assert_int_equal(vctx_seccomp_apply(VCTX_NET_UNSET, &err), -EINVAL);
	assert_int_equal(vctx_seccomp_apply((enum vctx_net)7, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_with_a_network),
		cmocka_unit_test(holds_without_a_network),
		cmocka_unit_test(is_there_for_children),
		cmocka_unit_test(an_unset_network_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
