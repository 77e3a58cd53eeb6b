/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as text: one table of its fields, printed and parsed. */
#include "plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ceiling.h"
#include "str.h"

enum kind {
	K_STR,
	K_U32,
	K_BOOL,
	K_CAPS,
	K_BLOCKS,
	K_NET, /* from here on of plan.ip */
	K_ADDRESSES,
	K_ADDRESSES6,
	K_BCAST,
	K_PORTS,
	K_POOL,
	K_SERVICES,
	K_PUBLISH,
};

#define F(k, n, f)                                                                       \
	{                                                                                \
		n, k, offsetof(struct vctx_plan, f), sizeof(((struct vctx_plan *)0)->f)  \
	}

static const struct field {
	const char *name;
	enum kind kind;
	size_t off, size;
} fields[] = {
	F(K_STR, "name", name),
	F(K_U32, "context", xid),
	F(K_STR, "root", root),
	F(K_CAPS, "caps", caps),
	F(K_NET, "ip", ip),
	F(K_BOOL, "host-ids", host_ids),
	F(K_BOOL, "allow-root", allow_root),
	F(K_STR, "hostname", hostname),
	F(K_STR, "domainname", domainname),
	F(K_U32, "linger", linger),
	F(K_STR, "pids-max", pids_max),
	F(K_STR, "memory-max", memory_max),
	F(K_STR, "cpu-max", cpu_max),
	F(K_STR, "io-weight", io_weight),
	F(K_BLOCKS, "uid-blocks", block),
	F(K_STR, "uidrange", uidrange),
	F(K_ADDRESSES, "addresses", ip),
	F(K_ADDRESSES6, "addresses6", ip),
	F(K_BOOL, "auto6", ip.auto6),
	F(K_BCAST, "bcast", ip),
	F(K_PORTS, "ports", ip),
	F(K_STR, "ipdev", ip.dev),
	F(K_POOL, "pool", ip),
	F(K_SERVICES, "host-services", ip),
	F(K_PUBLISH, "publish", ip),
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static int print_pool(const struct vctx_pool *pool, char *buf, size_t size)
{
	size_t n = strlen(pool->name);

	if (!n)
		return 0;
	(void)snprintf(buf, size, "%s ", pool->name);
	return vctx_ip_print_pool(pool, buf + n + 1, size - n - 1);
}

/* What a start fills in is there, or nothing: "pool:lab" and "auto" stand under other
 * keys. The buffer has room for all of it. */
static void print_ip(const struct vctx_iproot *ip, enum kind kind, char *buf, size_t size)
{
	int r = 0;

	if (kind == K_NET)
		(void)snprintf(buf, size, "%s", vctx_ip_net_name(ip->net));
	else if (kind == K_ADDRESSES && ip->n_v4)
		r = vctx_ip_print_root(ip, buf, size);
	else if (kind == K_ADDRESSES6 && ip->n_v6)
		r = vctx_ip_print_root6(ip, buf, size);
	else if (kind == K_BCAST && ip->bcast)
		(void)inet_ntop(AF_INET, &ip->bcast, buf, (socklen_t)size);
	else if (kind == K_PORTS && ip->port_last)
		(void)snprintf(buf, size, "%u-%u", ip->port_first, ip->port_last);
	else if (kind == K_POOL)
		r = print_pool(&ip->pool, buf, size);
	else if (kind == K_SERVICES)
		r = vctx_ip_print_services(ip, buf, size);
	else if (kind == K_PUBLISH)
		r = vctx_ip_print_publish(ip, buf, size);
	if (r < 0)
		buf[0] = 0;
}

static void print_field(const struct vctx_plan *plan, const struct field *f, char *buf,
			size_t size)
{
	const char *at = (const char *)plan + f->off;
	size_t n, i;

	buf[0] = 0;
	switch (f->kind) {
	case K_STR:
		(void)snprintf(buf, size, "%s", at);
		break;
	case K_U32:
		(void)snprintf(buf, size, "%u", *(const uint32_t *)(const void *)at);
		break;
	case K_BOOL:
		(void)snprintf(buf, size, "%s",
			       *(const bool *)(const void *)at ? "yes" : "no");
		break;
	case K_CAPS:
		vctx_ceiling_print(plan->caps, buf, size);
		break;
	case K_BLOCKS:
		for (i = 0; i < plan->n_blocks; i++) {
			n = strlen(buf);
			(void)snprintf(buf + n, size - n, "%s%u", n ? " " : "",
				       plan->block[i]);
		}
		break;
	default:
		print_ip(&plan->ip, f->kind, buf, size);
		break;
	}
}

int vctx_plan_print(const struct vctx_plan *plan, char *buf, size_t size)
{
	char value[1100];
	size_t i, n = 0;

	for (i = 0; i < N_FIELDS; i++) {
		int w;

		print_field(plan, &fields[i], value, sizeof(value));
		w = snprintf(buf + n, size - n, "%s=%s\n", fields[i].name, value);
		if (w < 0 || (size_t)w >= size - n)
			return -ENOSPC;
		n += (size_t)w;
	}
	return (int)n;
}

static int parse_blocks(struct vctx_plan *plan, const char *v)
{
	char word[16];
	uint32_t id;
	int r;

	while ((r = vctx_str_word(&v, word, sizeof(word))) > 0)
		if (vctx_str_u32(word, 0xfffffffe, &id) || vctx_plan_add_block(plan, id))
			return -EINVAL;
	return r;
}

static int parse_net(const char *v, enum vctx_net *ret)
{
	enum vctx_net net;

	for (net = VCTX_NET_ANY; net <= VCTX_NET_ROOT; net++)
		if (!strcmp(v, vctx_ip_net_name(net))) {
			*ret = net;
			return 0;
		}
	return -EINVAL;
}

/* Addresses alone: not what IPROOT= may hold besides. */
static int parse_addresses(const char *v, struct vctx_iproot *ip, struct vctx_err *err)
{
	enum vctx_net net = ip->net;
	int r = vctx_ip_parse_root(v, 32, ip, err);

	return r ? r : net != VCTX_NET_ROOT || !ip->n_v4 ? -EINVAL : 0;
}

static int parse_addresses6(const char *v, struct vctx_iproot *ip, struct vctx_err *err)
{
	int r = vctx_ip_parse_root6(v, ip, err);

	return r ? r : ip->n_v6 ? 0 : -EINVAL;
}

static int parse_pool(const char *v, struct vctx_iproot *ip, struct vctx_err *err)
{
	char name[sizeof(ip->pool.name)];

	if (vctx_str_word(&v, name, sizeof(name)) <= 0)
		return -EINVAL;
	return vctx_ip_parse_pool(name, v, &ip->pool, err);
}

static int parse_ip(struct vctx_iproot *ip, enum kind kind, const char *v)
{
	struct vctx_err ignored;

	if (kind == K_NET)
		return parse_net(v, &ip->net);
	if (!*v)
		return 0;
	switch (kind) {
	case K_ADDRESSES:
		return parse_addresses(v, ip, &ignored);
	case K_ADDRESSES6:
		return parse_addresses6(v, ip, &ignored);
	case K_BCAST:
		return vctx_ip_parse_bcast(v, &ip->bcast, &ignored);
	case K_PORTS:
		return vctx_ip_parse_ports(v, ip, &ignored);
	case K_POOL:
		return parse_pool(v, ip, &ignored);
	case K_SERVICES:
		return vctx_ip_parse_services(v, ip, &ignored);
	case K_PUBLISH:
		return vctx_ip_parse_publish(v, ip, &ignored);
	default:
		return -EINVAL;
	}
}

static int parse_field(struct vctx_plan *plan, const struct field *f, const char *v)
{
	char *at = (char *)plan + f->off;
	struct vctx_err ignored;

	switch (f->kind) {
	case K_STR:
		return vctx_str_copy(at, f->size, v);
	case K_U32:
		return vctx_str_u32(v, UINT32_MAX, (uint32_t *)(void *)at);
	case K_BOOL:
		*(bool *)(void *)at = !strcmp(v, "yes");
		return strcmp(v, "yes") != 0 && strcmp(v, "no") != 0 ? -EINVAL : 0;
	case K_CAPS:
		return vctx_ceiling_parse(v, true, &plan->caps, &ignored);
	case K_BLOCKS:
		return parse_blocks(plan, v);
	default:
		return parse_ip(&plan->ip, f->kind, v);
	}
}

static int check(const struct vctx_plan *plan, struct vctx_err *err)
{
	uint32_t first, last;

	if (!vctx_ctx_label_is_valid(plan->name))
		return vctx_err_set(err, -EINVAL, "a plan without a valid name");
	if (plan->xid > VCTX_XID_DYNAMIC_MAX || plan->xid == VCTX_XID_SPECTATOR)
		return vctx_err_set(err, -EINVAL, "%s: no context %u", plan->name,
				    plan->xid);
	if (plan->uidrange[0] && vctx_ctx_range_parse(plan->uidrange, &first, &last))
		return vctx_err_set(err, -EINVAL, "%s: no range of ids '%s'", plan->name,
				    plan->uidrange);
	if (plan->ip.dev[0] && !vctx_ip_dev_is_valid(plan->ip.dev))
		return vctx_err_set(err, -EINVAL, "%s: no device '%s'", plan->name,
				    plan->ip.dev);
	if (vctx_ip_check(&plan->ip, err))
		return vctx_err_wrap(err, "%s", plan->name);
	return vctx_ctx_path_check(plan->root, err);
}

int vctx_plan_parse(const char *text, struct vctx_plan *ret, struct vctx_err *err)
{
	char value[1100];
	size_t i, len, klen;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < N_FIELDS; i++) {
		klen = strlen(fields[i].name);
		len = strcspn(text, "\n");
		if (len <= klen || memcmp(text, fields[i].name, klen) != 0 ||
		    text[klen] != '=' || text[len] != '\n' ||
		    len - klen - 1 >= sizeof(value))
			return vctx_err_set(err, -EINVAL, "a plan without '%s='",
					    fields[i].name);
		memcpy(value, text + klen + 1, len - klen - 1);
		value[len - klen - 1] = 0;
		if (parse_field(ret, &fields[i], value))
			return vctx_err_set(err, -EINVAL, "a plan with a bad '%s=%s'",
					    fields[i].name, value);
		text += len + 1;
	}
	if (*text && *text != '\n')
		return vctx_err_set(err, -EINVAL, "a plan with more than its keys");
	return check(ret, err);
}

int vctx_plan_add_block(struct vctx_plan *plan, uint32_t id)
{
	uint32_t first = id / VCTX_IDS * VCTX_IDS;

	if (vctx_plan_has_id(plan, id))
		return 0;
	if (first > VCTX_BLOCK_MAX)
		return -ERANGE;
	if (plan->n_blocks >= VCTX_EXTENTS_MAX)
		return -ENOSPC;
	plan->block[plan->n_blocks++] = first;
	return 0;
}

bool vctx_plan_has_id(const struct vctx_plan *plan, uint32_t id)
{
	uint32_t i;

	if (id < VCTX_IDS || plan->host_ids)
		return true;
	for (i = 0; i < plan->n_blocks; i++)
		if (plan->block[i] == id / VCTX_IDS * VCTX_IDS)
			return true;
	return false;
}
