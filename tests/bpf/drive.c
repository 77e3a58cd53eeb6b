/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls what loads, checks and feeds the programs in the kernel, one verb each, for the
 * system tests. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpfrec.h"
#include "sys_bpf.h"
#include "sys_bpfload.h"

static int say(int r, const struct vctx_err *err)
{
	if (r)
		fprintf(stderr, "%s: %s\n", strerrorname_np(-r), err->msg);
	return r ? 1 : 0;
}

/* What load calls for contexts that run already: "CGROUP XID". */
static int fill(void *arg, struct vctx_err *err)
{
	char **argv = arg;
	struct vctx_abi_root root = {.abi = VCTX_ABI, .flags = VCTX_ROOT_ANY};
	uint32_t whose;

	printf("fill\n");
	if (!argv[0])
		return 0;
	root.xid = (uint32_t)strtoul(argv[1], NULL, 10);
	return vctx_bpf_root_set(argv[0], &root, &whose, err);
}

/* "XID [shared] ADDRESS..." */
static struct vctx_abi_root root_of(char **argv)
{
	struct vctx_abi_root root = {.abi = VCTX_ABI};

	root.xid = (uint32_t)strtoul(argv[0], NULL, 10);
	for (argv++; *argv; argv++) {
		if (!strcmp(*argv, "shared"))
			root.flags |= VCTX_ROOT_SHARED;
		else if (!strcmp(*argv, "any"))
			root.flags |= VCTX_ROOT_ANY;
		else if (inet_pton(AF_INET, *argv, &root.addr[root.n_addr]) == 1)
			root.n_addr++;
		else if (inet_pton(AF_INET6, *argv, &root.addr6[root.n_addr6]) == 1)
			root.n_addr6++;
	}
	return root;
}

static int set(char **argv, struct vctx_err *err)
{
	struct vctx_abi_root root = root_of(argv + 1);
	uint32_t whose = UINT32_MAX;
	int r = vctx_bpf_root_set(argv[0], &root, &whose, err);

	if (r == -EADDRINUSE)
		printf("%u\n", whose);
	return r;
}

/* CGROUP or the number of its id, 0 for none. */
static int del(char **argv, struct vctx_err *err)
{
	struct vctx_abi_root root = root_of(argv + 1);
	uint64_t id = strtoull(argv[0], NULL, 10);
	int r = 0;

	if (argv[0][0] == '/')
		r = vctx_bpf_cgroup_id(argv[0], &id, err);
	return r ? r : vctx_bpf_root_del(id, &root, err);
}

static int map_fd(const char *name)
{
	char path[VCTX_BPFREC_PATH];
	union bpf_attr attr = {0};

	(void)vctx_bpfrec_pin(name, path);
	attr.pathname = (uintptr_t)path;
	return vctx_bpfrec_bpf(BPF_OBJ_GET, &attr);
}

/* Puts entries of nobody's into `owner` or `roots` until there is no more room. */
static int cram(const char *name, struct vctx_err *err)
{
	struct vctx_abi_root root = {.abi = VCTX_ABI};
	struct vctx_abi_owner own = {.root = 1};
	struct vctx_abi_addr key = {{htonl(0xfd000000), 0, 0, 0}};
	bool owner = !strcmp(name, "owner");
	union bpf_attr attr = {0};
	uint64_t id = 1ULL << 60;
	int r;

	attr.map_fd = (uint32_t)map_fd(name);
	attr.key = owner ? (uintptr_t)&key : (uintptr_t)&id;
	attr.value = owner ? (uintptr_t)&own : (uintptr_t)&root;
	do {
		r = vctx_bpfrec_bpf(BPF_MAP_UPDATE_ELEM, &attr);
		key.w[3]++;
		id++;
	} while (!r);
	return r == -E2BIG ? 0 : vctx_err_set(err, r, "%s", name);
}

static uint32_t entries(const char *name)
{
	unsigned char key[64], next[64];
	union bpf_attr attr = {0};
	uint32_t n = 0;

	attr.map_fd = (uint32_t)map_fd(name);
	attr.next_key = (uintptr_t)next;
	while (!vctx_bpfrec_bpf(BPF_MAP_GET_NEXT_KEY, &attr)) {
		memcpy(key, next, sizeof(key));
		attr.key = (uintptr_t)key;
		n++;
	}
	return n;
}

