/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What chbind takes for an address, with devices and a resolver of the test's own. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "chbind_addr.h"

/* ---- the host ---- */

static const struct {
	const char *name, *addr, *mask, *bcast;
} devices[] = {
	{"lo", "127.0.0.1", "255.0.0.0", "0.0.0.0"},
	{"eth0", "10.0.0.2", "255.255.252.0", "10.0.3.255"},
	{"eth0:1", "10.0.0.3", "255.255.255.255", "0.0.0.0"},
	{"bare", NULL, NULL, NULL},
};

static const struct {
	const char *name, *addr;
} hosts[] = {
	{"localhost", "127.0.0.1"},
	{"www", "192.0.2.7"},
	{"group", "224.0.0.1"},
	{"alias", "127.200.0.1"},
};

static void put(struct sockaddr *ret, const char *addr)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};

	assert_int_equal(inet_pton(AF_INET, addr, &sin.sin_addr), 1);
	memcpy(ret, &sin, sizeof(sin));
}

unsigned int if_nametoindex(const char *name)
{
	unsigned int i;

	for (i = 0; i < N_OF(devices); i++)
		if (!strcmp(devices[i].name, name) && !strchr(name, ':'))
			return i + 1;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	struct ifreq *ifr;
	va_list ap;
	size_t i;

	(void)fd;
	va_start(ap, request);
	ifr = va_arg(ap, struct ifreq *);
	va_end(ap);
	for (i = 0; i < N_OF(devices); i++) {
		if (strcmp(devices[i].name, ifr->ifr_name) != 0 || !devices[i].addr)
			continue;
		put(&ifr->ifr_addr, request == SIOCGIFADDR      ? devices[i].addr
				    : request == SIOCGIFNETMASK ? devices[i].mask
								: devices[i].bcast);
		return 0;
	}
	errno = EADDRNOTAVAIL;
	return -1;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret)
{
	static struct addrinfo found;
	static struct sockaddr addr;
	size_t i;

	(void)service;
	assert_int_equal(hints->ai_family, AF_INET);
	for (i = 0; i < N_OF(hosts); i++) {
		if (strcmp(hosts[i].name, name) != 0)
			continue;
		put(&addr, hosts[i].addr);
		found.ai_addr = &addr;
		*ret = &found;
		return 0;
	}
	return EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *ai)
{
	(void)ai;
}

int getifaddrs(struct ifaddrs **ret)
{
	static struct ifaddrs list[N_OF(devices)];
	static struct sockaddr addr[N_OF(devices)];
	size_t i;

	for (i = 0; i < N_OF(devices); i++) {
		if (devices[i].addr)
			put(&addr[i], devices[i].addr);
		list[i].ifa_addr = devices[i].addr ? &addr[i] : NULL;
		list[i].ifa_next = i + 1 < N_OF(devices) ? &list[i + 1] : NULL;
	}
	*ret = list;
	return 0;
}

void freeifaddrs(struct ifaddrs *ifa)
{
	(void)ifa;
}

/* ---- tests ---- */

static uint32_t number(const char *addr)
{
	struct in_addr in;

	assert_int_equal(inet_pton(AF_INET, addr, &in), 1);
	return in.s_addr;
}

static void takes(const char *text, const char *addr, uint8_t prefix, const char *bcast)
{
	struct vctx_err err = {0};
	struct vctx_ip4 ip;
	uint32_t b = 1;

	if (chbind_addr_parse(text, &ip, &b, &err))
		fail_msg("%s: %s", text, err.msg);
	assert_int_equal(ip.addr, number(addr));
	assert_int_equal(ip.prefix, prefix);
	assert_int_equal(b, number(bcast));
}

static void refuses(const char *text, const char *says)
{
	struct vctx_ip4 ip = {.addr = 7};
	struct vctx_err err = {0};
	uint32_t b = 7;

	if (!chbind_addr_parse(text, &ip, &b, &err))
		fail_msg("'%s' is taken", text);
	if (!strstr(err.msg, says))
		fail_msg("'%s': %s", text, err.msg);
	/* outputs change on success alone */
	assert_int_equal(ip.addr, 7);
	assert_int_equal(b, 7);
}

static void test_numbers(void **state)
{
	(void)state;
	takes("1.2.3.4", "1.2.3.4", 24, "0.0.0.0");
	takes("1.2.3.4/8", "1.2.3.4", 8, "0.0.0.0");
	takes("1.2.3.4/32", "1.2.3.4", 32, "0.0.0.0");
	takes("1.2.3.4/255.255.0.0", "1.2.3.4", 16, "0.0.0.0");
	takes("127.0.0.1", "127.0.0.1", 24, "0.0.0.0");
}

static void test_names(void **state)
{
	(void)state;
	takes("localhost", "127.0.0.1", 24, "0.0.0.0");
	takes("www/8", "192.0.2.7", 8, "0.0.0.0");
	takes("www/255.255.0.0", "192.0.2.7", 16, "0.0.0.0");
	takes("lo", "127.0.0.1", 8, "0.0.0.0");
	takes("eth0", "10.0.0.2", 22, "10.0.3.255");
	takes("eth0:1", "10.0.0.3", 32, "0.0.0.0");
}

static void test_refused(void **state)
{
	(void)state;
	refuses("", "");
	refuses("/24", "");
	refuses("1.2.3.4/33", "");
	refuses("1.2.3.4/255.0.255.0", "");
	/* not 10.0.0.1, as the resolver would have it */
	refuses("10.1", "");
	refuses("1.2.3.4.5", "");
	refuses("www/x", "");
	refuses("nowhere", "no device and no host");
	refuses("eth0/24", "no device and no host");
	refuses("bare", "has no IPv4 address");
	refuses("eth0:2", "has no IPv4 address");
	refuses("0.0.0.0", "");
	refuses("255.255.255.255", "");
	refuses("group", "cannot be the address");
	refuses("alias", "loopbacks of contexts");
	refuses("127.128.0.1", "");
}

static void test_bcast(void **state)
{
	struct vctx_err err = {0};
	uint32_t b;

	(void)state;
	assert_int_equal(chbind_addr_bcast("10.0.0.255", &b, &err), 0);
	assert_int_equal(b, number("10.0.0.255"));
	assert_int_equal(chbind_addr_bcast("eth0", &b, &err), 0);
	assert_int_equal(b, number("10.0.3.255"));
	assert_int_not_equal(chbind_addr_bcast("lo", &b, &err), 0);
	assert_non_null(strstr(err.msg, "lo has no broadcast address"));
	assert_int_not_equal(chbind_addr_bcast("10.0", &b, &err), 0);
	assert_int_not_equal(chbind_addr_bcast("0.0.0.0", &b, &err), 0);
	assert_int_not_equal(chbind_addr_bcast("nowhere", &b, &err), 0);
}

static void test_here(void **state)
{
	struct vctx_err err;

	(void)state;
	assert_int_equal(chbind_addr_is_here(number("10.0.0.3"), &err), 1);
	assert_int_equal(chbind_addr_is_here(number("127.0.0.9"), &err), 1);
	assert_int_equal(chbind_addr_is_here(number("10.0.0.4"), &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_bcast),
		cmocka_unit_test(test_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
