/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPv4 root of a context: text to numbers and back. */
#include "ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctx.h"
#include "str.h"

#define PREFIX6 64 /* of an IPv6 address without one */

bool vctx_ip_dev_is_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789._-");

	return n && !name[n] && n < VCTX_DEV_SIZE && strcmp(name, ".") &&
	       strcmp(name, "..");
}

static int set_dev(char dev[VCTX_DEV_SIZE], const char *name, size_t len,
		   struct vctx_err *err)
{
	char copy[VCTX_DEV_SIZE];

	if (len < sizeof(copy)) {
		memcpy(copy, name, len);
		copy[len] = 0;
		if (vctx_ip_dev_is_valid(copy)) {
			memcpy(dev, copy, len + 1);
			return 0;
		}
	}
	return vctx_err_set(err, -EINVAL, "'%.*s' is not the name of a network device",
			    (int)(len > 40 ? 40 : len), name);
}

/* What stands before sep is a device; *text moves behind it. */
static int take_dev(const char **text, char sep, char dev[VCTX_DEV_SIZE],
		    struct vctx_err *err)
{
	const char *p = strchr(*text, sep);
	int r;

	if (!p)
		return 0;
	r = set_dev(dev, *text, (size_t)(p - *text), err);
	*text = p + 1;
	return r;
}

int vctx_ip_parse_mask(const char *text, uint8_t *ret, struct vctx_err *err)
{
	const char *t = text[0] == '/' ? text + 1 : text;
	struct in_addr in;
	uint32_t host, n;

	if (strchr(t, '.') && inet_pton(AF_INET, t, &in) == 1) {
		host = ~ntohl(in.s_addr);
		/* ones, then zeros: its complement and one more have no bit in common */
		if (in.s_addr && !(host & (host + 1))) {
			*ret = (uint8_t)(32 - __builtin_popcount(host));
			return 0;
		}
	} else if (!vctx_str_u32(t, 32, &n) && n) {
		*ret = (uint8_t)n;
		return 0;
	}
	return vctx_err_set(
		err, -EINVAL,
		"'%.60s' is not a netmask: 1 to 32, or one like 255.255.255.0", text);
}

int vctx_ip_parse_v4(const char *text, uint8_t mask, struct vctx_ip4 *ret,
		     struct vctx_err *err)
{
	size_t n = strcspn(text, "/");
	char addr[INET_ADDRSTRLEN] = "";
	struct in_addr in;

	if (n < sizeof(addr)) {
		memcpy(addr, text, n);
		addr[n] = 0;
	}
	if (inet_pton(AF_INET, addr, &in) != 1)
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is not an IPv4 address: 10.0.0.4, "
				    "10.0.0.4/24 or 10.0.0.4/255.255.255.0",
				    text);
	if (text[n] && vctx_ip_parse_mask(text + n, &mask, err))
		return err->code;
	memset(ret, 0, sizeof(*ret));
	ret->addr = in.s_addr;
	ret->prefix = mask;
	return 0;
}

int vctx_ip_check_v4(uint32_t addr, struct vctx_err *err)
{
	uint32_t a = ntohl(addr);
	char text[INET_ADDRSTRLEN];
	const char *why = NULL;

	if (!a || a == UINT32_MAX)
		why = "no host has it";
	else if (a >> 28 == 14)
		why = "it is a multicast address";
	else if (a >> 24 == 127)
		why = "every context has a loopback of its own, which is not listed";
	if (!why)
		return 0;
	return vctx_err_set(err, -EINVAL, "%s cannot be an address of a context: %s",
			    inet_ntop(AF_INET, &addr, text, sizeof(text)), why);
}

static bool is_v6(const char *word)
{
	size_t n = strcspn(word, "/");
	char text[INET6_ADDRSTRLEN] = "";
	struct in6_addr in;

	if (n >= sizeof(text))
		return false;
	memcpy(text, word, n);
	return inet_pton(AF_INET6, text, &in) == 1;
}

static int add_v4(struct vctx_ip4 *v, uint32_t n, const char *word, uint8_t mask,
		  struct vctx_err *err)
{
	char dev[VCTX_DEV_SIZE] = "";
	const char *text = word;
	uint32_t i;
	int r;

