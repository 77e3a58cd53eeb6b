/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times what sockets do inside an IPv4 root and outside, a batch of each in turn in one
 * run; prints medians, and the median of the pairs' differences and ratios. Run by
 * bench/run in a view.
 *
 *   net_ops ROUNDS ROOTS CGROUP INSIDE-ADDRESS OUTSIDE-ADDRESS
 *
 * Two processes wait for work: one in CGROUP (TOP/vctx/2), which gets INSIDE-ADDRESS
 * alone, one on the host. ROOTS is how many the map holds during the run: all but the
 * first have keys and addresses that nobody uses. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/bpf.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys_bpf.h"
#include "sys_bpfload.h"
#include "sys_cgroup.h"
#include "vctx_abi.h"

#define ROUNDS_MAX 1000
#define STREAM_BYTES (256L << 20)
#define CHUNK (64 << 10)
#define UNDER_WAY 32
#define XID 2 /* the others come behind */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "net_ops: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double read_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Over loopback all is done in the calls that are timed, delivery too: their processor
 * time is what they take, whatever else the machine does. */
static double now_us(void)
{
	return read_us(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- sockets ---- */

static int open_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static int bound(int type, in_addr_t addr)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = addr};
	int fd = open_socket(type);

	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		die("bind");
	return fd;
}

/* addr with the port that fd got */
static struct sockaddr_in at(int fd, in_addr_t addr)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	if (getsockname(fd, (struct sockaddr *)&sin, &len))
		die("getsockname");
	sin.sin_addr.s_addr = addr;
	return sin;
}

static int listener(in_addr_t addr)
{
	int fd = bound(SOCK_STREAM, addr);

	if (listen(fd, 128))
		die("listen");
	return fd;
}

static int connected(int type, const struct sockaddr_in *to)
{
	int fd = open_socket(type);

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		die("connect");
	return fd;
}

/* ---- operations: microseconds each ---- */

/* Without TIME_WAIT, or the ports run out. */
static double connect_accept(in_addr_t addr, int n)
{
	const struct linger hard = {1, 0};
	int server = listener(addr), client, peer;
	struct sockaddr_in to = at(server, addr);
	double t = now_us();

	for (int i = 0; i < n; i++) {
		client = connected(SOCK_STREAM, &to);
		peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
		if (peer < 0)
			die("accept");
		(void)setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(client);
		close(peer);
	}
	t = now_us() - t;
	close(server);
	return t / n;
}

static double bind_close(int type, in_addr_t addr, int n)
{
	double t = now_us();

	for (int i = 0; i < n; i++)
		close(bound(type, addr));
	return (now_us() - t) / n;
}

static double bind_udp(in_addr_t addr, int n)
{
	return bind_close(SOCK_DGRAM, addr, n);
}

static double bind_tcp(in_addr_t addr, int n)
{
	return bind_close(SOCK_STREAM, addr, n);
}

static double sendto_recv(in_addr_t addr, int n)
{
	int server = bound(SOCK_DGRAM, addr), client = open_socket(SOCK_DGRAM);
	struct sockaddr_in to = at(server, addr);
	double t = now_us();
	char c = 'x';

	for (int i = 0; i < n; i++)
		if (sendto(client, &c, 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1 ||
		    recv(server, &c, 1, 0) != 1)
			die("sendto");
	t = now_us() - t;
	close(client);
	close(server);
	return t / n;
}

static double send_recv(in_addr_t addr, int n)
{
	int server = bound(SOCK_DGRAM, addr), client;
	struct sockaddr_in to = at(server, addr);
	double t;
	char c = 'x';

	client = connected(SOCK_DGRAM, &to);
	t = now_us();
	for (int i = 0; i < n; i++)
		if (send(client, &c, 1, 0) != 1 || recv(server, &c, 1, 0) != 1)
			die("send");
	t = now_us() - t;
	close(client);
	close(server);
	return t / n;
}

/* MiB per second, in full packets of an Ethernet; as many under way as a buffer holds. */
static double udp_stream(in_addr_t addr, int n)
{
	int server = bound(SOCK_DGRAM, addr), client;
	struct sockaddr_in to = at(server, addr);
	char buf[1472] = "";
	double t;

	client = connected(SOCK_DGRAM, &to);
	t = now_us();
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < UNDER_WAY; k++)
			if (send(client, buf, sizeof(buf), 0) != sizeof(buf))
				die("send");
		for (int k = 0; k < UNDER_WAY; k++)
			if (recv(server, buf, sizeof(buf), 0) != sizeof(buf))
				die("recv");
	}
	t = now_us() - t;
	close(client);
	close(server);
	return (double)n * UNDER_WAY * sizeof(buf) / 1048576 / t * 1e6;
}

static void *drain(void *arg)
{
	static char buf[CHUNK];
	int fd = *(int *)arg;

	while (read(fd, buf, sizeof(buf)) > 0)
		;
	return NULL;
}

