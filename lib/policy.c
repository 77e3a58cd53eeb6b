/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy: which line decides about a person, and the plan that follows. Pure: no system
 * call. */
#include "policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ceiling.h"
#include "str.h"

const char *const vctx_policy_admin_groups[] = {"sudo", "wheel", NULL};
const char vctx_policy_services[] = "sshd login su su-l runuser runuser-l cron";

static bool is_in(const struct vctx_request *req, const char *group)
{
	size_t i;

	for (i = 0; i < req->n_groups; i++)
		if (!strcmp(req->groups[i], group))
			return true;
	return false;
}

static bool is_admin(const struct vctx_request *req)
{
	const char *const *g;

	if (req->who.uid == 0)
		return true;
	for (g = vctx_policy_admin_groups; *g; g++)
		if (is_in(req, *g))
			return true;
	return false;
}

/* Does a group or '*' line reach this person? A broken one reaches everyone but uid 0,
 * since nobody can read whether include-admins was meant; a right one reaches
 * administrators only if it says so. */
static bool reaches(const struct vctx_mapping *m, const struct vctx_request *req)
{
	if (m->target == VCTX_TARGET_BROKEN)
		return req->who.uid != 0;
	return m->target == VCTX_TARGET_HOST || (m->flags & VCTX_MAP_INCLUDE_ADMINS) ||
	       !is_admin(req);
}

/* The name service may know one person by several names (ALICE, alice@realm): a line with
 * its own name for the person and a line with the name that was typed are both the
 * person's own. */
static bool is_called(const struct vctx_request *req, const char *subject)
{
	return !strcmp(subject, req->who.user) ||
	       (req->login && !strcmp(subject, req->login));
}

static const struct vctx_mapping *own_line(const struct vctx_map *map,
					   const struct vctx_request *req,
					   const struct vctx_mapping **ret_second)
{
	const struct vctx_mapping *found = NULL;
	size_t i;

	*ret_second = NULL;
	for (i = 0; i < map->n; i++) {
		const struct vctx_mapping *m = &map->v[i];

		if (m->kind != VCTX_SUBJECT_USER || !m->subject ||
		    !is_called(req, m->subject))
			continue;
		if (m->target == VCTX_TARGET_BROKEN && req->who.uid == 0)
			continue;
		if (found) {
			*ret_second = m;
			return found;
		}
		found = m;
	}
	return found;
}

static const struct vctx_mapping *first_of(const struct vctx_map *map,
					   enum vctx_subject kind,
					   const struct vctx_request *req,
					   const struct vctx_mapping **skipped)
{
	size_t i;

	for (i = 0; i < map->n; i++) {
		const struct vctx_mapping *m = &map->v[i];

		if (m->kind != kind ||
		    (kind == VCTX_SUBJECT_GROUP && !is_in(req, m->subject)))
			continue;
		if (reaches(m, req))
			return m;
		if (!*skipped)
			*skipped = m;
	}
	return NULL;
}

/* A line whose subject cannot be read could be anyone's own one, and a second one for
 * whoever has one: it goes before all others, and never concerns uid 0. */
static const struct vctx_mapping *nameless(const struct vctx_map *map,
					   const struct vctx_request *req)
{
	size_t i;

	for (i = 0; req->who.uid && i < map->n; i++)
		if (map->v[i].nameless)
			return &map->v[i];
	return NULL;
}

const struct vctx_mapping *vctx_policy_line(const struct vctx_map *map,
					    const struct vctx_request *req,
					    const struct vctx_mapping **ret_skipped)
{
	const struct vctx_mapping *m, *second;

	*ret_skipped = NULL;
	m = nameless(map, req);
	if (!m)
		m = own_line(map, req, &second);
	if (!m)
		m = first_of(map, VCTX_SUBJECT_GROUP, req, ret_skipped);
	if (!m)
		m = first_of(map, VCTX_SUBJECT_ANY, req, ret_skipped);
	return m;
}

VCTX_PRINTF(2, 3) static void deny(struct vctx_decision *d, const char *fmt, ...)
{
	va_list ap;

	d->verdict = VCTX_VERDICT_DENY;
	va_start(ap, fmt);
	(void)vsnprintf(d->reason, sizeof(d->reason), fmt, ap);
	va_end(ap);
}

