/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KEY=value files: one table of keys, what each may hold, and the parser. */
#include "conf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ceiling.h"
#include "ctx.h"
#include "ip.h"
#include "str.h"

typedef int (*check_fn)(const char *value, struct vctx_err *err);

static int check_text(const char *v, struct vctx_err *err)
{
	(void)v;
	(void)err;
	return 0;
}

static int check_size(const char *v, struct vctx_err *err)
{
	char digits[32];
	uint64_t n;
	size_t len = strspn(v, "0123456789");

	if (!strcmp(v, "max"))
		return 0;
	if (len && len < sizeof(digits) &&
	    (!v[len] || (strchr("KMGT", v[len]) && !v[len + 1]))) {
		memcpy(digits, v, len);
		digits[len] = 0;
		if (!vctx_str_u64(digits, UINT64_C(1) << 23, &n) ||
		    (!v[len] && !vctx_str_u64(digits, UINT64_MAX, &n)))
			if (n)
				return 0;
	}
	return vctx_err_set(err, -EINVAL, "'%s' is not a size: 512M, 2G or max", v);
}

static int check_count(const char *v, struct vctx_err *err)
{
	uint32_t n;

	if (!strcmp(v, "max") || (!vctx_str_u32(v, 1u << 22, &n) && n))
		return 0;
	return vctx_err_set(err, -EINVAL,
			    "'%s' is not a number from 1 to 4194304, nor max", v);
}

/* Percent of one processor: 50%, 200%, or max. */
static int check_cpu(const char *v, struct vctx_err *err)
{
	char digits[8];
	uint32_t n;
	size_t len = strspn(v, "0123456789");

	if (!strcmp(v, "max"))
		return 0;
	if (len && len < sizeof(digits) && !strcmp(v + len, "%")) {
		memcpy(digits, v, len);
		digits[len] = 0;
		if (!vctx_str_u32(digits, 100000, &n) && n)
			return 0;
	}
	return vctx_err_set(err, -EINVAL,
			    "'%s' is not a share of processors: 50%%, 200%% or max", v);
}

static int check_weight(const char *v, struct vctx_err *err)
{
	uint32_t n;

	if (!vctx_str_u32(v, 10000, &n) && n)
		return 0;
	return vctx_err_set(err, -EINVAL, "'%s' is not a weight from 1 to 10000", v);
}

static int check_linger(const char *v, struct vctx_err *err)
{
	uint32_t n;

	if (!vctx_str_u32(v, 31536000, &n))
		return 0;
	return vctx_err_set(err, -EINVAL, "'%s' is not a number of seconds", v);
}

static int check_xid(const char *v, struct vctx_err *err)
{
	uint32_t n;

	if (!vctx_str_u32(v, VCTX_XID_STATIC_MAX, &n) && n >= VCTX_XID_STATIC_MIN)
		return 0;
	return vctx_err_set(err, -EINVAL,
			    "'%s' is not a static context number, 2 to 49151", v);
}

