/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/ip.c and lib/ip_print.c: addresses, pools, ports and services as text and back. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"

static uint32_t ip4(const char *text)
{
	struct in_addr in;

	assert_int_equal(inet_pton(AF_INET, text, &in), 1);
	return in.s_addr;
}

/* to: as it is printed; NULL: refused, and said has a part of the reason. */
struct vector {
	const char *text, *to, *said;
};

static void roots_are_read_and_printed(void **state)
{
	static const struct vector v[] = {
		{"any", "any", NULL},
		{"none", "none", NULL},
		{"pool:lab", "pool:lab", NULL},
		{"pool:a.b-c_9", "pool:a.b-c_9", NULL},
		{"1.2.3.4", "1.2.3.4/24", NULL},
		{"1.2.3.4/24", "1.2.3.4/24", NULL},
		{"1.2.3.4/32", "1.2.3.4/32", NULL},
		{"1.2.3.4/1", "1.2.3.4/1", NULL},
		{"1.2.3.4/255.255.0.0", "1.2.3.4/16", NULL},
		{"1.2.3.4/255.255.255.255", "1.2.3.4/32", NULL},
		{"1.2.3.4/128.0.0.0", "1.2.3.4/1", NULL},
		{"1.2.3.4/255.255.255.254", "1.2.3.4/31", NULL},
		{"dev:1.2.3.4/24", "dev:1.2.3.4/24", NULL},
		{"eth0.5:1.2.3.4", "eth0.5:1.2.3.4/24", NULL},
		{" 1.2.3.4, 1.2.3.5\t1.2.3.6 ", "1.2.3.4/24 1.2.3.5/24 1.2.3.6/24", NULL},
		{"255.255.255.254 0.0.0.1 223.255.255.255 240.0.0.1 126.0.0.1 128.0.0.1",
		 "255.255.255.254/24 0.0.0.1/24 223.255.255.255/24 240.0.0.1/24 "
		 "126.0.0.1/24 128.0.0.1/24",
		 NULL},
		{"", NULL, "no address"},
		{" , ", NULL, "no address"},
		{"ANY", NULL, "'ANY' is not an IPv4 address"},
		{"2001:db8::1", NULL, "IPv6 stands in IPROOT6"},
		{"any none", NULL, "'any' is not an IPv4 address"},
		{"1.2.3.4 any", NULL, "'any' is not an IPv4 address"},
		{"pool:", NULL, "not the name of a pool"},
		{"pool:../x", NULL, "not the name of a pool"},
		{"pool:a 1.2.3.4", NULL, "stands alone"},
		{"1.2.3.4 pool:a", NULL, "'a' is not an IPv4 address"},
		{"0.0.0.0", NULL, "no host has it"},
		{"255.255.255.255", NULL, "no host has it"},
		{"224.0.0.1", NULL, "multicast"},
		{"239.255.255.255", NULL, "multicast"},
		{"127.0.0.1", NULL, "loopback"},
		{"127.128.0.0", NULL, "loopback"},
		{"127.255.255.255/9", NULL, "loopback"},
		{"1.2.3.4 1.2.3.4", NULL, "1.2.3.4 is there twice"},
		{"1.2.3.4/24 lo:1.2.3.4/32", NULL, "is there twice"},
		{"1.2.3.4/", NULL, "'/' is not a netmask"},
		{"1.2.3.4/0", NULL, "not a netmask"},
		{"1.2.3.4/33", NULL, "not a netmask"},
		{"1.2.3.4/-1", NULL, "not a netmask"},
		{"1.2.3.4//24", NULL, "not a netmask"},
		{"1.2.3.4/0.0.0.0", NULL, "not a netmask"},
		{"1.2.3.4/255.0.255.0", NULL, "not a netmask"},
		{"1.2.3.4/0.0.0.255", NULL, "not a netmask"},
		{"1.2.3.4/255.255.255", NULL, "not a netmask"},
		{"1.2.3", NULL, "not an IPv4 address"},
		{"1.2.3.256", NULL, "not an IPv4 address"},
		{"01.2.3.4", NULL, "not an IPv4 address"},
		{"0x1.2.3.4", NULL, "not an IPv4 address"},
		{"1.2.3.4x", NULL, "not an IPv4 address"},
		{"localhost", NULL, "not an IPv4 address"},
		{"::1", NULL, "IPv6 stands in IPROOT6"},
		{":1.2.3.4", NULL, "network device"},
		{"a/b:1.2.3.4", NULL, "network device"},
		{"..:1.2.3.4", NULL, "network device"},
		{"a'b:1.2.3.4", NULL, "network device"},
		{"0123456789abcdef:1.2.3.4", NULL, "network device"},
		{"a:b:1.2.3.4", NULL, "not an IPv4 address"},
		{"1.2.3.4/24111111111111111111111111111111111111111111111111111111111111",
		 NULL, "too long"},
	};
	struct vctx_iproot root;
	struct vctx_err err;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		memset(&root, 0, sizeof(root));
		if (!v[i].to) {
			assert_true(vctx_ip_parse_root(v[i].text, 24, &root, &err) < 0);
			if (!strstr(err.msg, v[i].said))
				fail_msg("'%s': %s", v[i].text, err.msg);
			assert_int_equal(root.net, VCTX_NET_UNSET);
			assert_int_equal(root.n_v4, 0);
			continue;
		}
		if (vctx_ip_parse_root(v[i].text, 24, &root, &err))
			fail_msg("'%s': %s", v[i].text, err.msg);
		assert_int_equal(vctx_ip_print_root(&root, text, sizeof(text)),
				 strlen(v[i].to));
		assert_string_equal(text, v[i].to);
	}
}

