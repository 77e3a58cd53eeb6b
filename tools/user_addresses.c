/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has which address, over all lines and files. */
#include "user_addresses.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fd.h"
#include "policy.h"
#include "resolve.h"
#include "store.h"

static size_t add_holder(struct vctx_user_addresses *a, const struct vctx_user_holder *at)
{
	struct vctx_user_holder *h;

	if (!(a->n_holders & (a->n_holders + 1)) || !a->holders)
		a->holders = vctx_cli_must(realloc(
			a->holders, (a->n_holders * 2 + 1) * sizeof(*a->holders)));
	h = &a->holders[a->n_holders];
	*h = *at;
	if (at->file)
		h->file = vctx_cli_must(strdup(at->file));
	return a->n_holders++;
}

static void map_v4(uint32_t addr, struct in6_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->s6_addr32[2] = htonl(0xffff);
	ret->s6_addr32[3] = addr;
}

static void put_address(struct vctx_user_addresses *a, const struct in6_addr *addr,
			const struct vctx_iproot *ip, size_t holder)
{
	if (!(a->n & (a->n + 1)) || !a->v)
		a->v = vctx_cli_must(realloc(a->v, (a->n * 2 + 1) * sizeof(*a->v)));
	a->v[a->n++] = (struct vctx_user_address){
		.addr = *addr,
		.first = ip->port_first,
		.last = ip->port_last,
		.holder = holder,
	};
}

void vctx_user_addresses_put(struct vctx_user_addresses *a,
			     const struct vctx_user_holder *at,
			     const struct vctx_iproot *ip)
{
	struct in6_addr addr;
	size_t holder;
	uint32_t i;

	if (!ip->n_v4 && !ip->n_v6)
		return;
	holder = add_holder(a, at);
	for (i = 0; i < ip->n_v4; i++) {
		map_v4(ip->v4[i].addr, &addr);
		put_address(a, &addr, ip, holder);
	}
	for (i = 0; i < ip->n_v6; i++) {
		memcpy(&addr, ip->v6[i].addr, sizeof(addr));
		put_address(a, &addr, ip, holder);
	}
}

static void visit_vservers(const struct vctx_config *config, vctx_user_root_fn *fn,
			   void *arg)
{
	struct vctx_user_holder at = {0};
	struct vctx_plan plan;
	struct vctx_err ignored;
	struct dirent *e;
	DIR *dir = opendir(VCTX_CONF_DIR);
	char path[512];

	while (dir && (e = readdir(dir))) {
		size_t n = strlen(e->d_name);

		if (n < 6 || n - 5 >= sizeof(at.name) ||
		    strcmp(e->d_name + n - 5, ".conf"))
			continue;
		memcpy(at.name, e->d_name, n - 5);
		at.name[n - 5] = 0;
		if (!vctx_ctx_name_is_valid(at.name) ||
		    vctx_resolve_vserver(config, at.name, &plan, &ignored))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s.conf", VCTX_CONF_DIR, at.name);
		at.file = path;
		fn(&at, &plan.ip, arg);
	}
	if (dir)
		closedir(dir);
}

/* The name of the context that the line leads its one person, or all of them, to. */
static bool name_of(const struct vctx_mapping *m, char ret[VCTX_NAME_SIZE])
{
	struct vctx_person who = {0};
	struct vctx_err ignored;

	if (m->target == VCTX_TARGET_CONTEXT)
		return snprintf(ret, VCTX_NAME_SIZE, "#%u", m->xid) > 0;
	if (!strchr(m->vserver, '%'))
		return snprintf(ret, VCTX_NAME_SIZE, "%s", m->vserver) > 0;
	return m->kind == VCTX_SUBJECT_USER &&
	       !vctx_resolve_person(m->subject, &who, &ignored) &&
	       !vctx_ctx_name_expand(m->vserver, &who, ret, &ignored);
}

static void visit_line(const struct vctx_config *config, const struct vctx_mapping *m,
		       vctx_user_root_fn *fn, void *arg)
{
	struct vctx_request req = {.who = {.uid = 1000, .gid = 1000}};
	struct vctx_user_holder at = {.file = m->file, .line = m->line};
	struct vctx_decision d = {0};
	struct vctx_conf own;
	struct vctx_err ignored;
	bool has_file = m->target == VCTX_TARGET_VSERVER;

	if (!name_of(m, at.name) ||
	    (has_file && vctx_config_vserver(at.name, &own, &ignored)))
		return;
	memcpy(d.plan.name, at.name, sizeof(at.name));
	vctx_policy_plan(m, &config->all, has_file ? &own : NULL, &req, &d);
	if (has_file)
		vctx_conf_done(&own);
	if (!d.reason[0])
		fn(&at, &d.plan.ip, arg);
}

void vctx_user_addresses_each(const struct vctx_config *config,
			      const struct vctx_mapping *except, vctx_user_root_fn *fn,
			      void *arg)
{
	size_t i;

	if (config->all_broken)
		return;
	visit_vservers(config, fn, arg);
	for (i = 0; i < config->map.n; i++) {
		const struct vctx_mapping *m = &config->map.v[i];

		/* without such words the line has what the file says */
		if (m != except && (m->ip || m->ip6 || m->ports) &&
		    (m->target == VCTX_TARGET_VSERVER ||
		     m->target == VCTX_TARGET_CONTEXT) &&
		    !vctx_user_addresses_are_many(m))
			visit_line(config, m, fn, arg);
	}
}

