/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A context's network: what a start chooses, puts in place and a stop takes away. */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "addrs.h"
#include "fd.h"
#include "hostlog.h"
#include "pool.h"
#include "resolv.h"
#include "rootdir.h"
#include "sys_addr.h"
#include "sys_bpf.h"
#include "sys_bpfload.h"
#include "sys_nft.h"
#include "ula.h"

/* Is there from the first need of our table on, and its lock. */
#define NFT_DIR VCTX_RUN_DIR "/nft"
#define LOCK_MS 10000
#define HOST_RESOLV "/etc/resolv.conf"
#define UPSTREAM_RESOLV "/run/systemd/resolve/resolv.conf"
#define RESOLV_MAX (64u << 10)

/* What does not keep a context from starting is said in the host's log. */
static void tell(const struct vctx_state *st, const char *text)
{
	struct vctx_hostlog log;

	vctx_hostlog_open(&log, "vctx_start", "");
	(void)snprintf(log.context, sizeof(log.context), "%s", st->plan.name);
	vctx_hostlog_write(&log, LOG_WARNING, NULL, "%s: %s", st->plan.name, text);
	vctx_hostlog_close(&log);
}

static struct vctx_addr addr4(const struct vctx_ip4 *v)
{
	struct vctx_addr addr = {.family = AF_INET};

	memcpy(addr.bytes, &v->addr, sizeof(v->addr));
	return addr;
}

static struct vctx_addr addr6(const struct vctx_ip6 *v)
{
	struct vctx_addr addr = {.family = AF_INET6};

	memcpy(addr.bytes, v->addr, sizeof(v->addr));
	return addr;
}

static bool is_theirs(const struct vctx_addr *addr)
{
	struct vctx_addr_found found;
	struct vctx_err ignored;

	return !vctx_addr_find(addr, &found, &ignored) && found.theirs;
}

static int refuse_hosts(const struct vctx_addr *addr, char text[INET6_ADDRSTRLEN],
			struct vctx_err *err)
{
	return vctx_err_set(err, -EADDRINUSE,
			    "%s is the address that the host itself goes out with, and "
			    "the host would not be reached there any more: share it by "
			    "PORTS=",
			    vctx_addr_print(addr, text));
}

/* ---- before the state is written ---- */

static void set_dev(char dst[VCTX_DEV_SIZE], const char *src)
{
	(void)snprintf(dst, VCTX_DEV_SIZE, "%s", src);
}

/* Never leased: what the host has already. */
static bool is_hosts4(uint32_t ip)
{
	const struct vctx_ip4 v = {.addr = ip};
	const struct vctx_addr addr = addr4(&v);

	return is_theirs(&addr);
}

static int prepare_pool(struct vctx_state *st, struct vctx_err *err)
{
	struct vctx_iproot *ip = &st->plan.ip;
	struct vctx_ip4 got = {.prefix = ip->pool.prefix};
	int r = vctx_pool_lease(&ip->pool, st->plan.name, is_hosts4, &got.addr, err);

	if (r)
		return r;
	set_dev(got.dev, ip->pool.dev);
	ip->v4[0] = got;
	ip->n_v4 = 1;
	return 0;
}

static int prepare_auto6(struct vctx_state *st, struct vctx_err *err)
{
	struct vctx_iproot *ip = &st->plan.ip;
	struct vctx_ip6 got = {.prefix = 128};
	char id[128];
	ssize_t n = vctx_fd_peek(AT_FDCWD, "/etc/machine-id", id, sizeof(id));

	/* one that is not made yet is empty, or "uninitialized" */
	if (n < 32)
		return vctx_err_set(err, n < 0 ? (int)n : -EINVAL,
				    "IPROOT6=auto needs /etc/machine-id: "
				    "systemd-machine-id-setup makes one");
	vctx_ula_make(id, st->plan.name, got.addr);
	ip->v6[0] = got;
	ip->n_v6 = 1;
	return 0;
}