/* MiB per second: one thread writes, one reads. n is not looked at. */
static double stream(in_addr_t addr, int n)
{
	static const char buf[CHUNK];
	int server = listener(addr), client, peer;
	struct sockaddr_in to = at(server, addr);
	pthread_t reader;
	double t;

	(void)n;
	client = connected(SOCK_STREAM, &to);
	peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0 || pthread_create(&reader, NULL, drain, &peer))
		die("accept");
	t = read_us(CLOCK_MONOTONIC);
	for (long left = STREAM_BYTES; left > 0; left -= CHUNK)
		if (write(client, buf, sizeof(buf)) != sizeof(buf))
			die("write");
	(void)shutdown(client, SHUT_WR);
	(void)pthread_join(reader, NULL);
	t = read_us(CLOCK_MONOTONIC) - t;
	close(client);
	close(peer);
	close(server);
	return (double)(STREAM_BYTES >> 20) / t * 1e6;
}

static const struct op {
	const char *name;
	double (*fn)(in_addr_t addr, int n);
	int n; /* of a batch */
	bool loopback, is_rate;
} ops[] = {
	{"connect+accept+close", connect_accept, 500, false, false},
	{"  127.0.0.1", connect_accept, 500, true, false},
	{"socket+bind+close, UDP", bind_udp, 2000, false, false},
	{"  127.0.0.1", bind_udp, 2000, true, false},
	{"socket+bind+close, TCP", bind_tcp, 2000, false, false},
	{"  127.0.0.1", bind_tcp, 2000, true, false},
	{"UDP sendto+recv", sendto_recv, 2000, false, false},
	{"  127.0.0.1", sendto_recv, 2000, true, false},
	{"UDP connected send+recv", send_recv, 2000, false, false},
	{"  127.0.0.1", send_recv, 2000, true, false},
	{"UDP stream, MiB/s", udp_stream, 100, false, true},
	{"  127.0.0.1", udp_stream, 100, true, true},
	{"TCP stream, MiB/s", stream, 1, false, true},
	{"  127.0.0.1", stream, 1, true, true},
};

#define N_OPS (sizeof(ops) / sizeof(ops[0]))

/* ---- the two who do it ---- */

struct worker {
	int ask, answer;
	pid_t pid;
};

_Noreturn static void work(int ask, int answer, in_addr_t addr)
{
	const in_addr_t lo = htonl(INADDR_LOOPBACK);
	unsigned char k;
	double v;

	while (read(ask, &k, 1) == 1) {
		v = ops[k].fn(ops[k].loopback ? lo : addr, ops[k].n);
		if (write(answer, &v, sizeof(v)) != sizeof(v))
			break;
	}
	exit(0);
}

static struct worker hire(const char *cgroup, in_addr_t addr)
{
	struct vctx_err err;
	struct worker w;
	int ask[2], answer[2];

	if (pipe2(ask, O_CLOEXEC) || pipe2(answer, O_CLOEXEC) || (w.pid = fork()) < 0)
		die("fork");
	if (!w.pid) {
		close(ask[1]);
		close(answer[0]);
		if (cgroup && vctx_cgroup_enter(cgroup, ".", 0, &err)) {
			fprintf(stderr, "net_ops: %s\n", err.msg);
			exit(1);
		}
		work(ask[0], answer[1], addr);
	}
	close(ask[0]);
	close(answer[1]);
	w.ask = ask[1];
	w.answer = answer[0];
	return w;
}

static double have(const struct worker *w, unsigned char k)
{
	double v;

	errno = EPIPE;
	if (write(w->ask, &k, 1) != 1 || read(w->answer, &v, sizeof(v)) != sizeof(v))
		die(ops[k].name);
	return v;
}

/* Both at once: the later one holds the earlier one's pipe open. */
static int dismiss(const struct worker *a, const struct worker *b)
{
	int status[2] = {-1, -1};

	close(a->ask);
	close(b->ask);
	(void)waitpid(a->pid, &status[0], 0);
	(void)waitpid(b->pid, &status[1], 0);
	return status[0] | status[1];
}

/* ---- the map ---- */

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int open_map(const char *name)
{
	char path[64];
	union bpf_attr attr = {.pathname = (uintptr_t)path};
	int fd;

	(void)snprintf(path, sizeof(path),
		       "/sys/fs/bpf/vctx"
		       "/%s",
		       name);
	fd = (int)bpf(BPF_OBJ_GET, &attr);
	if (fd < 0)
		die(path);
	return fd;
}

static void update(int map, const void *key, const void *value, bool in)
{
	union bpf_attr attr = {
		.map_fd = (unsigned int)map,
		.key = (uintptr_t)key,
		.value = (uintptr_t)value,
	};

	if (bpf(in ? BPF_MAP_UPDATE_ELEM : BPF_MAP_DELETE_ELEM, &attr) && in)
		die("the map is full");
}