/* PREFIX1SUFFIX PREFIX2SUFFIX ..., count of them */
static void list(char *text, unsigned int count, const char *prefix, const char *suffix)
{
	unsigned int i;

	for (i = 1; i <= count; i++)
		text += sprintf(text, "%s%u%s ", prefix, i, suffix);
}

static void a_root_has_at_most_sixteen(void **state)
{
	struct vctx_iproot root = {0};
	struct vctx_err err;
	char text[512];

	(void)state;
	list(text, 16, "10.0.0.", "");
	assert_int_equal(vctx_ip_parse_root(text, 24, &root, &err), 0);
	assert_int_equal(root.n_v4, 16);
	list(text, 17, "10.0.0.", "");
	assert_int_equal(vctx_ip_parse_root(text, 24, &root, &err), -E2BIG);
	list(text, 16, "fd00::", "");
	assert_int_equal(vctx_ip_parse_root6(text, &root, &err), 0);
	assert_int_equal(root.n_v6, 16);
	list(text, 17, "fd00::", "");
	assert_int_equal(vctx_ip_parse_root6(text, &root, &err), -E2BIG);
	list(text, 8, "127.0.0.1:", "");
	assert_int_equal(vctx_ip_parse_services(text, &root, &err), 0);
	list(text, 9, "127.0.0.1:", "");
	assert_int_equal(vctx_ip_parse_services(text, &root, &err), -E2BIG);
	list(text, 4, "a=/run/x/", "");
	assert_int_equal(vctx_ip_parse_services(text, &root, &err), 0);
	list(text, 5, "a=/run/x/", "");
	assert_int_equal(vctx_ip_parse_services(text, &root, &err), -E2BIG);
	list(text, 16, "tcp:", ":22");
	assert_int_equal(vctx_ip_parse_publish(text, &root, &err), 0);
	list(text, 17, "tcp:", ":22");
	assert_int_equal(vctx_ip_parse_publish(text, &root, &err), -E2BIG);
	/* what a later list takes the place of is gone */
	assert_int_equal(vctx_ip_parse_root("10.9.9.9", 24, &root, &err), 0);
	assert_int_equal(root.n_v4, 1);
	assert_int_equal(root.v4[1].addr, 0);
	assert_int_equal(vctx_ip_parse_root("pool:lab", 24, &root, &err), 0);
	assert_int_equal(root.n_v4, 0);
	assert_string_equal(root.pool.name, "lab");
	assert_int_equal(vctx_ip_parse_root("any", 24, &root, &err), 0);
	assert_string_equal(root.pool.name, "");
}