static int prepare_devices4(struct vctx_iproot *ip, struct vctx_err *err)
{
	char dev[VCTX_DEV_SIZE];
	uint32_t i;
	int r = 0;

	set_dev(dev, ip->dev);
	for (i = 0; !r && i < ip->n_v4; i++) {
		if (ip->v4[i].dev[0])
			continue;
		if (!dev[0])
			r = vctx_addr_default(AF_INET, dev, NULL, err);
		set_dev(ip->v4[i].dev, dev);
	}
	return r;
}

/* Where nothing else is said, IPv6 goes where IPv4 does. An address of our own making is
 * reached from this host at least. */
static int prepare_devices6(struct vctx_iproot *ip, struct vctx_err *err)
{
	char dev[VCTX_DEV_SIZE];
	uint32_t i;
	int r = 0;

	set_dev(dev, ip->dev[0] ? ip->dev : ip->n_v4 ? ip->v4[0].dev : "");
	for (i = 0; !r && i < ip->n_v6; i++) {
		if (ip->v6[i].dev[0])
			continue;
		if (!dev[0])
			r = vctx_addr_default(AF_INET6, dev, NULL, err);
		if (r == -ENETUNREACH && ip->auto6) {
			set_dev(dev, "lo");
			r = 0;
		}
		set_dev(ip->v6[i].dev, dev);
	}
	return r;
}

/* The address that the host itself goes out with: alone on it, a context would cut the
 * host off. With ports they share it. */
static int check_not_hosts(const struct vctx_iproot *ip, struct vctx_err *err)
{
	struct vctx_addr host, own;
	struct vctx_err ignored;
	char dev[IF_NAMESIZE], text[INET6_ADDRSTRLEN];
	uint32_t i;

	if (ip->port_last)
		return 0;
	if (vctx_addr_default(AF_INET, dev, &host, &ignored))
		host.family = 0;
	for (i = 0; i < ip->n_v4 && host.family; i++) {
		own = addr4(&ip->v4[i]);
		if (!memcmp(own.bytes, host.bytes, 4) && is_theirs(&own))
			return refuse_hosts(&own, text, err);
	}
	if (vctx_addr_default(AF_INET6, dev, &host, &ignored))
		host.family = 0;
	for (i = 0; i < ip->n_v6 && host.family; i++) {
		own = addr6(&ip->v6[i]);
		if (!memcmp(own.bytes, host.bytes, 16) && is_theirs(&own))
			return refuse_hosts(&own, text, err);
	}
	return 0;
}

int vctx_net_prepare(struct vctx_state *st, struct vctx_err *err)
{
	struct vctx_iproot *ip = &st->plan.ip;
	int r = 0;

	if (ip->net != VCTX_NET_ROOT)
		return 0;
	if (ip->pool.name[0])
		r = prepare_pool(st, err);
	if (!r && ip->auto6)
		r = prepare_auto6(st, err);
	if (!r)
		r = prepare_devices4(ip, err);
	if (!r)
		r = prepare_devices6(ip, err);
	return r ? r : check_not_hosts(ip, err);
}

/* ---- the kernel's rules ---- */

static uint32_t mask_of(uint8_t prefix)
{
	return prefix ? htonl(UINT32_MAX << (32 - prefix)) : 0;
}

static uint32_t flags_of(const struct vctx_iproot *ip, uint32_t xid)
{
	uint32_t flags = xid ? VCTX_ROOT_DEVICES : VCTX_ROOT_HOST;

	if (ip->net == VCTX_NET_ANY)
		flags |= VCTX_ROOT_ANY;
	else if (ip->net != VCTX_NET_ROOT)
		flags |= VCTX_ROOT_NONE;
	if (ip->port_first)
		flags |= VCTX_ROOT_SHARED;
	if (ip->pool.name[0] && ip->pool.masquerade[0])
		flags |= VCTX_ROOT_NAT;
	return flags;
}

void vctx_net_root(const struct vctx_iproot *ip, uint32_t xid, uint32_t uid0,
		   struct vctx_abi_root *ret)
{
	uint32_t i;