static void note_source(struct vctx_decision *d, const struct vctx_mapping *m)
{
	(void)snprintf(d->source.file, sizeof(d->source.file), "%s",
		       m->file ? m->file : "");
	d->source.line = m->line;
	(void)snprintf(d->source.subject, sizeof(d->source.subject), "%s%s",
		       m->kind == VCTX_SUBJECT_GROUP ? "@"
		       : m->kind == VCTX_SUBJECT_ANY ? "*"
						     : "",
		       m->subject ? m->subject : "");
}

static bool has_target(const struct vctx_mapping *m)
{
	return m &&
	       (m->target == VCTX_TARGET_VSERVER || m->target == VCTX_TARGET_CONTEXT);
}

/* The rescue marker: mapped people are refused, root and those whose line says so get in,
 * on the host. */
static void rescue(const struct vctx_mapping *m, const struct vctx_request *req,
		   struct vctx_decision *ret)
{
	if (req->who.uid == 0 || !m || m->target == VCTX_TARGET_HOST ||
	    (m->target != VCTX_TARGET_BROKEN && m->target != VCTX_TARGET_DENY &&
	     (m->flags & (VCTX_MAP_MAY_RESCUE | VCTX_MAP_AUDIT))))
		ret->verdict = VCTX_VERDICT_HOST;
	else
		deny(ret, "the rescue marker is there: only root and people with "
			  "may-rescue get in");
}

static void name_target(const struct vctx_mapping *m, const struct vctx_request *req,
			struct vctx_decision *ret)
{
	struct vctx_err err;

	ret->verdict = VCTX_VERDICT_ENTER;
	ret->audit = m->flags & VCTX_MAP_AUDIT;
	ret->user = m->user;
	if (m->target == VCTX_TARGET_CONTEXT)
		(void)snprintf(ret->plan.name, sizeof(ret->plan.name), "#%u", m->xid);
	else if (vctx_ctx_name_expand(m->vserver, &req->who, ret->plan.name, &err))
		deny(ret, "%s:%u: %s", m->file, m->line, err.msg);
}

void vctx_policy_choose(const struct vctx_map *map, const struct vctx_request *req,
			const struct vctx_mapping **ret_line, struct vctx_decision *ret)
{
	const struct vctx_mapping *m, *skipped, *second;

	memset(ret, 0, sizeof(*ret));
	*ret_line = NULL;
	m = vctx_policy_line(map, req, &skipped);
	(void)own_line(map, req, &second);
	if (m)
		note_source(ret, m);
	ret->rescue = req->rescue;
	if (map->unreadable && req->who.uid) {
		deny(ret, "%.180s", map->unreadable);
		return;
	}
	if (req->group_error && req->who.uid && !(m && m->kind == VCTX_SUBJECT_USER)) {
		deny(ret, "the person's groups cannot be told: %.150s", req->group_error);
		return;
	}
	if (second && req->who.uid) {
		deny(ret, "%.80s:%u: a second line for %.60s", second->file, second->line,
		     second->subject);
		return;
	}
	/* only now: the marker lets no one in of whom it cannot be told whether a line
	 * means them */
	if (req->rescue) {
		rescue(m, req, ret);
		return;
	}
	if (!m && skipped)
		(void)snprintf(ret->reason, sizeof(ret->reason),
			       "%.80s:%u is passed over for an administrator: it lacks "
			       "include-admins",
			       skipped->file, skipped->line);
	if (!m || m->target == VCTX_TARGET_HOST) {
		ret->verdict = VCTX_VERDICT_HOST;
		return;
	}
	if (m->target == VCTX_TARGET_BROKEN)
		deny(ret, "%.60s:%u:%u: %.100s", m->file, m->line, m->column, m->why);
	else if (m->target == VCTX_TARGET_DENY)
		deny(ret, "%.80s:%u says deny", m->file, m->line);
	else
		name_target(m, req, ret);
	if (has_target(m) && ret->verdict == VCTX_VERDICT_ENTER)
		*ret_line = m;
}