static int check_hostname(const char *v, struct vctx_err *err)
{
	size_t n = strspn(
		v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

	if (n && !v[n] && n < 64)
		return 0;
	return vctx_err_set(err, -EINVAL,
			    "'%s' is not a host name of letters, digits, '-' and '.'", v);
}

/* Whether the unsafe ones may be there is decided where allow-unsafe-caps is known. */
static int check_caps(const char *v, struct vctx_err *err)
{
	uint64_t set;

	return vctx_ceiling_parse(v, true, &set, err);
}

static int check_userns(const char *v, struct vctx_err *err)
{
	if (!strcmp(v, "private") || !strcmp(v, "host") || !strcmp(v, "host allow-root"))
		return 0;
	return vctx_err_set(err, -EINVAL,
			    "'%s' is not private, host or \"host allow-root\"", v);
}

static int check_init(const char *v, struct vctx_err *err)
{
	if (!strcmp(v, "none"))
		return 0;
	return vctx_err_set(err, -EOPNOTSUPP,
			    "INIT other than none is not supported yet");
}

static int check_iproot(const char *v, struct vctx_err *err)
{
	struct vctx_iproot ip;

	return vctx_ip_parse_root(v, 24, &ip, err);
}

static int check_iproot6(const char *v, struct vctx_err *err)
{
	struct vctx_iproot ip;

	return *v ? vctx_ip_parse_root6(v, &ip, err) : 0;
}

static int check_mask(const char *v, struct vctx_err *err)
{
	uint8_t prefix;

	return vctx_ip_parse_mask(v, &prefix, err);
}

static int check_bcast(const char *v, struct vctx_err *err)
{
	uint32_t addr;

	return vctx_ip_parse_bcast(v, &addr, err);
}

static int check_dev(const char *v, struct vctx_err *err)
{
	if (vctx_ip_dev_is_valid(v))
		return 0;
	return vctx_err_set(err, -EINVAL, "'%s' is not the name of a network device", v);
}

static int check_ports(const char *v, struct vctx_err *err)
{
	struct vctx_iproot ip;

	return *v ? vctx_ip_parse_ports(v, &ip, err) : 0;
}

static int check_host_services(const char *v, struct vctx_err *err)
{
	struct vctx_iproot ip;

	return vctx_ip_parse_services(v, &ip, err);
}

static int check_publish(const char *v, struct vctx_err *err)
{
	struct vctx_iproot ip;

	return vctx_ip_parse_publish(v, &ip, err);
}

static int check_sources(const char *v, struct vctx_err *err)
{
	if (!strcmp(v, "files"))
		return 0;
	return vctx_err_set(err, -EOPNOTSUPP,
			    "sources other than files are not supported yet");
}

static int check_services(const char *v, struct vctx_err *err)
{
	char word[64];
	int r;

	while ((r = vctx_str_word(&v, word, sizeof(word))) > 0)
		if (strchr(word, '/') || word[0] == '.')
			return vctx_err_set(err, -EINVAL,
					    "'%s' is not the name of a PAM service",
					    word);
	return r < 0 ? vctx_err_set(err, r, "a service's name is too long") : 0;
}

static int check_range(const char *v, struct vctx_err *err)
{
	uint32_t first, last;

	if (!vctx_ctx_range_parse(v, &first, &last))
		return 0;
	return vctx_err_set(err, -EINVAL,
			    "'%s' is not FIRST-LAST, 65536 to 2147483647, with 65536 ids "
			    "from a multiple of 65536 on",
			    v);
}

enum { ALL = 1, ONE = 2, BOTH = ALL | ONE };

/* The one place where a key is known: where it may stand, what it may hold, what it does.
 * A key without check is one whose effect is not there yet: it is refused, never
 * swallowed. */
static const struct {
	const char *name;
	int where;
	check_fn check;
	const char *help;
} keys[VCTX_KEY_N] = {
	[VCTX_KEY_AUTH_ONLY] = {"AUTH_ONLY", ALL, check_services,
				"PAM services that only ask for a password"},
	[VCTX_KEY_CONTACT] = {"CONTACT", ALL, check_text,
			      "whom a refused person should ask"},
	[VCTX_KEY_CPU_MAX] = {"CPU_MAX", BOTH, check_cpu,
			      "share of processors, 100% is one"},
	[VCTX_KEY_DISK_MAX] = {"DISK_MAX", BOTH, NULL, "bytes on disk"},
	[VCTX_KEY_EXPIRES] = {"EXPIRES", ONE, NULL,
			      "the day after which it is not started"},
	[VCTX_KEY_HOST_SERVICES] = {"HOST_SERVICES", BOTH, check_host_services,
				    "services of the host that it reaches"},
	[VCTX_KEY_INIT] = {"INIT", BOTH, check_init, "what pid 1 is"},
	[VCTX_KEY_INODES_MAX] = {"INODES_MAX", BOTH, NULL, "files on disk"},
	[VCTX_KEY_IO_WEIGHT] = {"IO_WEIGHT", BOTH, check_weight,
				"weight of its disk I/O, 100 is usual"},
	[VCTX_KEY_IPROOT] = {"IPROOT", BOTH, check_iproot,
			     "its addresses, pool:NAME, any or none"},
	[VCTX_KEY_IPROOT6] = {"IPROOT6", BOTH, check_iproot6,
			      "its IPv6 addresses, or auto"},
	[VCTX_KEY_IPROOTBCAST] = {"IPROOTBCAST", BOTH, check_bcast,
				  "its broadcast address"},
	[VCTX_KEY_IPROOTDEV] = {"IPROOTDEV", BOTH, check_dev,
				"the device that carries its addresses"},
	[VCTX_KEY_IPROOTMASK] = {"IPROOTMASK", BOTH, check_mask,
				 "the netmask of addresses without one"},
	[VCTX_KEY_KEYS] = {"KEYS", ALL, NULL, "where authorized keys are looked for"},
	[VCTX_KEY_LINGER] = {"LINGER", BOTH, check_linger,
			     "seconds that it outlives its last process"},
	[VCTX_KEY_MEMORY_MAX] = {"MEMORY_MAX", BOTH, check_size, "bytes of memory"},
	[VCTX_KEY_MOUNTS] = {"MOUNTS", BOTH, NULL, "an fstab of what is mounted inside"},
	[VCTX_KEY_ONBOOT] = {"ONBOOT", ONE, NULL, "whether it starts with the host"},
	[VCTX_KEY_PIDS_MAX] = {"PIDS_MAX", BOTH, check_count,
			       "processes and threads at once"},
	[VCTX_KEY_PORTS] = {"PORTS", BOTH, check_ports,
			    "the range of ports that it has of its addresses"},
	[VCTX_KEY_PRIORITY] = {"PRIORITY", ONE, NULL,
			       "its place in the order of starting"},
	[VCTX_KEY_PROFILE] = {"PROFILE", ONE, NULL, "a named set of settings"},
	[VCTX_KEY_PUBLISH] = {"PUBLISH", ONE, check_publish,
			      "ports of the host that lead inside"},
	[VCTX_KEY_ROOT] = {"ROOT", ONE, vctx_ctx_path_check, "its root directory"},
	[VCTX_KEY_SERVICES] = {"SERVICES", ALL, check_services,
			       "more PAM services that land inside (sshd login su su-l "
			       "runuser runuser-l cron always do)"},
	[VCTX_KEY_SOURCES] = {"SOURCES", ALL, check_sources, "where mappings come from"},
	[VCTX_KEY_S_CAPS] = {"S_CAPS", BOTH, check_caps, "its capability ceiling"},
	[VCTX_KEY_S_CONTEXT] = {"S_CONTEXT", ONE, check_xid, "its context number"},
	[VCTX_KEY_S_DOMAINNAME] = {"S_DOMAINNAME", BOTH, check_hostname,
				   "its NIS domain name"},
	[VCTX_KEY_S_FLAGS] = {"S_FLAGS", BOTH, NULL,
			      "lock private nproc fakeinit hideinfo sched ..."},
	[VCTX_KEY_S_HOSTNAME] = {"S_HOSTNAME", ONE, check_hostname, "its host name"},
	[VCTX_KEY_S_NICE] = {"S_NICE", BOTH, NULL, "its nice value"},
	[VCTX_KEY_TEMPLATE] = {"TEMPLATE", ONE, NULL,
			       "the template that it is a clone of"},
	[VCTX_KEY_UIDRANGE] = {"UIDRANGE", ALL, check_range,
			       "host ids that contexts are mapped to"},
	[VCTX_KEY_UIDS] = {"UIDS", BOTH, vctx_ctx_ids_check,
			   "ids above 65535 that exist inside too"},
	[VCTX_KEY_ULIMIT] = {"ULIMIT", BOTH, NULL, "arguments of ulimit"},
	[VCTX_KEY_USERNS] = {"USERNS", ONE, check_userns,
			     "host: no user namespace of its own"},
	[VCTX_KEY_VSERVERDIR] = {"VSERVERDIR", ALL, vctx_ctx_path_check,
				 "where the roots are"},
};

const char *vctx_conf_key_name(enum vctx_key key)
{
	return keys[key].name;
}

const char *vctx_conf_key_help(enum vctx_key key)
{
	return keys[key].help;
}

static int set_pool(struct vctx_conf *conf, const char *name, const char *value,
		    unsigned int line, struct vctx_err *err)
{
	struct vctx_conf_pool *bigger, one;
	size_t i;

	memset(&one, 0, sizeof(one));
	one.line = line;
	if (vctx_ip_parse_pool(name, value, &one.pool, err))
		return vctx_err_wrap(err, "POOL_%s", name);
	for (i = 0; i < conf->n_pools; i++)
		if (!strcmp(conf->pools[i].pool.name, name))
			return vctx_err_set(err, -EINVAL,
					    "POOL_%s is set already in line %u", name,
					    conf->pools[i].line);
	bigger = realloc(conf->pools, (conf->n_pools + 1) * sizeof(*bigger));
	if (!bigger)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	conf->pools = bigger;
	bigger[conf->n_pools++] = one;
	return 0;
}

/* Takes POOL_NAME into pools; value stays the caller's. */
static int set_pool_key(enum vctx_conf_kind kind, struct vctx_conf *conf,
			const char *name, size_t name_len, const char *value,
			unsigned int line, struct vctx_err *err)
{
	char copy[VCTX_NAME_SIZE];

	if (kind != VCTX_CONF_ALL)
		return vctx_err_set(err, -EINVAL,
				    "POOL_... belongs into /etc/vservers.conf");
	if (name_len >= sizeof(copy))
		return vctx_err_set(err, -EINVAL, "a pool's name is too long");
	memcpy(copy, name, name_len);
	copy[name_len] = 0;
	return set_pool(conf, copy, value, line, err);
}

static int set_key(enum vctx_conf_kind kind, struct vctx_conf *conf, const char *name,
		   size_t name_len, char *value, unsigned int line, struct vctx_err *err)
{
	int where = kind == VCTX_CONF_ALL ? ALL : ONE;
	unsigned int k;
	int r;

	for (k = 0; k < VCTX_KEY_N; k++)
		if (strlen(keys[k].name) == name_len &&
		    !memcmp(keys[k].name, name, name_len))
			break;
	if (k == VCTX_KEY_N)
		return vctx_err_set(err, -EINVAL, "no key '%.*s'",
				    (int)(name_len > 64 ? 64 : name_len), name);
	if (!(keys[k].where & where))
		return vctx_err_set(err, -EINVAL, "%s belongs into %s", keys[k].name,
				    where == ALL ? "a vserver's own file"
						 : "/etc/vservers.conf");
	if (!keys[k].check)
		return vctx_err_set(err, -EOPNOTSUPP, "%s is not supported yet",
				    keys[k].name);
	if (conf->val[k])
		return vctx_err_set(err, -EINVAL, "%s is set already in line %u",
				    keys[k].name, conf->line[k]);
	r = keys[k].check(value, err);
	if (r)
		return vctx_err_wrap(err, "%s", keys[k].name);
	conf->val[k] = value;
	conf->line[k] = line;
	return 0;
}

static int parse_line(enum vctx_conf_kind kind, struct vctx_conf *conf, const char *p,
		      const char *end, unsigned int line, struct vctx_err *err)
{
	static const char desc[] = "# Description:";
	const char *eq;
	char *value = NULL, *rest = NULL;
	int r;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p < end && *p == '#' && (size_t)(end - p) >= sizeof(desc) &&
	    !strncmp(p, desc, sizeof(desc) - 1)) {
		for (p += sizeof(desc) - 1; p < end && (*p == ' ' || *p == '\t');)
			p++;
		if (!conf->description && p < end)
			conf->description = strndup(p, (size_t)(end - p));
		return 0;
	}
	if (p == end || *p == '#')
		return 0;
	eq = memchr(p, '=', (size_t)(end - p));
	if (!eq)
		return vctx_err_set(err, -EINVAL, "no KEY=value");
	const char *v = eq + 1;

	if (v < end && *v == '#')
		return vctx_err_set(err, -EINVAL,
				    "a value that begins with '#': quote it");
	if (v < end && *v != ' ' && *v != '\t') {
		r = vctx_str_shell_word(&v, end, &value, err);
		if (r < 0)
			return r;
	}
	if (!value && !(value = strdup("")))
		return vctx_err_set(err, -ENOMEM, "out of memory");
	r = vctx_str_shell_word(&v, end, &rest, err);
	if (r > 0)
		r = vctx_err_set(err, -EINVAL,
				 "words behind the value: quote it with \"...\"");
	free(rest);
	if (!r && eq - p > 5 && !strncmp(p, "POOL_", 5)) {
		r = set_pool_key(kind, conf, p + 5, (size_t)(eq - p) - 5, value, line,
				 err);
		free(value);
		return r;
	}
	if (!r)
		r = set_key(kind, conf, p, (size_t)(eq - p), value, line, err);
	if (r)
		free(value);
	return r;
}

int vctx_conf_parse(enum vctx_conf_kind kind, const char *file, const char *text,
		    size_t len, struct vctx_conf *ret, struct vctx_err *err)
{
	const char *p = vctx_str_skip_mark(text, len), *end = text + len, *nl;
	unsigned int line = 0;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	for (; !r && p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		line++;
		r = parse_line(kind, ret, p, nl, line, err);
	}
	if (r) {
		vctx_conf_done(ret);
		return vctx_err_wrap(err, "%s:%u", file, line);
	}
	return 0;
}

void vctx_conf_done(struct vctx_conf *conf)
{
	unsigned int k;

	for (k = 0; k < VCTX_KEY_N; k++)
		free(conf->val[k]);
	free(conf->pools);
	free(conf->description);
	memset(conf, 0, sizeof(*conf));
}

const struct vctx_pool *vctx_conf_pool(const struct vctx_conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->n_pools; i++)
		if (!strcmp(conf->pools[i].pool.name, name))
			return &conf->pools[i].pool;
	return NULL;
}

const char *vctx_conf_get(const struct vctx_conf *const *chain, enum vctx_key key)
{
	for (; *chain; chain++)
		if ((*chain)->val[key])
			return (*chain)->val[key];
	return NULL;
}