	if (is_v6(word))
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is no IPv4 address: IPv6 stands in IPROOT6, "
				    "or behind ip6=",
				    word);
	r = take_dev(&text, ':', dev, err);
	if (!r && n >= VCTX_IP_MAX)
		r = vctx_err_set(err, -E2BIG, "more than %u addresses", VCTX_IP_MAX);
	if (!r)
		r = vctx_ip_parse_v4(text, mask, &v[n], err);
	if (!r)
		r = vctx_ip_check_v4(v[n].addr, err);
	for (i = 0; !r && i < n; i++)
		if (v[i].addr == v[n].addr)
			r = vctx_err_set(err, -EINVAL, "%.60s is there twice", text);
	if (!r)
		memcpy(v[n].dev, dev, sizeof(dev));
	return r;
}

static int parse_pool_name(const char *name, struct vctx_iproot *ret,
			   struct vctx_err *err)
{
	if (!vctx_ctx_name_is_valid(name))
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is not the name of a pool: pool:NAME stands "
				    "alone",
				    name);
	memset(&ret->pool, 0, sizeof(ret->pool));
	return vctx_str_copy(ret->pool.name, sizeof(ret->pool.name), name);
}

int vctx_ip_parse_root(const char *text, uint8_t mask, struct vctx_iproot *ret,
		       struct vctx_err *err)
{
	struct vctx_ip4 v[VCTX_IP_MAX];
	bool any = !strcmp(text, "any"), none = !strcmp(text, "none");
	char word[64];
	uint32_t n = 0;
	int r;

	memset(v, 0, sizeof(v));
	if (!strncmp(text, "pool:", 5)) {
		r = parse_pool_name(text + 5, ret, err);
		if (r)
			return r;
	} else if (!any && !none) {
		while ((r = vctx_str_word(&text, word, sizeof(word))) > 0)
			if (add_v4(v, n++, word, mask, err))
				return err->code;
		if (r)
			return vctx_err_set(err, -EINVAL, "'%.60s' is too long", text);
		if (!n)
			return vctx_err_set(err, -EINVAL,
					    "no address: write any (no restriction), "
					    "none, pool:NAME or addresses");
	}
	if (any || none || n)
		memset(&ret->pool, 0, sizeof(ret->pool));
	ret->net = any ? VCTX_NET_ANY : none ? VCTX_NET_NONE : VCTX_NET_ROOT;
	memcpy(ret->v4, v, sizeof(v));
	ret->n_v4 = n;
	return 0;
}

static int check_v6(const struct in6_addr *a, const char *text, struct vctx_err *err)
{
	static const uint8_t loopbacks[6] = {0xfd, 0x76, 0x63, 0x74, 0x78, 0x00};
	const char *why = NULL;

	if (!memcmp(a, loopbacks, sizeof(loopbacks)))
		why = "fd76:6374:7800::/48 is for the loopbacks of contexts";
	else if (IN6_IS_ADDR_UNSPECIFIED(a))
		why = "no host has it";
	else if (IN6_IS_ADDR_LOOPBACK(a))
		why = "every context has a loopback of its own, which is not listed";
	else if (IN6_IS_ADDR_MULTICAST(a))
		why = "it is a multicast address";
	else if (IN6_IS_ADDR_LINKLOCAL(a))
		why = "a link-local address is another one on every device";
	else if (IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4COMPAT(a))
		why = "it is an IPv4 address, which stands among those";
	return why ? vctx_err_set(err, -EINVAL,
				  "%.60s cannot be an address of a context: %s", text,
				  why)
		   : 0;
}

static int parse_v6(const char *text, struct vctx_ip6 *ret, struct vctx_err *err)
{
	size_t n = strcspn(text, "/");
	char addr[INET6_ADDRSTRLEN] = "";
	uint32_t prefix = PREFIX6;
	struct in6_addr in;

	if (n < sizeof(addr)) {
		memcpy(addr, text, n);
		addr[n] = 0;
	}
	if (inet_pton(AF_INET6, addr, &in) != 1 ||
	    (text[n] && (vctx_str_u32(text + n + 1, 128, &prefix) || !prefix)))
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is not an IPv6 address: 2001:db8::4 or "
				    "2001:db8::4/64",
				    text);
	memcpy(ret->addr, &in, sizeof(ret->addr));
	ret->prefix = (uint8_t)prefix;
	return check_v6(&in, addr, err);
}