static void any_address_is_read_where_no_root_is_meant(void **state)
{
	struct vctx_err err;
	struct vctx_ip4 a;

	(void)state;
	assert_int_equal(vctx_ip_parse_v4("127.0.0.1/8", 24, &a, &err), 0);
	assert_int_equal(a.addr, ip4("127.0.0.1"));
	assert_int_equal(a.prefix, 8);
	assert_int_equal(vctx_ip_parse_v4("10.0.0.1", 24, &a, &err), 0);
	assert_int_equal(a.prefix, 24);
	assert_string_equal(a.dev, "");
	assert_true(vctx_ip_parse_v4("eth0:10.0.0.1", 24, &a, &err) < 0);
	assert_true(vctx_ip_parse_v4("", 24, &a, &err) < 0);
}

static void ipv6_roots_are_read_and_printed(void **state)
{
	static const struct vector v[] = {
		{"auto", "auto", NULL},
		{"2001:db8::4", "2001:db8::4/64", NULL},
		{"2001:DB8:0:0::4/128", "2001:db8::4/128", NULL},
		{"eth0@2001:db8::1/64", "eth0@2001:db8::1/64", NULL},
		{"fd00::1,fd00::2/48", "fd00::1/64 fd00::2/48", NULL},
		{"", NULL, "no IPv6 address"},
		{"auto fd00::1", NULL, "'auto' is not an IPv6 address"},
		{"any", NULL, "not an IPv6 address"},
		{"10.0.0.1", NULL, "not an IPv6 address"},
		{"::", NULL, "no host has it"},
		{"::1", NULL, "loopback"},
		{"ff02::1", NULL, "multicast"},
		{"fe80::1", NULL, "link-local"},
		{"::ffff:10.0.0.1", NULL, "it is an IPv4 address"},
		{"::10.0.0.1", NULL, "it is an IPv4 address"},
		{"fd00::1 FD00:0::1/48", NULL, "is there twice"},
		{"fd00::1/", NULL, "not an IPv6 address"},
		{"fd00::1/0", NULL, "not an IPv6 address"},
		{"fd00::1/129", NULL, "not an IPv6 address"},
		{"fd00::1%eth0", NULL, "not an IPv6 address"},
		{"@fd00::1", NULL, "network device"},
	};
	struct vctx_iproot root;
	struct vctx_err err;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		memset(&root, 0, sizeof(root));
		if (!v[i].to) {
			assert_true(vctx_ip_parse_root6(v[i].text, &root, &err) < 0);
			if (!strstr(err.msg, v[i].said))
				fail_msg("'%s': %s", v[i].text, err.msg);
			assert_int_equal(root.n_v6, 0);
			continue;
		}
		if (vctx_ip_parse_root6(v[i].text, &root, &err))
			fail_msg("'%s': %s", v[i].text, err.msg);
		assert_true(vctx_ip_print_root6(&root, text, sizeof(text)) >= 0);
		assert_string_equal(text, v[i].to);
	}
}

typedef int (*parse_fn)(const char *text, struct vctx_iproot *ret, struct vctx_err *err);
typedef int (*print_fn)(const struct vctx_iproot *root, char *buf, size_t size);

static void check_all(const struct vector *v, size_t n, parse_fn parse, print_fn print)
{
	struct vctx_iproot root, none = {0};
	struct vctx_err err;
	char text[512];
	size_t i;

	for (i = 0; i < n; i++) {
		memset(&root, 0, sizeof(root));
		if (!v[i].to) {
			assert_true(parse(v[i].text, &root, &err) < 0);
			if (!strstr(err.msg, v[i].said))
				fail_msg("'%s': %s", v[i].text, err.msg);
			assert_memory_equal(&root, &none, sizeof(root));
			continue;
		}
		if (parse(v[i].text, &root, &err))
			fail_msg("'%s': %s", v[i].text, err.msg);
		assert_true(print(&root, text, sizeof(text)) >= 0);
		assert_string_equal(text, v[i].to);
	}
}