static struct vctx_abi_root root_of(uint32_t xid, in_addr_t addr)
{
	return (struct vctx_abi_root){
		.abi = VCTX_ABI,
		.xid = xid,
		.n_addr = 1,
		.addr = {addr},
		.mask = {htonl(0xffffff00u)},
	};
}

static void own(int map, in_addr_t addr, uint64_t id, uint32_t xid, bool in)
{
	const struct vctx_abi_addr key = {{0, 0, htonl(0xffff), addr}};
	const struct vctx_abi_owner owner = {.root = id, .xid = xid};

	update(map, &key, &owner, in);
}

/* n roots that nobody is in, with an address and a loopback each: in, or out again. */
static void fill(int n, bool in)
{
	int roots = open_map("roots"), owner = open_map("owner");

	for (int i = 0; i < n; i++) {
		/* no cgroup has such an id; spread as those of a host are not */
		uint64_t id = 1ULL << 63 | (uint64_t)(i + 1) * 0x9e3779b97f4a7c15u >> 1;
		uint32_t xid = XID + 1 + (uint32_t)i;
		in_addr_t addr = htonl(0x0a800000u + (uint32_t)i);
		struct vctx_abi_root root = root_of(xid, addr);

		own(owner, addr, id, xid, in);
		own(owner, htonl(VCTX_ABI_ALIAS(xid)), id, xid, in);
		update(roots, &id, &root, in);
	}
	close(roots);
	close(owner);
}

/* ---- figures ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[n / 2];
}

static void measure(const struct worker *in, const struct worker *out, unsigned char k,
		    int rounds)
{
	static double a[ROUNDS_MAX], b[ROUNDS_MAX], more[ROUNDS_MAX], x[ROUNDS_MAX];
	char text[24];

	for (int i = -1; i < rounds; i++) {
		bool first = i & 1;
		double u = first ? have(in, k) : 0, v = have(out, k);
		int at_i = i < 0 ? 0 : i;

		if (!first)
			u = have(in, k);
		a[at_i] = u;
		b[at_i] = v;
		more[at_i] = u - v;
		x[at_i] = u / v;
	}
	(void)snprintf(text, sizeof(text), "%.2f", median(more, rounds));
	printf(ops[k].is_rate ? "%-26s %10.0f %10.0f %10s %8.2f\n"
			      : "%-26s %10.2f %10.2f %10s %8.2f\n",
	       ops[k].name, median(b, rounds), median(a, rounds),
	       ops[k].is_rate ? "" : text, median(x, rounds));
	(void)fflush(stdout);
}

static int run(const char *cgroup, const in_addr_t addr[2], int rounds, int others)
{
	struct vctx_abi_root root = root_of(XID, addr[0]);
	struct worker in, out;
	struct vctx_err err;
	uint64_t id;
	int r;

	if (vctx_bpf_cgroup_id(cgroup, &id, &err) ||
	    vctx_bpf_root_set(cgroup, &root, &(uint32_t){0}, &err)) {
		fprintf(stderr, "net_ops: %s\n", err.msg);
		return 1;
	}
	fill(others, true);
	in = hire(cgroup, addr[0]);
	out = hire(NULL, addr[1]);
	printf("%-26s %10s %10s %10s %8s\n", "", "outside us", "inside us", "more us",
	       "x");
	for (unsigned char k = 0; k < N_OPS; k++)
		measure(&in, &out, k, rounds);
	r = dismiss(&in, &out);
	fill(others, false);
	return vctx_bpf_root_del(id, &root, &err) || r;
}

/* The programs in force on the cgroup's parent, TOP/vctx, and the cgroup. */
static int prepare(const char *cgroup, struct vctx_err *err)
{
	char parent[512], top[512];
	int r;

	(void)snprintf(parent, sizeof(parent), "%s", cgroup);
	(void)snprintf(top, sizeof(top), "%s", dirname(parent));
	r = vctx_cgroup_init(dirname(top), err);
	if (!r)
		r = vctx_bpfload(parent, NULL, NULL, err);
	if (!r && mkdir(cgroup, 0755) && errno != EEXIST)
		r = vctx_err_sys(err, "%s", cgroup);
	return r;
}

int main(int argc, char **argv)
{
	struct vctx_err err;
	in_addr_t addr[2];
	int rounds, r;

	if (argc != 6) {
		fprintf(stderr, "Usage: net_ops ROUNDS ROOTS CGROUP INSIDE-ADDRESS "
				"OUTSIDE-ADDRESS\n");
		return 2;
	}
	rounds = atoi(argv[1]) < ROUNDS_MAX ? atoi(argv[1]) : ROUNDS_MAX;
	addr[0] = inet_addr(argv[4]);
	addr[1] = inet_addr(argv[5]);
	if (prepare(argv[3], &err)) {
		fprintf(stderr, "net_ops: %s\n", err.msg);
		return 1;
	}
	r = run(argv[3], addr, rounds, atoi(argv[2]) - 1);
	(void)rmdir(argv[3]);
	return r;
}