static int add_v6(struct vctx_ip6 *v, uint32_t n, const char *word, struct vctx_err *err)
{
	const char *text = word;
	uint32_t i;
	int r;

	if (n >= VCTX_IP_MAX)
		return vctx_err_set(err, -E2BIG, "more than %u IPv6 addresses",
				    VCTX_IP_MAX);
	r = take_dev(&text, '@', v[n].dev, err);
	if (!r)
		r = parse_v6(text, &v[n], err);
	for (i = 0; !r && i < n; i++)
		if (!memcmp(v[i].addr, v[n].addr, sizeof(v[n].addr)))
			r = vctx_err_set(err, -EINVAL, "%.60s is there twice", text);
	return r;
}

int vctx_ip_parse_root6(const char *text, struct vctx_iproot *ret, struct vctx_err *err)
{
	struct vctx_ip6 v[VCTX_IP_MAX];
	bool is_auto = !strcmp(text, "auto");
	char word[80];
	uint32_t n = 0;
	int r = 0;

	memset(v, 0, sizeof(v));
	while (!is_auto && (r = vctx_str_word(&text, word, sizeof(word))) > 0)
		if (add_v6(v, n++, word, err))
			return err->code;
	if (r)
		return vctx_err_set(err, -EINVAL, "'%.60s' is too long", text);
	if (!is_auto && !n)
		return vctx_err_set(err, -EINVAL,
				    "no IPv6 address: write auto or addresses");
	memcpy(ret->v6, v, sizeof(v));
	ret->n_v6 = n;
	ret->auto6 = is_auto;
	return 0;
}

int vctx_ip_parse_bcast(const char *text, uint32_t *ret, struct vctx_err *err)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is not a broadcast address: 10.0.0.255",
				    text);
	if (in.s_addr != INADDR_NONE && vctx_ip_check_v4(in.s_addr, err))
		return err->code;
	*ret = in.s_addr;
	return 0;
}

/* Digits only, 1 to 65535, len of them. */
static bool read_port(const char *text, size_t len, uint16_t *ret)
{
	char digits[8];
	uint32_t n;

	if (!len || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = 0;
	if (vctx_str_u32(digits, UINT16_MAX, &n) || !n)
		return false;
	*ret = (uint16_t)n;
	return true;
}

int vctx_ip_parse_ports(const char *text, struct vctx_iproot *ret, struct vctx_err *err)
{
	const char *dash = strchr(text, '-');
	uint16_t first, last;

	if (!dash || !read_port(text, (size_t)(dash - text), &first) ||
	    !read_port(dash + 1, strlen(dash + 1), &last) || first > last)
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is not a range of ports: 30000-30099", text);
	ret->port_first = first;
	ret->port_last = last;
	return 0;
}

static int add_service(struct vctx_iproot *got, const char *word, struct vctx_err *err)
{
	const char *colon = strchr(word, ':');
	struct vctx_ip_service *s;
	char addr[INET_ADDRSTRLEN] = "";
	struct in_addr in;
	uint16_t port = 0;
	uint32_t i;

	if (colon && (size_t)(colon - word) < sizeof(addr))
		memcpy(addr, word, (size_t)(colon - word));
	/* 127.128.0.0/9 is what the contexts' loopbacks are made of */
	if (inet_pton(AF_INET, addr, &in) != 1 || ntohl(in.s_addr) >> 23 != 127 << 1 ||
	    !colon || !read_port(colon + 1, strlen(colon + 1), &port))
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is not a service of the host's loopback: "
				    "127.0.0.1:25, or LABEL=/run/x/x.sock",
				    word);
	if (got->n_service >= VCTX_SERVICES_MAX)
		return vctx_err_set(err, -E2BIG, "more than %u services",
				    VCTX_SERVICES_MAX);
	s = &got->service[got->n_service];
	s->addr = in.s_addr;
	s->port = port;
	for (i = 0; i < got->n_service; i++)
		if (got->service[i].addr == s->addr && got->service[i].port == port)
			return vctx_err_set(err, -EINVAL, "%s is there twice", word);
	got->n_service++;
	return 0;
}