	memset(ret, 0, sizeof(*ret));
	ret->abi = VCTX_ABI;
	ret->xid = xid;
	ret->uid0 = uid0;
	ret->flags = flags_of(ip, xid);
	if (ip->net != VCTX_NET_ROOT)
		return;
	ret->port_first = ip->port_first;
	ret->port_last = ip->port_last;
	ret->bcast = ip->bcast;
	for (i = 0; i < ip->n_v4 && i < VCTX_ABI_ADDRS; i++) {
		ret->addr[i] = ip->v4[i].addr;
		ret->mask[i] = mask_of(ip->v4[i].prefix);
	}
	ret->n_addr = (uint8_t)i;
	for (i = 0; i < ip->n_v6 && i < VCTX_ABI_ADDRS; i++) {
		memcpy(&ret->addr6[i], ip->v6[i].addr, sizeof(ret->addr6[i]));
		ret->prefix6[i] = ip->v6[i].prefix;
	}
	ret->n_addr6 = (uint8_t)i;
	for (i = 0; i < ip->n_service && i < VCTX_ABI_SERVICES; i++) {
		ret->service[i].addr = ip->service[i].addr;
		ret->service[i].port = htons(ip->service[i].port);
	}
	ret->n_service = (uint8_t)i;
	for (i = 0; i < ip->n_publish && i < VCTX_ABI_PUBLISH; i++) {
		ret->publish[i].port = htons(ip->publish[i].port);
		ret->publish[i].protocol = ip->publish[i].udp ? IPPROTO_UDP : IPPROTO_TCP;
	}
	ret->n_publish = (uint8_t)i;
}

static void root_of(const struct vctx_state *st, struct vctx_abi_root *ret)
{
	vctx_net_root(&st->plan.ip, st->plan.xid, st->plan.host_ids ? 0 : st->base[0],
		      ret);
}

/* An address that is another context's: said with its name. */
static int name_holder(uint32_t xid, struct vctx_err *err)
{
	char name[VCTX_NAME_SIZE];
	struct vctx_err told = *err, ignored;

	if (!xid || vctx_store_by_xid(xid, name, &ignored))
		return err->code;
	return vctx_err_set(err, told.code, "%.180s ('%s')", told.msg, name);
}

static int fill_one(const char *name, void *arg)
{
	struct vctx_abi_root root;
	struct vctx_err ignored, err;
	struct vctx_state st;
	uint32_t xid;

	(void)arg;
	/* one that is being built puts its own in; what cannot be read is refused at its
	 * next join, and can be stopped */
	if (vctx_store_read(name, &st, &ignored) || !st.running ||
	    access(st.cgroup, F_OK))
		return 0;
	root_of(&st, &root);
	/* one context that has no rules is no reason for all to have none: nobody joins
	 * it
	 */
	if (vctx_bpf_root_set(st.cgroup, &root, &xid, &err))
		tell(&st, err.msg);
	return 0;
}

int vctx_net_fill(void *arg, struct vctx_err *err)
{
	int r;

	(void)arg;
	r = vctx_store_each(fill_one, NULL);
	return r ? vctx_err_set(err, r, "the running contexts cannot be listed") : 0;
}

/* The programs are in force for the context of st, or (1) it goes on without: what has no
 * addresses of its own needs none, where the kernel lacks them, or in a network namespace
 * where they do not hold. */
static int programs_up(const struct vctx_state *st, struct vctx_err *err)
{
	char parent[sizeof(st->cgroup)], *slash;
	int r;

	(void)snprintf(parent, sizeof(parent), "%s", st->cgroup);
	slash = strrchr(parent, '/');
	if (slash)
		*slash = 0;
	r = vctx_bpfload(parent, vctx_net_fill, NULL, err);
	if (!r)
		r = vctx_bpf_check(parent, err);
	if (!r)
		return 0;
	if (st->plan.ip.net == VCTX_NET_ROOT)
		return vctx_err_wrap(err, "'%s' cannot have addresses of its own",
				     st->plan.name);
	if (r != -EOPNOTSUPP && r != -EXDEV)
		return r;
	tell(st, err->msg);
	return r == -EOPNOTSUPP ? 1 : 0;
}