#define A110                                                                             \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                        \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void services_are_the_hosts_loopback(void **state)
{
	static const struct vector v[] = {
		{"", "", NULL},
		{"127.0.0.53:53", "127.0.0.53:53", NULL},
		{"127.127.255.255:65535 127.0.0.1:1", "127.127.255.255:65535 127.0.0.1:1",
		 NULL},
		{"127.0.0.1:25 mysql=/run/mysqld/mysqld.sock 127.0.0.1:26",
		 "127.0.0.1:25 127.0.0.1:26 socket=/run/mysqld/mysqld.sock", NULL},
		{"127.128.0.0:53", NULL, "not a service"},
		{"127.255.0.1:53", NULL, "not a service"},
		{"126.0.0.1:53", NULL, "not a service"},
		{"128.0.0.1:53", NULL, "not a service"},
		{"10.0.0.1:53", NULL, "not a service"},
		{"127.0.0.1", NULL, "not a service"},
		{"127.0.0.1:", NULL, "not a service"},
		{"127.0.0.1:0", NULL, "not a service"},
		{"127.0.0.1:65536", NULL, "not a service"},
		{"127.0.0.1:+5", NULL, "not a service"},
		{"127.0.0.1:53:53", NULL, "not a service"},
		{"localhost:53", NULL, "not a service"},
		{":53", NULL, "not a service"},
		{"/run/x/y", NULL, "not a service"},
		{"127.0.0.1:25 127.0.0.1:25", NULL, "is there twice"},
		{"x=/run/x/y z=/run/x/y", NULL, "is there twice"},
		{"=/run/x/y", NULL, "no label"},
		{"x=", NULL, "absolute path"},
		{"x=run/y", NULL, "absolute path"},
		{"x=/run/../y", NULL, "part"},
		{"x=/run//y", NULL, "part"},
		{"x=/run/y/", NULL, "part"},
		{"x=/y", NULL, "directory of its own"},
		{"x=/run/" A110, NULL, "too long"},
	};

	(void)state;
	check_all(v, N_OF(v), vctx_ip_parse_services, vctx_ip_print_services);
}

static void published_ports_are_pairs(void **state)
{
	static const struct vector v[] = {
		{"", "", NULL},
		{"tcp:2001:22", "tcp:2001:22", NULL},
		{"tcp:53:53,udp:53:53", "tcp:53:53 udp:53:53", NULL},
		{"udp:65535:1", "udp:65535:1", NULL},
		{"2001:22", NULL, "does not publish"},
		{"tcp:2001", NULL, "does not publish"},
		{"tcp:2001:", NULL, "does not publish"},
		{"tcp::22", NULL, "does not publish"},
		{"tcp:0:22", NULL, "does not publish"},
		{"tcp:22:0", NULL, "does not publish"},
		{"tcp:65536:22", NULL, "does not publish"},
		{"tcp:2001:22:1", NULL, "does not publish"},
		{"TCP:2001:22", NULL, "does not publish"},
		{"sctp:2001:22", NULL, "does not publish"},
		{"tcp:2001:22 tcp:2001:23", NULL, "port 2001 of tcp is there twice"},
	};

	(void)state;
	check_all(v, N_OF(v), vctx_ip_parse_publish, vctx_ip_print_publish);
}

static void a_range_of_ports_goes_upward_from_one(void **state)
{
	static const char *const bad[] = {
		"",      "80",  "0-80", "80-0", "81-80", "1-65536", "-1-80", "1-2-3",
		"1 - 2", "a-b", "1-",   "-2",   "+1-2",  "1-2 3-4", "1-2\n", "0x1-2",
	};
	struct vctx_iproot root = {0};
	struct vctx_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(bad); i++)
		assert_true(vctx_ip_parse_ports(bad[i], &root, &err) < 0);
	assert_int_equal(root.port_last, 0);
	assert_int_equal(vctx_ip_parse_ports("1-65535", &root, &err), 0);
	assert_int_equal(root.port_first, 1);
	assert_int_equal(root.port_last, 65535);
	assert_int_equal(vctx_ip_parse_ports("80-80", &root, &err), 0);
	assert_int_equal(root.port_first, 80);
}