/* Where what concerns a context's network may be said: the line, the vserver's own file
 * (NULL: there is none) and the settings for all. */
struct places {
	const struct vctx_mapping *line;
	const struct vctx_conf *own, *all;
};

/* The value of key, from word (what the line says of it, or NULL) on outward. *ret_own:
 * it is said of this very context. "" is as good as nothing: it takes a setting for all
 * away. */
static const char *net_value(const struct places *at, const char *word, enum vctx_key key,
			     bool *ret_own)
{
	const char *v = word ? word : at->own ? at->own->val[key] : NULL;

	*ret_own = v && *v;
	if (!v)
		v = at->all->val[key];
	return v && *v ? v : NULL;
}

static int plan_v4(const struct places *at, struct vctx_iproot *ip, struct vctx_err *err)
{
	const struct vctx_pool *pool;
	uint8_t mask = 24;
	const char *v;
	bool own;

	v = net_value(at, NULL, VCTX_KEY_IPROOTMASK, &own);
	if (v && vctx_ip_parse_mask(v, &mask, err))
		return err->code;
	v = net_value(at, at->line ? at->line->ip : NULL, VCTX_KEY_IPROOT, &own);
	if (!v)
		return 0;
	if (vctx_ip_parse_root(v, mask, ip, err))
		return err->code;
	if (!ip->pool.name[0])
		return 0;
	pool = vctx_conf_pool(at->all, ip->pool.name);
	if (!pool)
		return vctx_err_set(err, -EINVAL,
				    "there is no pool '%s': write POOL_%s=\"10.66.0.0/22 "
				    "dev=lo masquerade=eth0\" into /etc/vservers.conf",
				    ip->pool.name, ip->pool.name);
	memcpy(&ip->pool, pool, sizeof(ip->pool));
	return 0;
}

/* What needs addresses to have an effect. For all it may be said in any case: it is left
 * out where there are none. */
static int plan_ports(const struct places *at, struct vctx_iproot *ip,
		      struct vctx_err *err)
{
	bool root = ip->net == VCTX_NET_ROOT, own;
	const char *v =
		net_value(at, at->line ? at->line->ports : NULL, VCTX_KEY_PORTS, &own);
	int r = 0;

	if (v && (own || root))
		r = vctx_ip_parse_ports(v, ip, err);
	v = net_value(at, NULL, VCTX_KEY_HOST_SERVICES, &own);
	if (!r && v)
		r = vctx_ip_parse_services(v, ip, err);
	if (!r && v && !own && !root) {
		memset(ip->service, 0, sizeof(ip->service));
		ip->n_service = 0;
	}
	v = net_value(at, NULL, VCTX_KEY_PUBLISH, &own);
	if (!r && v)
		r = vctx_ip_parse_publish(v, ip, err);
	return r;
}

static int plan_rest(const struct places *at, struct vctx_iproot *ip,
		     struct vctx_err *err)
{
	bool v4 = ip->n_v4 || ip->pool.name[0], own;
	const char *v = net_value(at, NULL, VCTX_KEY_IPROOTBCAST, &own);

	if (v && v4 && vctx_ip_parse_bcast(v, &ip->bcast, err))
		return err->code;
	v = net_value(at, NULL, VCTX_KEY_IPROOTDEV, &own);
	if (v && ip->net == VCTX_NET_ROOT && vctx_str_copy(ip->dev, sizeof(ip->dev), v))
		return vctx_err_set(err, -EINVAL, "IPROOTDEV is too long");
	return 0;
}

static int plan_addresses(const struct places *at, struct vctx_plan *plan,
			  struct vctx_err *err)
{
	struct vctx_iproot *ip = &plan->ip;
	const char *v6;
	bool own;
	int r = plan_v4(at, ip, err);