static int rules_up(const struct vctx_state *st, struct vctx_err *err)
{
	struct vctx_abi_root root;
	uint32_t xid = 0;
	int r = programs_up(st, err);

	if (r)
		return r < 0 ? r : 0;
	root_of(st, &root);
	r = vctx_bpf_root_set(st->cgroup, &root, &xid, err);
	return r == -EADDRINUSE ? name_holder(xid, err) : r;
}

static int rules_down(const struct vctx_state *st, struct vctx_err *err)
{
	struct vctx_abi_root root;
	struct vctx_err ignored;
	uint64_t id = 0;

	root_of(st, &root);
	/* a cgroup that is gone already: the alias leads there */
	if (!st->cgroup[0] || vctx_bpf_cgroup_id(st->cgroup, &id, &ignored))
		id = 0;
	return vctx_bpf_root_del(id, &root, err);
}

/* ---- addresses on devices ---- */

/* Its ::1, which no other context's is: IPv6 has one address of that kind only, not a
 * whole net. */
static struct vctx_addr loopback6(const struct vctx_state *st)
{
	const uint32_t words[4] = {htonl(VCTX_ABI_ALIAS6_0), htonl(VCTX_ABI_ALIAS6_1),
				   htonl(VCTX_ABI_ALIAS6_2), htonl(st->plan.xid)};
	struct vctx_addr addr = {.family = AF_INET6};

	memcpy(addr.bytes, words, sizeof(words));
	return addr;
}

/* IPROOTBCAST is that of one net. */
static uint32_t broadcast_of(const struct vctx_iproot *ip, const struct vctx_ip4 *v)
{
	return (ip->bcast ^ v->addr) & mask_of(v->prefix) ? 0 : ip->bcast;
}

static int addresses_up(const struct vctx_state *st, struct vctx_err *err)
{
	const struct vctx_iproot *ip = &st->plan.ip;
	struct vctx_addr addr;
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < ip->n_v4; i++) {
		addr = addr4(&ip->v4[i]);
		r = vctx_addrs_take(st->plan.name, &addr, ip->v4[i].prefix,
				    broadcast_of(ip, &ip->v4[i]), ip->v4[i].dev, err);
	}
	for (i = 0; !r && i < ip->n_v6; i++) {
		addr = addr6(&ip->v6[i]);
		r = vctx_addrs_take(st->plan.name, &addr, ip->v6[i].prefix, 0,
				    ip->v6[i].dev, err);
	}
	addr = loopback6(st);
	if (!r && ip->n_v6)
		r = vctx_addrs_take(st->plan.name, &addr, 128, 0, "lo", err);
	return r;
}

static int addresses_down(const struct vctx_state *st, struct vctx_err *err)
{
	const struct vctx_iproot *ip = &st->plan.ip;
	struct vctx_addr addr;
	uint32_t i;
	int r = 0;

	addr = loopback6(st);
	if (ip->n_v6)
		r = vctx_addrs_drop(st->plan.name, &addr, err);
	for (i = ip->n_v6; !r && i > 0; i--) {
		addr = addr6(&ip->v6[i - 1]);
		r = vctx_addrs_drop(st->plan.name, &addr, err);
	}
	for (i = ip->n_v4; !r && i > 0; i--) {
		addr = addr4(&ip->v4[i - 1]);
		r = vctx_addrs_drop(st->plan.name, &addr, err);
	}
	return r;
}

/* ---- our nftables table ---- */

/* What the context of st has in it. An address that others share is the host's as well:
 * what is published there is meant. */