/* The directory of path is what will be mounted: the root cannot be. */
static int add_socket(struct vctx_iproot *got, const char *path, struct vctx_err *err)
{
	uint32_t i;

	if (vctx_ctx_path_check(path, err))
		return err->code;
	if (strrchr(path, '/') == path)
		return vctx_err_set(err, -EINVAL,
				    "%.60s: the socket has to be in a directory of its "
				    "own",
				    path);
	for (i = 0; i < got->n_socket; i++)
		if (!strcmp(got->socket[i], path))
			return vctx_err_set(err, -EINVAL, "%s is there twice", path);
	if (got->n_socket >= VCTX_SOCKETS_MAX)
		return vctx_err_set(err, -E2BIG, "more than %u sockets",
				    VCTX_SOCKETS_MAX);
	if (vctx_str_copy(got->socket[got->n_socket], sizeof(got->socket[0]), path))
		return vctx_err_set(err, -ENAMETOOLONG,
				    "%.60s...: the path is too long for a socket", path);
	got->n_socket++;
	return 0;
}

int vctx_ip_parse_services(const char *text, struct vctx_iproot *ret,
			   struct vctx_err *err)
{
	struct vctx_iproot got;
	char word[256];
	int r;

	memset(&got, 0, sizeof(got));
	while ((r = vctx_str_word(&text, word, sizeof(word))) > 0) {
		const char *eq = strchr(word, '=');

		if (eq == word)
			return vctx_err_set(err, -EINVAL,
					    "'%.60s' has no label before '='", word);
		if (eq ? add_socket(&got, eq + 1, err) : add_service(&got, word, err))
			return err->code;
	}
	if (r)
		return vctx_err_set(err, -EINVAL, "'%.60s' is too long", text);
	memcpy(ret->service, got.service, sizeof(got.service));
	memcpy(ret->socket, got.socket, sizeof(got.socket));
	ret->n_service = got.n_service;
	ret->n_socket = got.n_socket;
	return 0;
}

static int add_publish(struct vctx_publish *v, uint32_t n, const char *word,
		       struct vctx_err *err)
{
	bool udp = !strncmp(word, "udp:", 4);
	const char *colon = strchr(word, ':');
	const char *second = colon ? strchr(colon + 1, ':') : NULL;
	uint32_t i;

	if (n >= VCTX_PUBLISH_MAX)
		return vctx_err_set(err, -E2BIG, "more than %u ports", VCTX_PUBLISH_MAX);
	if ((!udp && strncmp(word, "tcp:", 4) != 0) || !second ||
	    !read_port(colon + 1, (size_t)(second - colon - 1), &v[n].port) ||
	    !read_port(second + 1, strlen(second + 1), &v[n].inside))
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' does not publish a port: tcp:2001:22 leads "
				    "from port 2001 of the host to port 22 inside",
				    word);
	v[n].udp = udp;
	for (i = 0; i < n; i++)
		if (v[i].udp == udp && v[i].port == v[n].port)
			return vctx_err_set(err, -EINVAL, "port %u of %s is there twice",
					    v[n].port, udp ? "udp" : "tcp");
	return 0;
}

int vctx_ip_parse_publish(const char *text, struct vctx_iproot *ret, struct vctx_err *err)
{
	struct vctx_publish v[VCTX_PUBLISH_MAX];
	char word[64];
	uint32_t n = 0;
	int r;

	memset(v, 0, sizeof(v));
	while ((r = vctx_str_word(&text, word, sizeof(word))) > 0)
		if (add_publish(v, n++, word, err))
			return err->code;
	if (r)
		return vctx_err_set(err, -EINVAL, "'%.60s' is too long", text);
	memcpy(ret->publish, v, sizeof(v));
	ret->n_publish = n;
	return 0;
}

static int pool_word(struct vctx_pool *pool, const char *word, struct vctx_err *err)
{
	static const char dev[] = "dev=", masquerade[] = "masquerade=";
	bool is_dev = !strncmp(word, dev, sizeof(dev) - 1);
	char *to = is_dev ? pool->dev : pool->masquerade;
	const char *name;

	if (!is_dev && strncmp(word, masquerade, sizeof(masquerade) - 1) != 0)
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is not a word of a pool: dev= or "
				    "masquerade=",
				    word);
	if (*to)
		return vctx_err_set(err, -EINVAL, "%s is there twice",
				    is_dev ? dev : masquerade);
	name = strchr(word, '=') + 1;
	return set_dev(to, name, strlen(name), err);
}