static void pools_are_networks(void **state)
{
	static const struct vector v[] = {
		{"10.66.0.0/22 dev=lo masquerade=eth0",
		 "10.66.0.0/22 dev=lo masquerade=eth0", NULL},
		{"10.66.0.0/255.255.252.0 masquerade=eth0",
		 "10.66.0.0/22 masquerade=eth0", NULL},
		{"192.0.2.0/24 dev=br0", "192.0.2.0/24 dev=br0", NULL},
		{"192.0.2.0/31", "192.0.2.0/31", NULL},
		{"192.0.2.7/32", "192.0.2.7/32", NULL},
		{"10.0.0.0/8", "10.0.0.0/8", NULL},
		{"", NULL, "without a network"},
		{"dev=lo", NULL, "not an IPv4 address"},
		{"10.66.0.0", NULL, "not a pool"},
		{"0.0.0.0/1", NULL, "not a pool"},
		{"10.0.0.0/7", NULL, "not a pool"},
		{"10.66.0.1/22", NULL, "it would be 10.66.0.0/22"},
		{"0.0.0.0/8", NULL, "no host has"},
		{"0.5.0.0/16", NULL, "no host has"},
		{"127.0.0.0/8", NULL, "loopback"},
		{"127.128.0.0/9", NULL, "loopback"},
		{"224.0.0.0/8", NULL, "multicast"},
		{"255.255.255.0/24", NULL, "no host has it"},
		{"10.66.0.0/22 dev=lo", NULL, "needs masquerade="},
		{"10.66.0.0/22 masquerade=lo", NULL, "device to the outside"},
		{"10.66.0.0/22 dev=", NULL, "network device"},
		{"10.66.0.0/22 dev=a dev=b", NULL, "dev= is there twice"},
		{"10.66.0.0/22 eth0", NULL, "not a word of a pool"},
		{"10.66.0.0/22 10.67.0.0/22", NULL, "not a word of a pool"},
	};
	struct vctx_pool pool, untouched = {0};
	struct vctx_err err;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		memset(&pool, 0, sizeof(pool));
		if (!v[i].to) {
			assert_true(vctx_ip_parse_pool("lab", v[i].text, &pool, &err) <
				    0);
			if (!strstr(err.msg, v[i].said))
				fail_msg("'%s': %s", v[i].text, err.msg);
			assert_memory_equal(&pool, &untouched, sizeof(pool));
			continue;
		}
		if (vctx_ip_parse_pool("lab", v[i].text, &pool, &err))
			fail_msg("'%s': %s", v[i].text, err.msg);
		assert_string_equal(pool.name, "lab");
		assert_true(vctx_ip_print_pool(&pool, text, sizeof(text)) >= 0);
		assert_string_equal(text, v[i].to);
	}
	assert_true(vctx_ip_parse_pool("a b", "10.0.0.0/8", &pool, &err) < 0);
	assert_true(vctx_ip_parse_pool("", "10.0.0.0/8", &pool, &err) < 0);
}