static int put_running(const char *name, void *arg)
{
	struct vctx_user_holder at = {0};
	struct vctx_state st;
	struct vctx_err ignored;

	(void)snprintf(at.name, sizeof(at.name), "%s", name);
	if (!vctx_store_read(name, &st, &ignored))
		vctx_user_addresses_put(arg, &at, &st.plan.ip);
	return 0;
}

void vctx_user_addresses_add_running(struct vctx_user_addresses *a)
{
	/* what cannot be read is no reason to refuse a line */
	(void)!vctx_store_each(put_running, a);
}

void vctx_user_addresses_done(struct vctx_user_addresses *a)
{
	size_t i;

	for (i = 0; i < a->n_holders; i++)
		free((void *)(uintptr_t)a->holders[i].file);
	free(a->holders);
	free(a->v);
	memset(a, 0, sizeof(*a));
}

bool vctx_user_addresses_are_many(const struct vctx_mapping *m)
{
	struct vctx_iproot ip;
	struct vctx_err ignored;

	memset(&ip, 0, sizeof(ip));
	if (m->kind == VCTX_SUBJECT_USER || !m->vserver || !strchr(m->vserver, '%'))
		return false;
	return (m->ip && !vctx_ip_parse_root(m->ip, 24, &ip, &ignored) && ip.n_v4) ||
	       (m->ip6 && !vctx_ip_parse_root6(m->ip6, &ip, &ignored) && ip.n_v6);
}

static bool do_ports_meet(const struct vctx_user_address *x,
			  const struct vctx_user_address *y)
{
	return !x->last || !y->last || (x->first <= y->last && y->first <= x->last);
}

static void print_address(const struct in6_addr *addr, char ret[INET6_ADDRSTRLEN])
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(addr);

	(void)inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? &addr->s6_addr[12] : addr->s6_addr,
			ret, INET6_ADDRSTRLEN);
}

/* "vserver a (/etc/vservers/a.conf)", "context #204 (FILE:LINE)", "the running context
 * a". */
static char *describe(const struct vctx_user_holder *h)
{
	const char *kind = h->name[0] == '#' ? "context" : "vserver";
	const char *name = h->name[0] == '#' ? h->name + 1 : h->name;

	if (!h->file)
		return vctx_cli_format("the running %s %s", kind, name);
	if (!h->line)
		return vctx_cli_format("%s %s (%s)", kind, name, h->file);
	return vctx_cli_format("%s %s (%s:%u)", kind, name, h->file, h->line);
}

static int by_address(const void *a, const void *b)
{
	const struct vctx_user_address *x = a, *y = b;
	int r = memcmp(&x->addr, &y->addr, sizeof(x->addr));

	return r ? r : x->holder < y->holder ? -1 : x->holder > y->holder;
}

/* The first before x that has its address too, or NULL. The list is sorted. */
static const struct vctx_user_address *find_other(const struct vctx_user_addresses *a,
						  const struct vctx_user_address *x)
{
	const struct vctx_user_address *y = x;
	const char *name = a->holders[x->holder].name;

	while (y > a->v && !memcmp(&y[-1].addr, &x->addr, sizeof(x->addr))) {
		y--;
		if (strcmp(a->holders[y->holder].name, name) && do_ports_meet(x, y))
			return y;
	}
	return NULL;
}

void vctx_user_addresses_check(struct vctx_user_addresses *a, struct vctx_findings *f)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	if (a->n)
		qsort(a->v, a->n, sizeof(*a->v), by_address);
	for (i = 0; i < a->n; i++) {
		const struct vctx_user_address *y = find_other(a, &a->v[i]);
		const struct vctx_user_holder *h = &a->holders[a->v[i].holder];

		if (!y)
			continue;
		cleanup_free char *who = describe(&a->holders[y->holder]);

		print_address(&a->v[i].addr, text);
		vctx_findings_at(f, VCTX_LEVEL_ERROR, h->file, h->line, 0,
				 "address %s is %s's too", text, who);
	}
}

static void check_one(const struct vctx_user_addresses *a, const struct in6_addr *addr,
		      const struct vctx_plan *plan, struct vctx_findings *f)
{
	const struct vctx_user_address x = {
		.addr = *addr,
		.first = plan->ip.port_first,
		.last = plan->ip.port_last,
	};
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < a->n; i++) {
		const struct vctx_user_address *y = &a->v[i];
		const struct vctx_user_holder *h = &a->holders[y->holder];

		if (memcmp(&y->addr, addr, sizeof(*addr)) != 0 ||
		    !strcmp(h->name, plan->name) || !do_ports_meet(&x, y))
			continue;
		cleanup_free char *who = describe(h);

		print_address(addr, text);
		vctx_findings_add(f, VCTX_LEVEL_ERROR, "address %s is in use by %s", text,
				  who);
		return;
	}
}

void vctx_user_addresses_check_plan(const struct vctx_user_addresses *a,
				    const struct vctx_plan *plan, struct vctx_findings *f)
{
	struct in6_addr addr;
	uint32_t i;

	for (i = 0; i < plan->ip.n_v4; i++) {
		map_v4(plan->ip.v4[i].addr, &addr);
		check_one(a, &addr, plan, f);
	}
	for (i = 0; i < plan->ip.n_v6; i++) {
		memcpy(&addr, plan->ip.v6[i].addr, sizeof(addr));
		check_one(a, &addr, plan, f);
	}
}