static void elements_of(const struct vctx_state *st, struct vctx_nft *ret)
{
	const struct vctx_iproot *ip = &st->plan.ip;
	uint32_t i;

	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->label, sizeof(ret->label), "%s", st->plan.name);
	if (ip->net != VCTX_NET_ROOT || !ip->n_v4)
		return;
	ret->to = ip->v4[0].addr;
	for (i = 0; !ip->port_first && i < ip->n_v4; i++)
		ret->addr[i] = ip->v4[i].addr;
	ret->n_addr = i;
	memcpy(ret->publish, ip->publish, sizeof(ret->publish));
	ret->n_publish = ip->n_publish;
	if (ip->pool.name[0])
		set_dev(ret->masquerade, ip->pool.masquerade);
}

static bool needs_table(const struct vctx_nft *own)
{
	return own->n_publish || own->masquerade[0];
}

static bool is_in_table(const struct vctx_nft *own)
{
	return own->n_addr || needs_table(own);
}

/* The contexts that have state, but one. */
struct others {
	const char *but;
	struct vctx_nft *list;
	size_t n, room;
};

static int list_one(const char *name, void *arg)
{
	struct others *o = arg;
	struct vctx_nft *more;
	struct vctx_state st;
	struct vctx_err ignored;

	if (!strcmp(name, o->but) || vctx_store_read(name, &st, &ignored))
		return 0;
	if (o->n == o->room) {
		o->room = o->room ? 2 * o->room : 64;
		more = realloc(o->list, o->room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		o->list = more;
	}
	elements_of(&st, &o->list[o->n]);
	o->n += is_in_table(&o->list[o->n]);
	return 0;
}

/* The table is not there: at the first start that needs it, or since a firewall flushed
 * all rules. It gets what every running context has. */
static int make_table(const struct vctx_state *st, struct vctx_err *err)
{
	struct others others = {.but = st->plan.name};
	char owner[VCTX_NFT_LABEL_SIZE];
	struct vctx_err ignored;
	size_t i;
	int r = vctx_store_each(list_one, &others);

	if (!r)
		r = vctx_nft_make(others.list, others.n, err);
	else
		r = vctx_err_set(err, r, "the running contexts cannot be listed");
	/* two of them have the same, of which one is being refused right now */
	if (r == -EEXIST) {
		r = vctx_nft_make(NULL, 0, err);
		for (i = 0; !r && i < others.n; i++)
			(void)!vctx_nft_add(&others.list[i], owner, &ignored);
	}
	free(others.list);
	return r;
}

static int lock_table(struct vctx_err *err)
{
	int fd = vctx_fd_lock_dir(NFT_DIR, LOCK_MS);

	errno = -fd;
	return fd < 0 ? vctx_err_sys(err, "%s", NFT_DIR) : fd;
}

static int add_elements(const struct vctx_state *st, const struct vctx_nft *own,
			struct vctx_err *err)
{
	char owner[VCTX_NFT_LABEL_SIZE];
	struct vctx_err ignored;
	struct vctx_state other;
	int r = vctx_nft_add(own, owner, err);

	if (r == -ENOENT) {
		r = make_table(st, err);
		if (!r)
			r = vctx_nft_add(own, owner, err);
	}
	/* left by one that is gone: no stop will come for it */
	if (r == -EADDRINUSE && vctx_store_read(owner, &other, &ignored) == -ENOENT) {
		r = vctx_nft_del_label(owner, err);
		if (!r)
			r = vctx_nft_add(own, owner, err);
	}
	return r;
}

static int elements_up(const struct vctx_state *st, struct vctx_err *err)
{
	cleanup_close int lock = -1;
	struct vctx_nft own;

	elements_of(st, &own);
	if (!is_in_table(&own) || (!needs_table(&own) && access(NFT_DIR, F_OK)))
		return 0;
	if (mkdir(NFT_DIR, 0700) && errno != EEXIST)
		return vctx_err_sys(err, "%s", NFT_DIR);
	lock = lock_table(err);
	return lock < 0 ? lock : add_elements(st, &own, err);
}

static int elements_down(const struct vctx_state *st, struct vctx_err *err)
{
	cleanup_close int lock = -1;
	struct vctx_nft own;
	int r;

	elements_of(st, &own);
	if (!is_in_table(&own) || access(NFT_DIR, F_OK))
		return 0;
	lock = lock_table(err);
	r = lock < 0 ? lock : vctx_nft_del(&own, err);
	/* what cannot be asked has nothing of ours */
	return r == -EOPNOTSUPP ? 0 : r;
}

/* ---- resolv.conf ---- */

/* NULL: there is none. The host's may be a link to anywhere. */
static char *slurp_host(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;

	return fd < 0 || vctx_fd_slurp(fd, RESOLV_MAX, &text, NULL) ? NULL : text;
}

/* Names that do not resolve are no reason to stay down; a guest's own /etc is not
 * either. */
static void write_resolv(const struct vctx_state *st, int root)
{
	cleanup_free char *host = slurp_host(HOST_RESOLV), *upstream = NULL;
	char text[VCTX_RESOLV_SIZE];
	struct vctx_err err;
	bool none = false;
	int r;

	if (host && vctx_resolv_has_loopback(host))
		upstream = slurp_host(UPSTREAM_RESOLV);
	r = vctx_resolv_print(host ? host : "", upstream, &st->plan.ip, text,
			      sizeof(text), &none);
	if (r < 0)
		(void)vctx_err_set(&err, r, HOST_RESOLV " is too long");
	else
		r = vctx_rootdir_put(root, "resolv.conf", text, VCTX_RESOLV_KEEP, &err);
	if (r < 0)
		tell(st, err.msg);
	else if (none)
		tell(st, "no name server of " HOST_RESOLV
			 " can be reached from inside: HOST_SERVICES names one on the "
			 "loopback");
}

/* ---- all of it ---- */

int vctx_net_up(const struct vctx_state *st, int root, struct vctx_err *err)
{
	int r = rules_up(st, err);

	if (r || st->plan.ip.net != VCTX_NET_ROOT)
		return r;
	r = addresses_up(st, err);
	if (!r)
		r = elements_up(st, err);
	if (!r)
		write_resolv(st, root);
	return r;
}

int vctx_net_down(const struct vctx_state *st, struct vctx_err *err)
{
	struct vctx_err first = {0}, *e = &first;
	int (*const steps[])(const struct vctx_state *, struct vctx_err *) = {
		elements_down, addresses_down, rules_down};
	size_t i;

	/* one that fails leaves nothing of the others behind */
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i](st, e) && e == &first)
			e = err;
	if (e == err)
		*err = first;
	return e == err ? first.code : 0;
}

