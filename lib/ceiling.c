/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capability ceiling as a set of bits, and as text. */
#include "ceiling.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "str.h"

#define BIT(c) (UINT64_C(1) << (c))

/* Our own table, not libcap's: the module names capabilities inside sshd without one
 * library more. */
static const char *const names[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

const uint64_t vctx_ceiling_secure =
	BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) |
	BIT(CAP_KILL) | BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETPCAP) |
	BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SYS_CHROOT) | BIT(CAP_SETFCAP) |
	BIT(CAP_LEASE) | BIT(CAP_AUDIT_WRITE);

const uint64_t vctx_ceiling_unsafe =
	BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_MODULE) |
	BIT(CAP_SYS_RAWIO) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_MKNOD) | BIT(CAP_BPF) |
	BIT(CAP_PERFMON) | BIT(CAP_SYS_BOOT) | BIT(CAP_SYS_TIME) | BIT(CAP_SYS_RESOURCE) |
	BIT(CAP_SYS_TTY_CONFIG) | BIT(CAP_NET_ADMIN) | BIT(CAP_MAC_OVERRIDE) |
	BIT(CAP_MAC_ADMIN) | BIT(CAP_SYSLOG) | BIT(CAP_AUDIT_CONTROL) |
	BIT(CAP_AUDIT_READ) | BIT(CAP_SYS_PACCT) | BIT(CAP_CHECKPOINT_RESTORE);

/* Edit distance, for the suggestion alone; names are short. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[32], prev, old;
	size_t i, j, n = strlen(b);

	if (n >= 32 || strlen(a) >= 64)
		return 99;
	for (j = 0; j <= n; j++)
		row[j] = (unsigned int)j;
	for (i = 0; a[i]; i++) {
		prev = row[0]++;
		for (j = 1; j <= n; j++) {
			old = row[j];
			row[j] = prev + (strncasecmp(a + i, b + j - 1, 1) != 0);
			if (old + 1 < row[j])
				row[j] = old + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			prev = old;
		}
	}
	return row[n];
}

static int find(const char *name, unsigned int *ret, struct vctx_err *err)
{
	unsigned int i, d, best = 99, nearest = 0;

	if (!strncasecmp(name, "CAP_", 4))
		name += 4;
	for (i = 0; i < N_NAMES; i++) {
		if (!strcasecmp(name, names[i])) {
			*ret = i;
			return 0;
		}
		d = distance(name, names[i]);
		if (d < best) {
			best = d;
			nearest = i;
		}
	}
	return vctx_err_set(err, -EINVAL, "no capability '%s': do you mean CAP_%s?", name,
			    names[nearest]);
}

int vctx_ceiling_parse(const char *text, bool allow_unsafe, uint64_t *ret,
		       struct vctx_err *err)
{
	uint64_t set = vctx_ceiling_secure;
	char word[64];
	unsigned int cap = 0;
	bool first = true;
	int r;

	allow_unsafe |= vctx_str_in_list(text, "allow-unsafe-caps");
	while ((r = vctx_str_word(&text, word, sizeof(word))) > 0) {
		bool remove = word[0] == '!';

		if (!strcmp(word, "allow-unsafe-caps"))
			continue;
		if (!strcmp(word, "secure") || !strcmp(word, "none")) {
			if (!first)
				return vctx_err_set(err, -EINVAL,
						    "'%s' has to come first", word);
			set = word[0] == 's' ? vctx_ceiling_secure : 0;
		} else {
			r = find(word + remove, &cap, err);
			if (r)
				return r;
			if (!remove && (vctx_ceiling_unsafe & BIT(cap)) && !allow_unsafe)
				return vctx_err_set(
					err, -EPERM,
					"CAP_%s opens the host: write allow-unsafe-caps "
					"beside it if you mean it",
					names[cap]);
			set = remove ? set & ~BIT(cap) : set | BIT(cap);
		}
		first = false;
	}
	if (r < 0)
		return vctx_err_set(err, r, "a capability's name is too long");
	*ret = set;
	return 0;
}

void vctx_ceiling_print(uint64_t set, char *buf, size_t size)
{
	bool from_none = !(set & vctx_ceiling_secure);
	uint64_t diff = from_none ? set : set ^ vctx_ceiling_secure;
	size_t i, n;

	(void)snprintf(buf, size, "%s", from_none ? "none" : "secure");
	for (i = 0; i < N_NAMES; i++) {
		if (!(diff & BIT(i)))
			continue;
		n = strlen(buf);
		(void)snprintf(buf + n, size - n, " %sCAP_%s", set & BIT(i) ? "" : "!",
			       names[i]);
	}
}