/* n roots more, of contexts that there could be: with an address and an alias each. */
static int crowd(unsigned long n)
{
	union bpf_attr attr = {0};
	struct vctx_abi_root root = {.abi = VCTX_ABI, .n_addr = 1};
	struct vctx_abi_addr key = {.w = {0, 0, htonl(0xffff), 0}};
	struct vctx_abi_owner own = {0};
	int roots = map_fd("roots"), owner = map_fd("owner"), r = 0;
	unsigned long i;

	for (i = 0; !r && i < n; i++) {
		/* no cgroup has such an id */
		own.root = 1ULL << 63 | (i + 1) * 0x9e3779b97f4a7c15ULL >> 1;
		own.xid = root.xid = 2000 + (uint32_t)i;
		root.addr[0] = htonl(0x0a800000u + (uint32_t)i);
		memset(&attr, 0, sizeof(attr));
		attr.map_fd = (uint32_t)roots;
		attr.key = (uintptr_t)&own.root;
		attr.value = (uintptr_t)&root;
		r = vctx_bpfrec_bpf(BPF_MAP_UPDATE_ELEM, &attr);
		attr.map_fd = (uint32_t)owner;
		attr.key = (uintptr_t)&key;
		attr.value = (uintptr_t)&own;
		key.w[3] = root.addr[0];
		r = r ? r : vctx_bpfrec_bpf(BPF_MAP_UPDATE_ELEM, &attr);
		key.w[3] = htonl(VCTX_ABI_ALIAS(root.xid));
		r = r ? r : vctx_bpfrec_bpf(BPF_MAP_UPDATE_ELEM, &attr);
	}
	return r;
}

/* Microseconds of one, over n of them. */
static int bench(char **argv, struct vctx_err *err)
{
	unsigned long n = strtoul(argv[0], NULL, 10), i;
	struct timespec a, b;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; !r && i < n; i++)
		r = !strcmp(argv[1], "check") ? vctx_bpf_check(argv[2], err)
					      : vctx_bpfload(argv[2], NULL, NULL, err);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.1f us\n", ((double)(b.tv_sec - a.tv_sec) * 1e6 +
			     (double)(b.tv_nsec - a.tv_nsec) / 1e3) /
				    (double)n);
	return r;
}

/* Writes the record anew with another ABI. */
static int set_abi(const char *abi, struct vctx_err *err)
{
	struct vctx_bpfrec rec;
	int r = vctx_bpfrec_read(&rec, err);

	rec.abi = (uint32_t)strtoul(abi, NULL, 10);
	return r ? r : vctx_bpfrec_write(&rec, err);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	struct vctx_err err = {0};

	setvbuf(stdout, NULL, _IOLBF, 0);
	argv += 2;
	if (!strcmp(verb, "load"))
		return say(vctx_bpfload(argv[0], fill, argv + 1, &err), &err);
	if (!strcmp(verb, "crowd"))
		return crowd(strtoul(argv[0], NULL, 10)) ? 1 : 0;
	if (!strcmp(verb, "repair"))
		return say(vctx_bpfload_repair(argv[0], fill, argv + 1, &err), &err);
	if (!strcmp(verb, "check"))
		return say(vctx_bpf_check(argv[0], &err), &err);
	if (!strcmp(verb, "check-root") && argc > 3)
		return say(vctx_bpf_check_root(
				   argv[0], (uint32_t)strtoul(argv[1], NULL, 10), &err),
			   &err);
	if (!strcmp(verb, "set") && argc > 3)
		return say(set(argv, &err), &err);
	if (!strcmp(verb, "del") && argc > 3)
		return say(del(argv, &err), &err);
	if (!strcmp(verb, "cram"))
		return say(cram(argv[0], &err), &err);
	if (!strcmp(verb, "entries"))
		return printf("%u\n", entries(argv[0])) < 0;
	if (!strcmp(verb, "abi"))
		return say(set_abi(argv[0], &err), &err);
	if (!strcmp(verb, "bench") && argc > 4)
		return say(bench(argv, &err), &err);
	fprintf(stderr,
		"usage: vctx-bpf-drive load|repair|check PARENT [CGROUP XID] | "
		"check-root CGROUP XID | set CGROUP XID [shared] ADDRESS... | "
		"del CGROUP|ID XID [shared] ADDRESS... | cram MAP | entries MAP | "
		"abi N | bench N check|load PARENT\n");
	return 2;
}
