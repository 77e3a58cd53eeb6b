/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Build time only: writes the two filters as C arrays. libseccomp makes the tree of
 * system calls; calls that are judged by an argument go before it, by hand, since
 * libseccomp has no "else" for them. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SYSCALL 1024

/* Refused with EPERM. Why: what a namespace's root could do with them to the kernel or to
 * a neighbour; every one is useless without a capability that the ceiling lacks, or
 * reaches past the other filters. */
static const char *const refused[] = {
	/* mounts and namespaces */
	"mount",
	"umount",
	"umount2",
	"pivot_root",
	"move_mount",
	"open_tree",
	"open_tree_attr",
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"mount_setattr",
	"setns",
	"statmount",
	"listmount",
	/* handles and descriptors past the path, processes past the pid */
	"open_by_handle_at",
	"name_to_handle_at",
	"pidfd_getfd",
	"kcmp",
	"lookup_dcookie",
	/* kernel code and kernel state */
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"init_module",
	"finit_module",
	"delete_module",
	"create_module",
	"get_kernel_syms",
	"query_module",
	"kexec_load",
	"kexec_file_load",
	"iopl",
	"ioperm",
	"syslog",
	"acct",
	"swapon",
	"swapoff",
	"quotactl",
	"quotactl_fd",
	"nfsservctl",
	"_sysctl",
	"sysfs",
	"uselib",
	"ustat",
	"vm86",
	"vm86old",
	"modify_ldt",
	"fanotify_init",
	"fanotify_mark",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"stime",
	"vhangup",
	"lsm_set_self_attr",
	/* keyrings know no namespace but that of users */
	"add_key",
	"request_key",
	"keyctl",
};

/* As if the kernel had none: callers fall back. clone3's flags lie in memory, out of a
 * filter's sight. */
static const char *const missing[] = {"io_uring_setup", "io_uring_enter",
				      "io_uring_register", "clone3"};

static void die(const char *what, int r)
{
	fprintf(stderr, "gen_seccomp: %s: %s\n", what, strerror(-r));
	exit(1);
}

static int is_in(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], name))
			return 1;
	return 0;
}

#define IN(list, name) is_in(list, sizeof(list) / sizeof((list)[0]), name)

/* The tree: every call that libseccomp knows by name is allowed or refused; a number that
 * it does not know is ENOSYS, so that a call which the kernel learns tomorrow is refused
 * today. */
static struct sock_filter *make_tree(size_t *ret_n)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	struct sock_filter *prog;
	int nr, fd, r;
	long size;

	if (!ctx)
		die("seccomp_init", -ENOMEM);
	/* 32-bit and x32 calls would need filters of their own: they are refused whole */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (nr = 0; !r && nr < MAX_SYSCALL; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

		if (!name)
			continue;
		if (!IN(missing, name))
			r = seccomp_rule_add(ctx,
					     IN(refused, name) ? SCMP_ACT_ERRNO(EPERM)
							       : SCMP_ACT_ALLOW,
					     nr, 0);
		free(name);
	}
	if (r)
		die("rules", r);
	fd = memfd_create("tree", 0);
	r = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);
	if (r)
		die("export", r);
	size = lseek(fd, 0, SEEK_END);
	prog = malloc((size_t)size);
	if (!prog || pread(fd, prog, (size_t)size, 0) != size)
		die("read", -EIO);
	close(fd);
	seccomp_release(ctx);
	*ret_n = (size_t)size / sizeof(*prog);
	return prog;
}

static struct sock_filter head[128];
static unsigned int n_head;

static void put(unsigned int code, unsigned int k, unsigned int jt, unsigned int jf)
{
	head[n_head++] = (struct sock_filter){(unsigned short)code, (unsigned char)jt,
					      (unsigned char)jf, k};
}

#define LOAD(field)                                                                      \
	put(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field), 0, 0)
#define ARG(i)                                                                           \
	put(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[i]), 0,         \
	    0) /* low half */
#define ALLOW() put(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0)
#define ERRNO(e) put(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (e), 0, 0)
#define IF_EQ(k, jt, jf) put(BPF_JMP | BPF_JEQ | BPF_K, k, jt, jf)
#define IF_SET(k, jt, jf) put(BPF_JMP | BPF_JSET | BPF_K, k, jt, jf)

/* socket() and socketpair() by family and, for the internet ones, by type and protocol.
 */
