/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: doors that no PAM session guards, and what the kernel has. */
#include "user_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "doors.h"
#include "fd.h"
#include "join.h"
#include "store.h"
#include "str.h"
#include "sys_bpf.h"
#include "sys_cgroup.h"

static bool is_mapped(const char *user, void *arg)
{
	const struct vctx_user_machine *m = arg;
	uint32_t uid;
	bool number = !vctx_str_u32(user, UINT32_MAX, &uid);
	size_t i;

	for (i = 0; i < m->n_mapped; i++)
		if (!strcmp(m->mapped[i].who.user, user) ||
		    (number && m->mapped[i].who.uid == uid))
			return true;
	return false;
}

void vctx_user_check_doors(struct vctx_user_machine *m)
{
	struct vctx_doors d;
	size_t i;

	for (i = 0; m->root && i < m->n_mapped; i++) {
		const struct vctx_person *who = &m->mapped[i].who;

		vctx_doors_find(who, false, &d);
		vctx_doors_report(&d, who, false, VCTX_LEVEL_WARNING, &m->f);
		vctx_doors_done(&d);
		vctx_doors_check_forward(who, &m->f);
	}
	vctx_doors_check_units(is_mapped, m, &m->f);
}

static void note_cgroup(struct vctx_findings *f)
{
	struct vctx_err err;
	char path[256];

	if (vctx_cgroup_mount(path, sizeof(path), &err))
		vctx_findings_add(f, VCTX_LEVEL_NOTE, "cgroup2: no (%s)", err.msg);
	else
		vctx_findings_add(f, VCTX_LEVEL_NOTE, "cgroup2: yes, %s", path);
}

static void note_userns(struct vctx_findings *f)
{
	char text[32];
	bool there = vctx_fd_peek(AT_FDCWD, "/proc/sys/user/max_user_namespaces", text,
				  sizeof(text)) > 0;

	vctx_findings_add(f, VCTX_LEVEL_NOTE, "user namespaces: %s",
			  !there              ? "no"
			  : strcmp(text, "0") ? "yes"
					      : "no (user.max_user_namespaces is 0)");
}

static void note_idmap(struct vctx_findings *f)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		vctx_findings_add(f, VCTX_LEVEL_NOTE, "idmapped mounts: not known");
	else
		vctx_findings_add(f, VCTX_LEVEL_NOTE,
				  "idmapped mounts: %s (kernel %u.%u)",
				  major > 5 || (major == 5 && minor >= 12) ? "yes" : "no",
				  major, minor);
}

static void note_lsm(struct vctx_findings *f)
{
	char text[256];

	if (vctx_fd_peek(AT_FDCWD, "/sys/kernel/security/lsm", text, sizeof(text)) < 0)
		vctx_findings_add(
			f, VCTX_LEVEL_NOTE,
			"bpf in lsm=: not known (/sys/kernel/security/lsm cannot "
			"be read)");
	else
		vctx_findings_add(f, VCTX_LEVEL_NOTE, "bpf in lsm=: %s (%s)",
				  vctx_str_in_list(text, "bpf") ? "yes" : "no", text);
}

/* Contexts with addresses of their own that run. */
struct held {
	struct vctx_findings *f;
	bool programs; /* in force */
	unsigned int n;
};

static int check_held(const char *name, void *arg)
{
	struct held *h = arg;
	struct vctx_state st;
	struct vctx_err err;

	if (!vctx_join_is_alive(name, &st) || st.plan.ip.net != VCTX_NET_ROOT)
		return 0;
	h->n++;
	if (h->programs && vctx_bpf_check_root(st.cgroup, st.plan.xid, &err))
		vctx_findings_add(h->f, VCTX_LEVEL_ERROR,
				  "'%s' runs and is not held to its addresses: %s", name,
				  err.msg);
	return 0;
}

static void check_programs(struct vctx_findings *f)
{
	struct held h = {.f = f};
	struct vctx_err err;
	char parent[600];
	int r = vctx_store_top(parent, sizeof(parent) - sizeof("/vctx"), &err);

	(void)snprintf(parent + (r ? 0 : strlen(parent)), sizeof("/vctx"), "/vctx");
	if (!r)
		r = vctx_bpf_check(parent, &err);
	h.programs = !r;
	if (vctx_store_each(check_held, &h) < 0)
		vctx_findings_add(f, VCTX_LEVEL_NOTE,
				  "programs for addresses: not known (root can tell)");
	else if (!r)
		vctx_findings_add(f, VCTX_LEVEL_NOTE, "programs for addresses: in force");
	else if (h.n || r != -ENOENT)
		vctx_findings_add(f, VCTX_LEVEL_ERROR,
				  "%u contexts with addresses run, and the programs that "
				  "hold them there are not in force: %s",
				  h.n, err.msg);
	else
		vctx_findings_add(f, VCTX_LEVEL_NOTE,
				  "programs for addresses: not loaded yet");
}

void vctx_user_check_kernel(struct vctx_user_machine *m)
{
	note_cgroup(&m->f);
	note_userns(&m->f);
	note_idmap(&m->f);
	note_lsm(&m->f);
	check_programs(&m->f);
}