/* The first word: where the pool lies. */
static int pool_net(struct vctx_pool *pool, const char *word, struct vctx_err *err)
{
	char text[INET_ADDRSTRLEN];
	struct vctx_ip4 a = {0};
	uint32_t last;

	/* 0 is no prefix: one has to be there */
	if (vctx_ip_parse_v4(word, 0, &a, err))
		return err->code;
	if (a.prefix < 8)
		return vctx_err_set(err, -EINVAL,
				    "'%.60s' is not a pool: a network with a prefix of 8 "
				    "to 32 is needed, as in 10.66.0.0/22",
				    word);
	pool->net = a.addr & htonl(~(uint32_t)0 << (32 - a.prefix));
	pool->prefix = a.prefix;
	if (pool->net != a.addr)
		return vctx_err_set(
			err, -EINVAL, "'%.60s' is not a network: it would be %s/%u", word,
			inet_ntop(AF_INET, &pool->net, text, sizeof(text)), a.prefix);
	if (!(ntohl(a.addr) >> 24))
		return vctx_err_set(err, -EINVAL, "no host has addresses of 0.0.0.0/8");
	last = a.addr | htonl((uint32_t)(UINT64_C(0xffffffff) >> a.prefix));
	if (vctx_ip_check_v4(a.addr, err))
		return err->code;
	return vctx_ip_check_v4(last, err);
}

int vctx_ip_parse_pool(const char *name, const char *text, struct vctx_pool *ret,
		       struct vctx_err *err)
{
	struct vctx_pool pool;
	char word[64];
	int r;

	memset(&pool, 0, sizeof(pool));
	if (!vctx_ctx_name_is_valid(name))
		return vctx_err_set(err, -EINVAL, "'%.80s' is not the name of a pool",
				    name);
	(void)snprintf(pool.name, sizeof(pool.name), "%s", name);
	r = vctx_str_word(&text, word, sizeof(word));
	if (!r)
		return vctx_err_set(err, -EINVAL,
				    "a pool without a network: 10.66.0.0/22");
	if (r > 0 && pool_net(&pool, word, err))
		return err->code;
	while (r > 0 && (r = vctx_str_word(&text, word, sizeof(word))) > 0)
		if (pool_word(&pool, word, err))
			return err->code;
	if (r)
		return vctx_err_set(err, -EINVAL, "'%.60s' is too long", text);
	/* such addresses are on no wire: without a translation no answer finds back */
	if (!strcmp(pool.dev, "lo") && !pool.masquerade[0])
		return vctx_err_set(err, -EINVAL,
				    "dev=lo needs masquerade=DEVICE: no answer from "
				    "outside would find those addresses");
	if (!strcmp(pool.masquerade, "lo"))
		return vctx_err_set(err, -EINVAL,
				    "masquerade=lo: the device to the outside is meant");
	memcpy(ret, &pool, sizeof(pool));
	return 0;
}

int vctx_ip_check(const struct vctx_iproot *p, struct vctx_err *err)
{
	bool v4 = p->n_v4 || p->pool.name[0], v6 = p->n_v6 || p->auto6;
	const char *net = vctx_ip_net_name(p->net);

	if (p->net == VCTX_NET_UNSET || (p->net == VCTX_NET_ROOT && !v4 && !v6))
		return vctx_err_set(err, -EINVAL, "no address");
	if (p->net == VCTX_NET_ROOT) {
		if (p->n_publish && !v4)
			return vctx_err_set(err, -EINVAL,
					    "PUBLISH needs an IPv4 address");
		return 0;
	}
	if (v4 || v6)
		return vctx_err_set(err, -EINVAL,
				    "addresses beside ip=%s: take one of the two out",
				    net);
	if (p->port_last)
		return vctx_err_set(err, -EINVAL,
				    "a range of ports beside ip=%s, which has none: take "
				    "it out",
				    net);
	if (p->n_publish)
		return vctx_err_set(err, -EINVAL,
				    "PUBLISH beside ip=%s, which has no address to lead "
				    "to: take it out",
				    net);
	if (p->n_service)
		return vctx_err_set(err, -EINVAL,
				    "ports of HOST_SERVICES beside ip=%s have no effect: "
				    "take them out",
				    net);
	return 0;
}

