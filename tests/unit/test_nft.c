/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sys_nft.c: our table, in a network namespace of the test's own. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys_nft.h"

static int sh(const char *command)
{
	/* a constant of the test's own
	 * NOLINTNEXTLINE(cert-env33-c) */
	int status = system(command);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int has(const char *regex)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "nft list table ip vctx | grep -qE '%s'",
		       regex);
	return !sh(command);
}

static struct vctx_nft new_context(const char *label, const char *addr,
				   const char *masquerade)
{
	struct vctx_nft c = {.n_addr = 1};

	(void)snprintf(c.label, sizeof(c.label), "%s", label);
	(void)snprintf(c.masquerade, sizeof(c.masquerade), "%s", masquerade);
	assert_int_equal(inet_pton(AF_INET, addr, &c.addr[0]), 1);
	c.to = c.addr[0];
	return c;
}

static void publish(struct vctx_nft *c, bool udp, uint16_t port, uint16_t inside)
{
	c->publish[c->n_publish++] = (struct vctx_publish){udp, port, inside};
}

static int add(const struct vctx_nft *c, const char *owner)
{
	char got[VCTX_NFT_LABEL_SIZE] = "";
	struct vctx_err err;
	int r = vctx_nft_add(c, got, &err);

	assert_string_equal(got, owner);
	return r;
}

static void the_table_is_made_and_filled(void **state)
{
	struct vctx_nft a = new_context("lab", "10.66.0.1", "eth0"),
			b = new_context("#204", "10.66.0.2", "eth0");
	struct vctx_err err;

	(void)state;
	publish(&a, false, 2001, 22);
	publish(&a, true, 2001, 53);
	assert_int_equal(add(&a, ""), -ENOENT);
	assert_int_equal(vctx_nft_del(&a, &err), 0);
	assert_int_equal(vctx_nft_del_label("lab", &err), 0);
	assert_int_equal(vctx_nft_make(NULL, 0, &err), 0);
	assert_int_equal(vctx_nft_make(NULL, 0, &err), -EEXIST);
	assert_int_equal(add(&a, ""), 0);
	assert_int_equal(add(&b, ""), 0);
	assert_true(has("tcp . 2001 comment \"lab\" : 10.66.0.1 . 22"));
	assert_true(has("udp . 2001 comment \"lab\" : 10.66.0.1 . 53"));
	assert_true(has("10.66.0.2 . \"eth0\" comment \"#204\""));
	/* again, as after a builder that died */
	a.publish[0].inside = 23;
	assert_int_equal(add(&a, ""), 0);
	assert_true(has("tcp . 2001 comment \"lab\" : 10.66.0.1 . 23"));
	assert_int_equal(vctx_nft_del(&a, &err), 0);
	assert_int_equal(vctx_nft_del(&a, &err), 0);
	assert_false(has("lab"));
	assert_true(has("10.66.0.2 . \"eth0\" comment \"#204\""));
	assert_int_equal(vctx_nft_del(&b, &err), 0);
	assert_false(has("comment"));
}

static void a_port_is_one_contexts(void **state)
{
	struct vctx_nft a = new_context("a", "10.66.0.1", ""),
			b = new_context("b", "10.66.0.2", "eth0");
	char owner[VCTX_NFT_LABEL_SIZE];
	struct vctx_err err;

	(void)state;
	publish(&a, false, 80, 80);
	publish(&b, false, 443, 443);
	publish(&b, false, 80, 8080);
	assert_int_equal(add(&a, ""), 0);
	assert_int_equal(vctx_nft_add(&b, owner, &err), -EADDRINUSE);
	assert_string_equal(owner, "a");
	assert_string_equal(err.msg, "PUBLISH: tcp:80 is published by 'a' already");
	/* nothing of it stays, and its end takes nothing of the other's */
	assert_false(has("\"b\""));
	assert_int_equal(vctx_nft_del(&b, &err), 0);
	assert_true(has("tcp . 80 comment \"a\" : 10.66.0.1 . 80"));
	b.addr[0] = b.to = a.addr[0];
	b.n_publish = 0;
	assert_int_equal(add(&b, "a"), -EADDRINUSE);
	assert_int_equal(vctx_nft_del(&a, &err), 0);
}

static void a_name_finds_its_elements(void **state)
{
	struct vctx_nft a = new_context("a", "10.66.0.1", "eth0"),
			b = new_context("ab", "10.66.0.2", "eth0");
	struct vctx_err err;
	uint16_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		publish(&a, false, (uint16_t)(1000 + i), 22);
		publish(&b, false, (uint16_t)(2000 + i), 22);
	}
	assert_int_equal(add(&a, ""), 0);
	assert_int_equal(add(&b, ""), 0);
	assert_int_equal(vctx_nft_del_label("a", &err), 0);
	assert_false(has("\"a\""));
	assert_int_equal(sh("test $(nft list table ip vctx | grep -o '\"ab\"' | wc -l) = "
			    "10"),
			 0);
	assert_int_equal(vctx_nft_del_label("ab", &err), 0);
	assert_false(has("comment"));
}

static void others_rules_stay(void **state)
{
	static struct vctx_nft many[300];
	struct vctx_nft a = new_context("a", "10.66.0.1", "eth0");
	struct vctx_err err;
	size_t i;

	(void)state;
	assert_int_equal(sh("nft 'add table ip theirs; add chain ip theirs c; "
			    "add rule ip theirs c accept; add table inet vctx'; "
			    "nft list ruleset | grep -v '^table ip vctx' >/dev/null"),
			 0);
	assert_int_equal(sh("nft delete table ip vctx"), 0);
	assert_int_equal(add(&a, ""), -ENOENT);
	for (i = 0; i < N_OF(many); i++) {
		char label[16];

		(void)snprintf(label, sizeof(label), "v%zu", i);
		many[i] = new_context(label, "10.66.1.0", "eth0");
		many[i].addr[0] += htonl((uint32_t)i);
		many[i].to = many[i].addr[0];
		publish(&many[i], false, (uint16_t)(1000 + i), 22);
	}
	assert_int_equal(vctx_nft_make(many, N_OF(many), &err), 0);
	assert_int_equal(sh("test $(nft list table ip vctx | grep -o comment | wc -l) = "
			    "900"),
			 0);
	assert_int_equal(sh("nft list table ip theirs | grep -q accept && "
			    "nft list table inet vctx >/dev/null"),
			 0);
}

static int set_up(void **state)
{
	(void)state;
	return unshare(CLONE_NEWNET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_made_and_filled),
		cmocka_unit_test(a_port_is_one_contexts),
		cmocka_unit_test(a_name_finds_its_elements),
		cmocka_unit_test(others_rules_stay),
	};

	if (geteuid() || sh("nft --version >/dev/null 2>&1"))
		return 77; /* a network namespace has to be made */
	return cmocka_run_group_tests(tests, set_up, NULL);
}