	if (r)
		return r;
	v6 = net_value(at, at->line ? at->line->ip6 : NULL, VCTX_KEY_IPROOT6, &own);
	if (v6 && (own || ip->net == VCTX_NET_ROOT || ip->net == VCTX_NET_UNSET))
		r = vctx_ip_parse_root6(v6, ip, err);
	if (r)
		return r;
	if (v6 && ip->net == VCTX_NET_UNSET)
		ip->net = VCTX_NET_ROOT;
	if (ip->net == VCTX_NET_UNSET)
		return vctx_err_set(
			err, -EINVAL,
			"%s has no address: write IPROOT=10.0.0.4/24, pool:NAME, any (no "
			"restriction) or none",
			plan->name);
	r = plan_ports(at, ip, err);
	if (!r)
		r = plan_rest(at, ip, err);
	if (!r && vctx_ip_check(ip, err))
		r = vctx_err_wrap(err, "%s", plan->name);
	return r;
}

static int plan_blocks(const char *uids, struct vctx_plan *plan, struct vctx_err *err)
{
	char word[16];
	uint32_t id;
	int r;

	while (uids && (r = vctx_str_word(&uids, word, sizeof(word))) != 0)
		if (r < 0 || vctx_str_u32(word, 0xfffffffe, &id) ||
		    vctx_plan_add_block(plan, id))
			return vctx_err_set(err, -EINVAL,
					    "UIDS: at most %u blocks of 65536 ids",
					    VCTX_EXTENTS_MAX);
	return 0;
}

static int copy_key(const struct vctx_conf *const *chain, enum vctx_key key, char *dst,
		    size_t size, struct vctx_err *err)
{
	const char *v = vctx_conf_get(chain, key);

	if (vctx_str_copy(dst, size, v ? v : ""))
		return vctx_err_set(err, -EINVAL, "%s is too long",
				    vctx_conf_key_name(key));
	return 0;
}

static int plan_strings(const struct vctx_conf *const *chain, struct vctx_plan *p,
			struct vctx_err *err)
{
	int r = copy_key(chain, VCTX_KEY_PIDS_MAX, p->pids_max, sizeof(p->pids_max), err);

	if (!r)
		r = copy_key(chain, VCTX_KEY_MEMORY_MAX, p->memory_max,
			     sizeof(p->memory_max), err);
	if (!r)
		r = copy_key(chain, VCTX_KEY_CPU_MAX, p->cpu_max, sizeof(p->cpu_max),
			     err);
	if (!r)
		r = copy_key(chain, VCTX_KEY_IO_WEIGHT, p->io_weight,
			     sizeof(p->io_weight), err);
	if (!r)
		r = copy_key(chain, VCTX_KEY_UIDRANGE, p->uidrange, sizeof(p->uidrange),
			     err);
	if (!r)
		r = copy_key(chain, VCTX_KEY_S_HOSTNAME, p->hostname, sizeof(p->hostname),
			     err);
	if (!r)
		r = copy_key(chain, VCTX_KEY_S_DOMAINNAME, p->domainname,
			     sizeof(p->domainname), err);
	if (!r && !p->hostname[0])
		vctx_ctx_hostname(p->name, p->hostname);
	return r;
}

static int plan_root(const struct vctx_conf *const *chain, const char *root,
		     struct vctx_plan *p, struct vctx_err *err)
{
	const char *dir = vctx_conf_get(chain, VCTX_KEY_VSERVERDIR);

	if (!root)
		root = vctx_conf_get(chain, VCTX_KEY_ROOT);
	if (root)
		return vctx_str_copy(p->root, sizeof(p->root), root)
			       ? vctx_err_set(err, -ENAMETOOLONG,
					      "the root's path is too long")
			       : 0;
	if (snprintf(p->root, sizeof(p->root), "%s/%s",
		     dir ? dir : VCTX_LOCALSTATEDIR "/lib/vservers",
		     p->name) >= (int)sizeof(p->root))
		return vctx_err_set(err, -ENAMETOOLONG, "the root's path is too long");
	return 0;
}

/* Line words go before the vserver's file, that before the settings for all. */
static int make_plan(const struct vctx_mapping *m, const struct vctx_conf *all,
		     const struct vctx_conf *vserver, struct vctx_plan *p,
		     struct vctx_err *err)
{
	const struct vctx_conf *chain[3] = {vserver ? vserver : all, vserver ? all : NULL,
					    NULL};
	const struct places at = {.line = m, .own = vserver, .all = all};
	const char *v;
	int r;