int vctx_net_down_name(const char *name, uint32_t xid, struct vctx_err *err)
{
	const struct vctx_abi_root root = {.xid = xid};
	cleanup_close int lock = -1;
	int r = 0;

	if (!access(NFT_DIR, F_OK)) {
		lock = lock_table(err);
		r = lock < 0 ? lock : vctx_nft_del_label(name, err);
	}
	if (!r)
		r = vctx_addrs_drop_all(name, err);
	return r || !xid ? r : vctx_bpf_root_del(0, &root, err);
}

/* Idempotent, as at a start. */
static int restore_one(const char *name, void *arg)
{
	cleanup_close int lock = -1;
	struct vctx_err err;
	struct vctx_state st;
	int r;

	(void)arg;
	lock = vctx_store_lock(name, false, vctx_fd_now() + LOCK_MS, &err);
	if (lock < 0 || vctx_store_read(name, &st, &err) || !st.running ||
	    st.plan.ip.net != VCTX_NET_ROOT)
		return 0;
	r = addresses_up(&st, &err);
	if (!r)
		r = elements_up(&st, &err);
	if (r)
		tell(&st, err.msg);
	return 0;
}

int vctx_net_restore(struct vctx_err *err)
{
	int r = vctx_store_each(restore_one, NULL);

	return r ? vctx_err_set(err, r, "the running contexts cannot be listed") : 0;
}
