/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/resolv.c: which lines of the host's resolv.conf a context gets. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "resolv.h"

static const char stub[] = "# made by systemd\n"
			   "nameserver 127.0.0.53\n"
			   "options edns0 trust-ad\n"
			   "search example.org\n";
static const char upstream[] = "nameserver 192.0.2.53\n"
			       "nameserver 2001:db8::53\n"
			       "search up.example.org\n";

static struct vctx_iproot new_root(void)
{
	return (struct vctx_iproot){.net = VCTX_NET_ROOT, .n_v4 = 1};
}

static void add_service(struct vctx_iproot *root, const char *addr, uint16_t port)
{
	struct vctx_ip_service *s = &root->service[root->n_service++];

	assert_int_equal(inet_pton(AF_INET, addr, &s->addr), 1);
	s->port = port;
}

/* What is printed, without the comments. */
static const char *lines(const char *host, const char *up, const struct vctx_iproot *root)
{
	static char buf[VCTX_RESOLV_SIZE];
	bool none = false;
	char *p = buf;
	int r = vctx_resolv_print(host, up, root, buf, sizeof(buf), &none);

	assert_true(r > 0);
	assert_int_equal(r, strlen(buf));
	assert_int_equal(buf[0], '#');
	assert_int_equal(none, !strstr(buf, "\nnameserver"));
	assert_int_equal(none, strstr(buf, "No name server") != NULL);
	while (*p == '#')
		p = strchr(p, '\n') + 1;
	return p;
}

static void upstream_servers_take_the_place_of_the_stub(void **state)
{
	struct vctx_iproot root = new_root();

	(void)state;
	assert_string_equal(lines(stub, upstream, &root),
			    "nameserver 192.0.2.53\nsearch up.example.org\n");
	root.auto6 = true;
	assert_string_equal(lines(stub, upstream, &root), upstream);
	/* where the host names one that can be reached, its own file is the better one */
	assert_string_equal(
		lines("nameserver 127.0.0.1\nnameserver 192.0.2.1\n", upstream, &root),
		"nameserver 192.0.2.1\n");
	assert_true(vctx_resolv_has_loopback(stub));
	assert_true(vctx_resolv_has_loopback("nameserver ::1"));
	assert_false(vctx_resolv_has_loopback(upstream));
}

static void a_written_exception_keeps_the_stub(void **state)
{
	struct vctx_iproot root = new_root();

	(void)state;
	add_service(&root, "127.0.0.1", 53);
	add_service(&root, "127.0.0.53", 5353);
	assert_string_equal(lines(stub, upstream, &root),
			    "nameserver 192.0.2.53\nsearch up.example.org\n");
	add_service(&root, "127.0.0.53", 53);
	assert_string_equal(lines(stub, upstream, &root),
			    "nameserver 127.0.0.53\noptions edns0 trust-ad\n"
			    "search example.org\n");
}

static void says_when_no_server_is_left(void **state)
{
	struct vctx_iproot root = new_root();

	(void)state;
	assert_non_null(strstr(lines(stub, NULL, &root), "search example.org\n"));
	(void)lines("", "", &root);
	(void)lines(stub, stub, &root);
	/* an IPv6 root alone reaches no IPv4 server */
	root.n_v4 = 0;
	root.n_v6 = 1;
	assert_string_equal(
		lines("nameserver 192.0.2.1\nnameserver fe80::1%eth0\n", NULL, &root),
		"nameserver fe80::1%eth0\n");
}

static void reads_odd_lines(void **state)
{
	static const struct {
		const char *host, *wanted;
	} v[] = {
		{"nameserver\t192.0.2.1 # the first",
		 "nameserver\t192.0.2.1 # the first\n"},
		{"  nameserver 127.0.0.1\nnameserver 192.0.2.1",
		 "nameserver 192.0.2.1\n"},
		{"nameserver ::ffff:127.0.0.1\nnameserver 192.0.2.1\r\n",
		 "nameserver 192.0.2.1\r\n"},
		{"nameservers 127.0.0.1\nnameserver 192.0.2.1",
		 "nameservers 127.0.0.1\nnameserver 192.0.2.1\n"},
		{"; nameserver 192.0.2.9\n\n\nnameserver 192.0.2.1\n",
		 "nameserver 192.0.2.1\n"},
	};
	struct vctx_iproot root = new_root();
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++)
		assert_string_equal(lines(v[i].host, NULL, &root), v[i].wanted);
}

static void a_small_buffer_is_told(void **state)
{
	struct vctx_iproot root = new_root();
	char buf[VCTX_RESOLV_SIZE];
	bool none = false;
	size_t size;
	int whole;

	(void)state;
	whole = vctx_resolv_print(upstream, NULL, &root, buf, sizeof(buf), &none);
	assert_true(whole > 0);
	for (size = 0; size <= (size_t)whole; size++)
		assert_int_equal(
			vctx_resolv_print(upstream, NULL, &root, buf, size, &none),
			-ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upstream_servers_take_the_place_of_the_stub),
		cmocka_unit_test(a_written_exception_keeps_the_stub),
		cmocka_unit_test(says_when_no_server_is_left),
		cmocka_unit_test(reads_odd_lines),
		cmocka_unit_test(a_small_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