static void network_and_broadcast_are_never_leased(void **state)
{
	static const struct {
		const char *net, *first, *last;
		uint32_t count;
	} v[] = {
		{"10.66.0.0/22", "10.66.0.1", "10.66.3.254", 1022},
		{"10.66.0.0/30", "10.66.0.1", "10.66.0.2", 2},
		{"10.66.0.0/31", "10.66.0.0", "10.66.0.1", 2},
		{"10.66.0.9/32", "10.66.0.9", "10.66.0.9", 1},
		{"10.0.0.0/8", "10.0.0.1", "10.255.255.254", 16777214},
	};
	struct vctx_pool pool, none = {0};
	struct vctx_err err;
	uint32_t addr, before;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		assert_int_equal(vctx_ip_parse_pool("p", v[i].net, &pool, &err), 0);
		assert_true(vctx_ip_pool_nth(&pool, 0, &addr));
		assert_int_equal(addr, ip4(v[i].first));
		assert_true(vctx_ip_pool_has(&pool, addr));
		before = htonl(ntohl(addr) - 1);
		assert_false(vctx_ip_pool_has(&pool, before));
		assert_true(vctx_ip_pool_nth(&pool, v[i].count - 1, &addr));
		assert_int_equal(addr, ip4(v[i].last));
		assert_true(vctx_ip_pool_has(&pool, addr));
		assert_false(vctx_ip_pool_has(&pool, htonl(ntohl(addr) + 1)));
		assert_false(vctx_ip_pool_nth(&pool, v[i].count, &addr));
		assert_false(vctx_ip_pool_nth(&pool, UINT32_MAX, &addr));
	}
	assert_false(vctx_ip_pool_nth(&none, 0, &addr));
	assert_false(vctx_ip_pool_has(&none, ip4("10.0.0.1")));
}

static void pools_overlap_or_do_not(void **state)
{
	static const struct {
		const char *a, *b;
		bool hit;
	} v[] = {
		{"10.66.0.0/22", "10.66.0.0/22", true},
		{"10.66.0.0/22", "10.66.3.0/24", true},
		{"10.66.3.0/24", "10.66.0.0/22", true},
		{"10.66.0.0/22", "10.66.4.0/24", false},
		{"10.66.0.0/22", "10.66.0.255/32", true},
		{"10.66.0.0/32", "10.66.0.1/32", false},
		{"10.0.0.0/8", "11.0.0.0/8", false},
	};
	struct vctx_pool a, b;
	struct vctx_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		assert_int_equal(vctx_ip_parse_pool("a", v[i].a, &a, &err), 0);
		assert_int_equal(vctx_ip_parse_pool("b", v[i].b, &b, &err), 0);
		assert_int_equal(vctx_ip_pool_overlaps(&a, &b), v[i].hit);
	}
}

static void read_root(const char *v4, const char *v6, struct vctx_iproot *ret)
{
	struct vctx_err err;

	memset(ret, 0, sizeof(*ret));
	assert_int_equal(vctx_ip_parse_root(v4, 24, ret, &err), 0);
	if (v6)
		assert_int_equal(vctx_ip_parse_root6(v6, ret, &err), 0);
}

static void what_a_start_filled_in_is_no_difference(void **state)
{
	struct vctx_iproot a, b;
	struct vctx_err err;

	(void)state;
	read_root("pool:lab", "auto", &a);
	assert_int_equal(
		vctx_ip_parse_pool("lab", "10.66.0.0/22 masquerade=eth0", &a.pool, &err),
		0);
	b = a;
	assert_true(vctx_ip_is_same(&a, &b));
	b.n_v4 = 1;
	b.v4[0].addr = ip4("10.66.0.1");
	b.n_v6 = 1;
	b.v6[0].addr[0] = 0xfd;
	(void)strcpy(b.dev, "eth0");
	assert_true(vctx_ip_is_same(&a, &b));
	(void)strcpy(a.dev, "eth1");
	assert_false(vctx_ip_is_same(&a, &b));
	a.dev[0] = 0;
	(void)strcpy(a.pool.masquerade, "eth1");
	assert_false(vctx_ip_is_same(&a, &b));
}

