/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/net.c: what the kernel is told of a plan. */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "net.h"

static void any_and_none_are_flags_alone(void **state)
{
	struct vctx_iproot ip = {.net = VCTX_NET_ANY, .n_v4 = 1};
	struct vctx_abi_root root;

	(void)state;
	vctx_net_root(&ip, 49152, 1879048192, &root);
	assert_int_equal(root.abi, VCTX_ABI);
	assert_int_equal(root.xid, 49152);
	assert_int_equal(root.uid0, 1879048192);
	assert_int_equal(root.flags, VCTX_ROOT_ANY | VCTX_ROOT_DEVICES);
	assert_int_equal(root.n_addr, 0);
	ip.net = VCTX_NET_NONE;
	vctx_net_root(&ip, 2, 0, &root);
	assert_int_equal(root.flags, VCTX_ROOT_NONE | VCTX_ROOT_DEVICES);
	/* nobody is left unrestricted by accident */
	ip.net = VCTX_NET_UNSET;
	vctx_net_root(&ip, 2, 0, &root);
	assert_int_equal(root.flags, VCTX_ROOT_NONE | VCTX_ROOT_DEVICES);
}

static void chbind_alone_has_the_hosts_devices_and_loopback(void **state)
{
	struct vctx_iproot ip = {.net = VCTX_NET_ROOT};
	struct vctx_abi_root root;

	(void)state;
	vctx_net_root(&ip, 0, 0, &root);
	assert_int_equal(root.flags, VCTX_ROOT_HOST);
}

static void addresses_and_services_are_in_network_order(void **state)
{
	struct vctx_iproot ip = {
		.net = VCTX_NET_ROOT,
		.v4 = {{htonl(0x0a000004), 24, "e0"}, {htonl(0x0a010004), 32, ""}},
		.n_v4 = 2,
		.v6 = {{{0xfd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
			64,
			""}},
		.n_v6 = 1,
		.bcast = htonl(0x0a0000ff),
		.service = {{htonl(0x7f000035), 53}},
		.n_service = 1,
	};
	struct vctx_abi_root root;

	(void)state;
	vctx_net_root(&ip, 7, 5, &root);
	assert_int_equal(root.flags, VCTX_ROOT_DEVICES);
	assert_int_equal(root.n_addr, 2);
	assert_int_equal(root.addr[1], htonl(0x0a010004));
	assert_int_equal(root.mask[0], htonl(0xffffff00));
	assert_int_equal(root.mask[1], 0xffffffff);
	assert_int_equal(root.n_addr6, 1);
	assert_memory_equal(&root.addr6[0], ip.v6[0].addr, 16);
	assert_int_equal(root.prefix6[0], 64);
	assert_int_equal(root.bcast, htonl(0x0a0000ff));
	assert_int_equal(root.n_service, 1);
	assert_int_equal(root.service[0].addr, htonl(0x7f000035));
	assert_int_equal(root.service[0].port, htons(53));
	ip.port_first = 30000;
	ip.port_last = 30099;
	ip.v4[0].prefix = 0;
	(void)strcpy(ip.pool.name, "lab");
	(void)strcpy(ip.pool.masquerade, "e0");
	vctx_net_root(&ip, 7, 5, &root);
	assert_int_equal(root.flags,
			 VCTX_ROOT_DEVICES | VCTX_ROOT_SHARED | VCTX_ROOT_NAT);
	assert_int_equal(root.port_first, 30000);
	assert_int_equal(root.port_last, 30099);
	assert_int_equal(root.mask[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_and_none_are_flags_alone),
		cmocka_unit_test(chbind_alone_has_the_hosts_devices_and_loopback),
		cmocka_unit_test(addresses_and_services_are_in_network_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