	/* first: where ids are the host's there are no blocks to map */
	v = vctx_conf_get(chain, VCTX_KEY_USERNS);
	p->host_ids = v && vctx_str_in_list(v, "host");
	p->allow_root = (m && (m->flags & VCTX_MAP_ALLOW_ROOT)) ||
			(v && vctx_str_in_list(v, "allow-root"));
	v = vctx_conf_get(chain, VCTX_KEY_S_CONTEXT);
	if (m && m->target == VCTX_TARGET_CONTEXT)
		p->xid = m->xid;
	else if (v && vctx_str_u32(v, VCTX_XID_STATIC_MAX, &p->xid))
		return vctx_err_set(err, -EINVAL, "S_CONTEXT is not a number");
	v = m && m->caps ? m->caps : vctx_conf_get(chain, VCTX_KEY_S_CAPS);
	r = vctx_ceiling_parse(v ? v : "secure",
			       m && (m->flags & VCTX_MAP_ALLOW_UNSAFE_CAPS), &p->caps,
			       err);
	if (!r)
		r = plan_addresses(&at, p, err);
	if (!r)
		r = plan_root(chain, m ? m->root : NULL, p, err);
	if (!r)
		r = plan_strings(chain, p, err);
	if (!r)
		r = plan_blocks(vctx_conf_get(chain, VCTX_KEY_UIDS), p, err);
	if (!r)
		r = plan_blocks(m ? m->uids : NULL, p, err);
	if (r)
		return r;
	v = vctx_conf_get(chain, VCTX_KEY_LINGER);
	p->linger = 60;
	if (v && vctx_str_u32(v, UINT32_MAX, &p->linger))
		return vctx_err_set(err, -EINVAL, "LINGER is not a number");
	return 0;
}

/* People mapped by name, and the one whose login this is, have their blocks of ids
 * mapped. */
static int add_person(const struct vctx_request *req, struct vctx_plan *p,
		      struct vctx_err *err)
{
	int r;

	if (p->host_ids && req->who.uid == 0 && !p->allow_root)
		return vctx_err_set(err, -EPERM,
				    "%s has USERNS=host: uid 0 inside is the host's; "
				    "write allow-root if you mean it",
				    p->name);
	if (p->host_ids)
		return 0;
	r = vctx_plan_add_block(p, req->who.uid);
	if (!r)
		r = vctx_plan_add_block(p, req->who.gid);
	if (r == -ERANGE)
		return vctx_err_set(err, r,
				    "ids %u:%u cannot be mapped: those from %u on never "
				    "can",
				    req->who.uid, req->who.gid,
				    VCTX_BLOCK_MAX + VCTX_IDS);
	if (r)
		return vctx_err_set(err, -ENOSPC, "%s maps more than %u blocks of ids",
				    p->name, VCTX_EXTENTS_MAX);
	return 0;
}

void vctx_policy_plan(const struct vctx_mapping *line, const struct vctx_conf *all,
		      const struct vctx_conf *vserver, const struct vctx_request *req,
		      struct vctx_decision *d)
{
	struct vctx_err err;
	int r = make_plan(line, all, vserver, &d->plan, &err);

	if (!r)
		r = add_person(req, &d->plan, &err);
	if (r)
		deny(d, "%.190s", err.msg);
}

int vctx_policy_vserver(const char *name, const struct vctx_conf *all,
			const struct vctx_conf *vserver, struct vctx_plan *ret,
			struct vctx_err *err)
{
	memset(ret, 0, sizeof(*ret));
	if (vctx_str_copy(ret->name, sizeof(ret->name), name))
		return vctx_err_set(err, -ENAMETOOLONG, "the name is too long");
	return make_plan(NULL, all, vserver, ret, err);
}

enum vctx_service vctx_policy_service(const struct vctx_conf *all, const char *service)
{
	const char *more = all->val[VCTX_KEY_SERVICES],
		   *auth = all->val[VCTX_KEY_AUTH_ONLY];

	if (vctx_str_in_list(vctx_policy_services, service) ||
	    (more && vctx_str_in_list(more, service)))
		return VCTX_SERVICE_LANDS;
	if (auth && vctx_str_in_list(auth, service))
		return VCTX_SERVICE_AUTH_ONLY;
	return VCTX_SERVICE_REFUSED;
}