static void what_was_asked_for_is_a_difference(void **state)
{
	static const char *const v4[] = {
		"any",      "none",        "pool:lab",          "pool:lab2",
		"10.0.0.1", "10.0.0.1/25", "10.0.0.1 10.0.0.2", "10.0.0.2 10.0.0.1",
	};
	static const char *const v6[] = {NULL, "auto", "fd00::1", "fd00::1/65",
					 "fd00::1 fd00::2"};
	struct vctx_iproot a, b;
	struct vctx_err err;
	size_t i, j;

	(void)state;
	for (i = 0; i < N_OF(v4); i++)
		for (j = 0; j < N_OF(v4); j++) {
			read_root(v4[i], NULL, &a);
			read_root(v4[j], NULL, &b);
			assert_int_equal(vctx_ip_is_same(&a, &b), i == j);
		}
	for (i = 0; i < N_OF(v6); i++)
		for (j = 0; j < N_OF(v6); j++) {
			read_root("10.0.0.1", v6[i], &a);
			read_root("10.0.0.1", v6[j], &b);
			assert_int_equal(vctx_ip_is_same(&a, &b), i == j);
		}
	read_root("10.0.0.1", NULL, &a);
	b = a;
	assert_int_equal(vctx_ip_parse_ports("1-2", &b, &err), 0);
	assert_false(vctx_ip_is_same(&a, &b));
	b = a;
	assert_int_equal(vctx_ip_parse_services("127.0.0.1:1", &b, &err), 0);
	assert_false(vctx_ip_is_same(&a, &b));
	assert_int_equal(vctx_ip_parse_services("127.0.0.1:2", &a, &err), 0);
	assert_false(vctx_ip_is_same(&a, &b));
	b = a;
	assert_int_equal(vctx_ip_parse_services("127.0.0.1:2 a=/run/x/y", &b, &err), 0);
	assert_false(vctx_ip_is_same(&a, &b));
	b = a;
	assert_int_equal(vctx_ip_parse_publish("tcp:1:2", &b, &err), 0);
	assert_false(vctx_ip_is_same(&a, &b));
	assert_int_equal(vctx_ip_parse_publish("udp:1:2", &a, &err), 0);
	assert_false(vctx_ip_is_same(&a, &b));
	b = a;
	b.bcast = 1;
	assert_false(vctx_ip_is_same(&a, &b));
}

static void every_buffer_that_is_too_small_is_told(void **state)
{
	struct vctx_iproot root;
	struct vctx_err err;
	char *text;
	size_t k;
	int n;

	(void)state;
	read_root("eth0:10.0.0.1 10.0.0.2", "fd00::1", &root);
	assert_int_equal(vctx_ip_parse_services("127.0.0.1:1 a=/b/c", &root, &err), 0);
	n = (int)strlen("eth0:10.0.0.1/24 10.0.0.2/24");
	for (k = 0; k <= (size_t)n + 1; k++) {
		text = malloc(k + 1); /* a byte too many would be seen */
		assert_non_null(text);
		assert_int_equal(vctx_ip_print_root(&root, text, k),
				 k <= (size_t)n ? -ENOSPC : n);
		free(text);
	}
	assert_int_equal(vctx_ip_print_root6(&root, (char[10]){0}, 10), -ENOSPC);
	assert_int_equal(vctx_ip_print_root6(&root, (char[11]){0}, 11), 10);
	assert_int_equal(vctx_ip_print_services(&root, (char[25]){0}, 23), -ENOSPC);
	assert_int_equal(vctx_ip_print_services(&root, (char[25]){0}, 24), 23);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_read_and_printed),
		cmocka_unit_test(a_root_has_at_most_sixteen),
		cmocka_unit_test(any_address_is_read_where_no_root_is_meant),
		cmocka_unit_test(ipv6_roots_are_read_and_printed),
		cmocka_unit_test(services_are_the_hosts_loopback),
		cmocka_unit_test(published_ports_are_pairs),
		cmocka_unit_test(a_range_of_ports_goes_upward_from_one),
		cmocka_unit_test(pools_are_networks),
		cmocka_unit_test(network_and_broadcast_are_never_leased),
		cmocka_unit_test(pools_overlap_or_do_not),
		cmocka_unit_test(what_a_start_filled_in_is_no_difference),
		cmocka_unit_test(what_was_asked_for_is_a_difference),
		cmocka_unit_test(every_buffer_that_is_too_small_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