static void judge_socket(int any)
{
	static const unsigned int protocols[] = {0, 6 /* TCP */, 17 /* UDP */,
						 1 /* ICMP */, 58 /* ICMPv6 */};
	unsigned int i;

	ARG(0);
	IF_EQ(AF_UNIX, 0, 1);
	ALLOW();
	/* sshd's audit code takes EPROTONOSUPPORT as "no audit", and EPERM as fatal */
	IF_EQ(AF_NETLINK, 0, any ? 4 : 1);
	if (any) {
		ARG(2);
		IF_EQ(0 /* NETLINK_ROUTE */, 0, 1);
		ALLOW();
	}
	ERRNO(EPROTONOSUPPORT);
	if (any) {
		IF_EQ(AF_INET, 2, 0);
		IF_EQ(AF_INET6, 1, 0);
		ERRNO(EAFNOSUPPORT);
		/* protocol 0 of SOCK_SEQPACKET is SCTP and of SOCK_DCCP DCCP, whose
		 * module the kernel would load; SOCK_RAW and SOCK_PACKET make their own
		 * headers */
		ARG(1);
		put(BPF_ALU | BPF_AND | BPF_K, 0xf /* SOCK_TYPE_MASK */, 0, 0);
		IF_EQ(SOCK_STREAM, 2, 0);
		IF_EQ(SOCK_DGRAM, 1, 0);
		ERRNO(EPROTONOSUPPORT);
		ARG(2);
		for (i = 0; i < 5; i++) {
			IF_EQ(protocols[i], 0, 1);
			ALLOW();
		}
		ERRNO(EPROTONOSUPPORT);
	} else {
		ERRNO(EAFNOSUPPORT);
	}
}

/* The low 32 bits of an ioctl's request are what the kernel looks at, so they are what is
 * compared. */
static void judge_ioctl(int any)
{
	ARG(1);
	IF_EQ(0x5412 /* TIOCSTI: types into whoever reads the terminal next */,
	      any ? 2 : 4, 0);
	IF_EQ(0x541c /* TIOCLINUX: pastes, on a console */, any ? 1 : 3, 0);
	IF_EQ(0x5423 /* TIOCSETD: line disciplines are old code of the kernel's */,
	      any ? 0 : 2, any ? 1 : 0);
	if (!any) {
		/* SIOC...: a UNIX socket asks for the host's interfaces as well as any */
		put(BPF_JMP | BPF_JGE | BPF_K, 0x8910, 0, 2);
		put(BPF_JMP | BPF_JGT | BPF_K, 0x89ff, 1, 0);
	}
	ERRNO(EPERM);
	ALLOW();
}

/* Contexts nest no further. */
static void judge_clone_flags(void)
{
	ARG(0);
	IF_SET(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		       CLONE_NEWCGROUP | CLONE_NEWNET,
	       0, 1);
	ERRNO(EPERM);
	ALLOW();
}

/* unshare's CLONE_NEWTIME is clone's CSIGNAL bit, so it is judged apart. */
static void judge_unshare(void)
{
	ARG(0);
	IF_SET(0x80 /* CLONE_NEWTIME */, 0, 1);
	ERRNO(EPERM);
	judge_clone_flags();
}

/* if (nr == call) { judge } -- the distance over the judgement is known only after it is
 * there */
#define ON(call, judgement)                                                              \
	do {                                                                             \
		unsigned int at = n_head;                                                \
		IF_EQ((unsigned int)SCMP_SYS(call), 0, 0);                               \
		judgement;                                                               \
		head[at].jf = (unsigned char)(n_head - at - 1);                          \
	} while (0)

static void make_head(int any)
{
	unsigned int bad;

	n_head = 0;
	LOAD(arch);
	bad = n_head;
	IF_EQ(seccomp_arch_native() == SCMP_ARCH_AARCH64 ? AUDIT_ARCH_AARCH64
							 : AUDIT_ARCH_X86_64,
	      0, 0);
	LOAD(nr);
	ON(socket, judge_socket(any));
	LOAD(nr);
	ON(socketpair, judge_socket(any));
	LOAD(nr);
	ON(ioctl, judge_ioctl(any));
	LOAD(nr);
	ON(clone, judge_clone_flags());
	LOAD(nr);
	ON(unshare, judge_unshare());
	/* another architecture: straight to the tree, which refuses it */
	head[bad].jf = (unsigned char)(n_head - bad - 1);
}

static void print(const char *name, const struct sock_filter *tree, size_t n_tree)
{
	size_t i;

	printf("static const struct sock_filter %s[] = {\n", name);
	for (i = 0; i < n_head + n_tree; i++) {
		const struct sock_filter *f = i < n_head ? &head[i] : &tree[i - n_head];

		printf("\t{ 0x%04x, %u, %u, 0x%08x },\n", f->code, f->jt, f->jf, f->k);
	}
	printf("};\n\n");
}

int main(void)
{
	size_t n_tree;
	struct sock_filter *tree = make_tree(&n_tree);

	printf("/* Written by tools/gen_seccomp at build time. */\n\n");
	make_head(1);
	print("filter_any", tree, n_tree);
	make_head(0);
	print("filter_none", tree, n_tree);
	free(tree);
	return 0;
}
