/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of what is loaded into the kernel (/run/vctx/bpf), and whether it still
 * holds there. By raw bpf(2): what joins never loads libbpf. */
#pragma once

#include <linux/bpf.h>
#include <stdint.h>

#include "err.h"
#include "store.h"

#ifndef VCTX_BPF_FS /* tests have one of their own */
#define VCTX_BPF_FS "/sys/fs/bpf"
#endif
#define VCTX_BPF_DIR VCTX_BPF_FS "/vctx"
#define VCTX_BPFREC_FILE VCTX_RUN_DIR "/bpf"
#define VCTX_BPFREC_LOADS VCTX_RUN_DIR "/bpf.loads" /* one load at a time */
#define VCTX_BPFREC_ROOTS VCTX_RUN_DIR "/bpf.roots" /* one change of roots at a time */

#define VCTX_BPFREC_PATH 64u
#define VCTX_BPFREC_HOOKS 32u
#define VCTX_BPFREC_MAPS 8u
#define VCTX_BPFREC_HASH 65u /* of the build's objects, in hex */

enum vctx_bpfrec_state {
	VCTX_BPFREC_LOADING,     /* or a load was cut short: not all hooks are in force */
	VCTX_BPFREC_TAKING_OVER, /* each hook is in force, of the old build or the new */
	VCTX_BPFREC_COMPLETE,
};

struct vctx_bpfrec_hook {
	char name[32];  /* of the program and of the pin of its link */
	uint32_t type;  /* enum bpf_attach_type */
	uint32_t old;   /* id of the program before it, while taking over; or 0 */
	uint32_t prog;  /* id of the program */
	uint32_t link;  /* id of the link; 0 before there is one */
	uint64_t inode; /* of the link's pin, or 0 */
};

struct vctx_bpfrec_map {
	char name[16];
	uint32_t id;
	uint64_t inode; /* of its pin */
};

struct vctx_bpfrec {
	enum vctx_bpfrec_state state;
	uint32_t abi;
	uint32_t level; /* cgroup level of contexts, the parent's and 1 */
	char hash[VCTX_BPFREC_HASH];
	uint64_t parent; /* id of the cgroup that the programs are attached to */
	uint64_t netns;  /* inode of the network namespace */
	uint32_t n_hooks, n_maps;
	struct vctx_bpfrec_hook hook[VCTX_BPFREC_HOOKS];
	struct vctx_bpfrec_map map[VCTX_BPFREC_MAPS];
};

/* -ENOENT: nothing was loaded since the boot. */
int vctx_bpfrec_read(struct vctx_bpfrec *ret, struct vctx_err *err) VCTX_MUST_CHECK;
int vctx_bpfrec_write(const struct vctx_bpfrec *rec,
		      struct vctx_err *err) VCTX_MUST_CHECK;

/* Is what rec says in force on the cgroup parent and on the network namespace of this
 * process, and are the maps' pins the ones that were made? -errno and what to do. About
 * 30 system calls. Needs CAP_BPF and CAP_NET_ADMIN. */
int vctx_bpfrec_verify(const struct vctx_bpfrec *rec, const char *parent,
		       struct vctx_err *err) VCTX_MUST_CHECK;

/* The hook or map of that name, or NULL. */
const struct vctx_bpfrec_hook *vctx_bpfrec_hook(const struct vctx_bpfrec *rec,
						const char *name);
const struct vctx_bpfrec_map *vctx_bpfrec_map(const struct vctx_bpfrec *rec,
					      const char *name);

/* The path of a pin and the inode there, which no other pin has; 0: none (errno). */
uint64_t vctx_bpfrec_pin(const char *name, char ret_path[VCTX_BPFREC_PATH]);

/* Takes the lock at path (VCTX_BPFREC_LOADS, VCTX_BPFREC_ROOTS), waiting at most ten
 * seconds. Returns the descriptor that holds it, or -errno. */
int vctx_bpfrec_lock(const char *path, struct vctx_err *err) VCTX_MUST_CHECK;

/* The id of a cgroup: path under dirfd, or dirfd itself for "". 0 or -errno. */
int vctx_bpfrec_cgroup_id(int dirfd, const char *path, uint64_t *ret) VCTX_MUST_CHECK;

/* Is there a cgroup with this id still? tree: a descriptor of any cgroup. 1, 0, or
 * -errno: that cannot be told. */
int vctx_bpfrec_is_cgroup(int tree, uint64_t id) VCTX_MUST_CHECK;

/* bpf(2): a descriptor or 0, or -errno. */
int vctx_bpfrec_bpf(enum bpf_cmd cmd, union bpf_attr *attr);
