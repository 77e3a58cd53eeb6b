/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapping lines and plans as JSON. */
#include "user_json.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceiling.h"
#include "cli.h"
#include "fd.h"
#include "str.h"
#include "user.h"

static const char *target_kind(const struct vctx_mapping *m)
{
	switch (m->target) {
	case VCTX_TARGET_HOST:
		return "host";
	case VCTX_TARGET_DENY:
		return "deny";
	case VCTX_TARGET_VSERVER:
		return "vserver";
	case VCTX_TARGET_CONTEXT:
		return "context";
	case VCTX_TARGET_BROKEN:
		break;
	}
	return "broken";
}

static void add_words(struct json_object *o, const char *key, const char *list)
{
	struct json_object *a = vctx_json_array(o, key);
	char word[128];

	while (list && vctx_str_word(&list, word, sizeof(word)) > 0)
		vctx_json_append_text(a, word);
}

struct json_object *vctx_user_json_line(const struct vctx_mapping *m)
{
	struct json_object *o = vctx_json_object();
	cleanup_free char *subject = vctx_user_subject(m), *flags = vctx_user_flags(m);
	bool lands = m->target == VCTX_TARGET_VSERVER || m->target == VCTX_TARGET_CONTEXT;

	vctx_json_text(o, "subject", m->nameless ? NULL : subject);
	vctx_json_text(o, "target", target_kind(m));
	vctx_json_text(o, "vserver", m->vserver);
	if (m->target == VCTX_TARGET_CONTEXT)
		vctx_json_number(o, "context", m->xid);
	else
		vctx_json_null(o, "context");
	vctx_json_text(o, "root", m->root);
	vctx_json_text(o, "ip", m->ip);
	vctx_json_text(o, "ip6", m->ip6);
	vctx_json_text(o, "ports", m->ports);
	vctx_json_text(o, "caps", m->caps);
	vctx_json_text(o, "uids", m->uids);
	vctx_json_text(o, "user",
		       !lands                        ? NULL
		       : m->user == VCTX_USER_CREATE ? "create"
						     : "inside");
	add_words(o, "flags", flags);
	vctx_json_text(o, "file", m->file);
	vctx_json_number(o, "line", m->line);
	if (m->column)
		vctx_json_number(o, "column", m->column);
	else
		vctx_json_null(o, "column");
	vctx_json_text(o, "problem", m->why);
	return o;
}

static const char *or_null(const char *s)
{
	return s[0] ? s : NULL;
}

/* "512M" in bytes; "max" and "" are null: no limit. */
static void add_size(struct json_object *o, const char *key, const char *text)
{
	static const char units[] = "KMGT";
	size_t len = strspn(text, "0123456789");
	const char *unit = text[len] ? strchr(units, text[len]) : NULL;
	unsigned int shift = unit ? (unsigned int)(unit - units + 1) * 10 : 0;

	if (len)
		vctx_json_number(o, key, strtoull(text, NULL, 10) << shift);
	else
		vctx_json_null(o, key);
}

/* A list that print makes of root as an array. */
static void add_list(struct json_object *o, const char *key,
		     const struct vctx_iproot *root,
		     int (*print)(const struct vctx_iproot *root, char *buf, size_t size))
{
	char text[1100];

	add_words(o, key, print(root, text, sizeof(text)) < 0 ? "" : text);
}

static void add_pool(struct json_object *o, const struct vctx_pool *pool)
{
	struct json_object *p;
	char net[INET_ADDRSTRLEN + 4];
	char addr[INET_ADDRSTRLEN];

	if (!pool->name[0]) {
		vctx_json_null(o, "pool");
		return;
	}
	p = vctx_json_object();
	(void)snprintf(net, sizeof(net), "%s/%u",
		       inet_ntop(AF_INET, &pool->net, addr, sizeof(addr)), pool->prefix);
	vctx_json_text(p, "name", pool->name);
	vctx_json_text(p, "network", net);
	vctx_json_text(p, "device", or_null(pool->dev));
	vctx_json_text(p, "masquerade", or_null(pool->masquerade));
	vctx_json_add(o, "pool", p);
}

void vctx_user_json_addresses(struct json_object *o, const struct vctx_iproot *root)
{
	static const struct vctx_iproot none;

	add_list(o, "addresses", root->n_v4 ? root : &none, vctx_ip_print_root);
	add_list(o, "addresses6", root->n_v6 ? root : &none, vctx_ip_print_root6);
}

/* Addresses of a pool and of auto6 are those of a running context: a plan has none. */
static void add_root(struct json_object *o, const struct vctx_iproot *ip)
{
	char addr[INET_ADDRSTRLEN], ports[16];

	vctx_user_json_addresses(o, ip);
	vctx_json_bool(o, "auto6", ip->auto6);
	vctx_json_text(o, "broadcast",
		       ip->bcast ? inet_ntop(AF_INET, &ip->bcast, addr, sizeof(addr))
				 : NULL);
	(void)snprintf(ports, sizeof(ports), "%u-%u", ip->port_first, ip->port_last);
	vctx_json_text(o, "ports", ip->port_last ? ports : NULL);
	vctx_json_text(o, "device", or_null(ip->dev));
	add_pool(o, &ip->pool);
	add_list(o, "host_services", ip, vctx_ip_print_services);
	add_list(o, "publish", ip, vctx_ip_print_publish);
}

struct json_object *vctx_user_json_plan(const struct vctx_plan *plan)
{
	struct json_object *o = vctx_json_object(), *blocks;
	char caps[1024];
	uint32_t i;

	vctx_json_text(o, "name", plan->name);
	if (plan->xid)
		vctx_json_number(o, "context", plan->xid);
	else
		vctx_json_null(o, "context");
	vctx_json_text(o, "root", or_null(plan->root));
	vctx_ceiling_print(plan->caps, caps, sizeof(caps));
	add_words(o, "caps", caps);
	vctx_json_text(o, "ip", or_null(vctx_ip_net_name(plan->ip.net)));
	add_root(o, &plan->ip);
	vctx_json_bool(o, "host_ids", plan->host_ids);
	vctx_json_bool(o, "allow_root", plan->allow_root);
	vctx_json_text(o, "hostname", or_null(plan->hostname));
	vctx_json_text(o, "domainname", or_null(plan->domainname));
	vctx_json_number(o, "linger", plan->linger);
	add_size(o, "pids_max", plan->pids_max);
	add_size(o, "memory_max", plan->memory_max);
	add_size(o, "cpu_max_percent", plan->cpu_max);
	add_size(o, "io_weight", plan->io_weight);
	blocks = vctx_json_array(o, "uid_blocks");
	for (i = 0; i < plan->n_blocks; i++)
		vctx_json_append(blocks,
				 vctx_cli_must(json_object_new_uint64(plan->block[i])));
	vctx_json_text(o, "uidrange", or_null(plan->uidrange));
	return o;
}