/* A device that one of the two leaves to the start is no difference. */
static bool is_dev_same(const char *a, const char *b)
{
	return !*a || !*b || !strcmp(a, b);
}

static bool are_addresses_same(const struct vctx_iproot *a, const struct vctx_iproot *b)
{
	uint32_t i;

	if (strcmp(a->pool.name, b->pool.name) || a->pool.net != b->pool.net ||
	    a->pool.prefix != b->pool.prefix || !is_dev_same(a->pool.dev, b->pool.dev) ||
	    strcmp(a->pool.masquerade, b->pool.masquerade))
		return false;
	if (!a->pool.name[0] && a->n_v4 != b->n_v4)
		return false;
	for (i = 0; !a->pool.name[0] && i < a->n_v4; i++)
		if (a->v4[i].addr != b->v4[i].addr ||
		    a->v4[i].prefix != b->v4[i].prefix ||
		    !is_dev_same(a->v4[i].dev, b->v4[i].dev))
			return false;
	if (a->auto6 != b->auto6 || (!a->auto6 && a->n_v6 != b->n_v6))
		return false;
	for (i = 0; !a->auto6 && i < a->n_v6; i++)
		if (memcmp(a->v6[i].addr, b->v6[i].addr, sizeof(a->v6[i].addr)) ||
		    a->v6[i].prefix != b->v6[i].prefix ||
		    !is_dev_same(a->v6[i].dev, b->v6[i].dev))
			return false;
	return true;
}

bool vctx_ip_is_same(const struct vctx_iproot *a, const struct vctx_iproot *b)
{
	uint32_t i;

	if (a->net != b->net || !are_addresses_same(a, b) || a->bcast != b->bcast ||
	    a->port_first != b->port_first || a->port_last != b->port_last ||
	    !is_dev_same(a->dev, b->dev) || a->n_service != b->n_service ||
	    a->n_socket != b->n_socket || a->n_publish != b->n_publish)
		return false;
	for (i = 0; i < a->n_service; i++)
		if (a->service[i].addr != b->service[i].addr ||
		    a->service[i].port != b->service[i].port)
			return false;
	for (i = 0; i < a->n_socket; i++)
		if (strcmp(a->socket[i], b->socket[i]))
			return false;
	for (i = 0; i < a->n_publish; i++)
		if (a->publish[i].udp != b->publish[i].udp ||
		    a->publish[i].port != b->publish[i].port ||
		    a->publish[i].inside != b->publish[i].inside)
			return false;
	return true;
}

const char *vctx_ip_net_name(enum vctx_net net)
{
	switch (net) {
	case VCTX_NET_ANY:
		return "any";
	case VCTX_NET_NONE:
		return "none";
	case VCTX_NET_ROOT:
		return "root";
	case VCTX_NET_UNSET:
		break;
	}
	return "";
}

bool vctx_ip_pool_nth(const struct vctx_pool *pool, uint32_t n, uint32_t *ret)
{
	uint64_t size = UINT64_C(1) << (32 - pool->prefix);
	uint32_t first = 0;

	if (pool->prefix < 31) {
		size -= 2;
		first = 1;
	}
	if (!pool->prefix || n >= size)
		return false;
	*ret = htonl(ntohl(pool->net) + first + n);
	return true;
}

bool vctx_ip_pool_has(const struct vctx_pool *pool, uint32_t addr)
{
	uint32_t n = ntohl(addr) - ntohl(pool->net) - (pool->prefix < 31), same;

	return vctx_ip_pool_nth(pool, n, &same) && same == addr;
}

bool vctx_ip_pool_overlaps(const struct vctx_pool *a, const struct vctx_pool *b)
{
	uint8_t prefix = a->prefix < b->prefix ? a->prefix : b->prefix;

	return prefix && !((ntohl(a->net) ^ ntohl(b->net)) >> (32 - prefix));
}
