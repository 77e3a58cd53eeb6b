/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf.c: every key, what it may hold, where it may stand. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

static int parse(enum vctx_conf_kind kind, const char *text, struct vctx_conf *ret,
		 struct vctx_err *err)
{
	return vctx_conf_parse(kind, "f", text, strlen(text), ret, err);
}

static void reads_as_a_shell_would(void **state)
{
	static const char text[] = "# Description: A lab for \"alice\"\n"
				   "\n"
				   "  IPROOT=any # all\n"
				   "S_CONTEXT='204'\n"
				   "S_CAPS=\"secure CAP_NET_RAW\"\n"
				   "\tPIDS_MAX=1\\00\n"
				   "UIDS=\n"
				   "ROOT=/srv/x";
	struct vctx_conf c;
	struct vctx_err err;

	(void)state;
	assert_int_equal(parse(VCTX_CONF_VSERVER, text, &c, &err), 0);
	assert_string_equal(c.description, "A lab for \"alice\"");
	assert_string_equal(c.val[VCTX_KEY_IPROOT], "any");
	assert_int_equal(c.line[VCTX_KEY_IPROOT], 3);
	assert_string_equal(c.val[VCTX_KEY_S_CONTEXT], "204");
	assert_string_equal(c.val[VCTX_KEY_S_CAPS], "secure CAP_NET_RAW");
	assert_string_equal(c.val[VCTX_KEY_PIDS_MAX], "100");
	assert_string_equal(c.val[VCTX_KEY_UIDS], "");
	assert_string_equal(c.val[VCTX_KEY_ROOT], "/srv/x");
	assert_null(c.val[VCTX_KEY_LINGER]);
	vctx_conf_done(&c);
	assert_null(c.val[VCTX_KEY_ROOT]);
	assert_int_equal(parse(VCTX_CONF_ALL, "\xef\xbb\xbfLINGER=1\n", &c, &err), 0);
	vctx_conf_done(&c);
}

/* One bad line, and the file is not used: it names file and line. */
static void refuses_a_whole_file_for_one_line(void **state)
{
	static const struct {
		const char *text, *said;
	} v[] = {
		{"IPROOT=any\nIPROOT=none\n", "f:2: IPROOT is set already in line 1"},
		{"IPROOT any\n", "f:1: no KEY=value"},
		{"IPROOT =any\n", "f:1: no key 'IPROOT '"},
		{"iproot=any\n", "f:1: no key 'iproot'"},
		{"=any\n", "f:1: no key ''"},
		{"export IPROOT=any\n", "f:1: no key 'export IPROOT'"},
		{"IPROOT=any none\n", "f:1: words behind the value"},
		{"IPROOT= any\n", "f:1: words behind the value"},
		{"IPROOT=\"any\n\"\n", "f:1: a quote that is never closed"},
		{"IPROOT=$(id)\n", "f:1: '$' is never expanded"},
		{"IPROOT=any;reboot\n", "f:1: ';' is never a command"},
		{"IPROOT=#any\n", "f:1: a value that begins with '#'"},
		{"IPROOT=any\r\n", "f:1: a control character"},
		{"POOL_lab=10.66.0.0/22\n",
		 "f:1: POOL_... belongs into /etc/vservers.conf"},
		{"MOUNTS=/etc/fstab\n", "f:1: MOUNTS is not supported yet"},
		{"SERVICES=x\n", "f:1: SERVICES belongs into /etc/vservers.conf"},
	};
	struct vctx_conf c;
	struct vctx_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		assert_true(parse(VCTX_CONF_VSERVER, v[i].text, &c, &err) < 0);
		assert_int_equal(strncmp(err.msg, v[i].said, strlen(v[i].said)), 0);
		assert_null(c.val[VCTX_KEY_IPROOT]);
	}
	assert_int_equal(
		vctx_conf_parse(VCTX_CONF_ALL, "f", "IPROOT=a\0ny\n", 12, &c, &err),
		-EINVAL);
	assert_int_equal(parse(VCTX_CONF_ALL, "S_CONTEXT=2\n", &c, &err), -EINVAL);
	assert_string_equal(err.msg, "f:1: S_CONTEXT belongs into a vserver's own file");
}

/* A text ends where its length says: there is no NUL behind it. */
static void reads_nothing_behind_the_text(void **state)
{
	static const char *const v[] = {"# Description: ",
					"# Description:   \t",
					"# Description:x",
					"# Description:",
					"LINGER=1",
					"CONTACT=",
					"  ",
					"#",
					"\xef\xbb"};
	struct vctx_conf c;
	struct vctx_err err;
	size_t i, n;
	char *text;

	(void)state;
	for (i = 0; i < N_OF(v); i++) {
		n = strlen(v[i]);
		text = malloc(n + 3);
		assert_non_null(text);
		(void)strcpy(text, v[i]);
		(void)strcpy(text + n, " z");
		if (vctx_conf_parse(VCTX_CONF_ALL, "f", text, n, &c, &err)) {
			assert_string_equal(v[i], "\xef\xbb");
		} else {
			assert_true(!c.description || !strcmp(c.description, "x"));
			assert_int_equal(c.description != NULL, i == 2);
			vctx_conf_done(&c);
		}
		free(text);
	}
}

struct value {
	const char *key, *good[8], *bad[12];
};

static const struct value values[] = {
	{"MEMORY_MAX",
	 {"1", "512M", "8388608T", "18446744073709551615", "max"},
	 {"", "0", "0M", "-1", "512m", "512MB", "M", "8388609T", "18446744073709551616"}},
	{"PIDS_MAX", {"1", "4194304", "max"}, {"", "0", "4194305", "-1", "1x", "Max"}},
	{"CPU_MAX",
	 {"1%", "50%", "100000%", "max"},
	 {"", "0%", "50", "%", "100001%", "5%%"}},
	{"IO_WEIGHT", {"1", "10000"}, {"", "0", "10001", "max"}},
	{"LINGER", {"0", "60", "31536000"}, {"", "-1", "31536001", "1m"}},
	{"S_CONTEXT", {"2", "49151"}, {"", "0", "1", "49152", "65535", "-2", "2 "}},
	{"S_HOSTNAME", {"a", "a.b-c", "9"}, {"", "a_b", "a b", "m\xc3\xbc", "/"}},
	{"S_CAPS",
	 {"", "secure", "none", "CAP_NET_RAW", "CAP_SYS_ADMIN"},
	 {"all", "CAP_X"}},
	{"USERNS",
	 {"private", "host", "host allow-root"},
	 {"", "allow-root", "host  allow-root", "HOST", "none"}},
	{"UIDS",
	 {"", "70000", "65536 4294901759", "70000,200000"},
	 {"foo", "5", "65535", "70000 5", "5 70000", "4294901760", "4294967294",
	  "70000 x 80000", "99999999999999999999"}},
	{"INIT", {"none"}, {"", "sysv", "/sbin/init"}},
	{"IPROOT",
	 {"any", "none", "10.0.0.1", "eth0:10.0.0.1/24 10.0.0.2/255.255.0.0", "pool:lab"},
	 {"", "any none", "127.0.0.1", "10.0.0.1 10.0.0.1/8", "pool:", "pool:a 10.0.0.1",
	  "10.0.0.1/33", "10.0.0.1/255.0.255.0"}},
	{"IPROOT6",
	 {"", "auto", "2001:db8::4/64 eth0@fd00::1"},
	 {"any", "::1", "auto auto", "10.0.0.1", "::ffff:10.0.0.1"}},
	{"IPROOTMASK", {"24", "/24", "255.255.0.0"}, {"", "0", "33", "255.0.255.0"}},
	{"IPROOTBCAST", {"10.0.0.255", "255.255.255.255"}, {"", "0.0.0.0", "x"}},
	{"IPROOTDEV", {"eth0", "br-lab.5"}, {"", "a/b", "..", "a b", "0123456789abcdef"}},
	{"PORTS", {"", "1-1", "30000-30099"}, {"0-5", "5-4", "80", "1-65536", "1-2-3"}},
	{"HOST_SERVICES",
	 {"", "127.0.0.53:53 mysql=/run/mysqld/mysqld.sock"},
	 {"10.0.0.1:53", "127.0.0.1", "mysql=run/x", "=/run/x/y"}},
	{"PUBLISH", {"", "tcp:2001:22 udp:53:53"}, {"2001:22", "tcp:0:22", "sctp:1:2"}},
	{"ROOT", {"/srv/x"}, {"", "/", "srv", "/srv/..", "/srv//x"}},
};

static int try_value(enum vctx_conf_kind kind, const char *key, const char *value)
{
	char text[512];
	struct vctx_conf c;
	struct vctx_err err;
	int r;

	(void)strcpy(text, key);
	(void)strcat(text, "='");
	(void)strcat(text, value);
	(void)strcat(text, "'\n");
	r = parse(kind, text, &c, &err);
	if (!r)
		vctx_conf_done(&c);
	return r;
}

static void checks_what_keys_hold(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < N_OF(values); i++) {
		for (j = 0; j < N_OF(values[i].good) && values[i].good[j]; j++)
			assert_int_equal(try_value(VCTX_CONF_VSERVER, values[i].key,
						   values[i].good[j]),
					 0);
		for (j = 0; j < N_OF(values[i].bad) && values[i].bad[j]; j++)
			assert_true(try_value(VCTX_CONF_VSERVER, values[i].key,
					      values[i].bad[j]) < 0);
	}
}

static const struct value settings[] = {
	{"SERVICES", {"", "vsftpd", "a b,c"}, {"/etc/x", ".x", "a ../b"}},
	{"AUTH_ONLY", {"dovecot smtp"}, {"a/b"}},
	{"SOURCES", {"files"}, {"", "files cdb", "ldap"}},
	{"CONTACT", {"", "helpdesk@uni.example", "%s%n"}, {NULL}},
	{"VSERVERDIR", {"/srv/vservers"}, {"", "srv"}},
	{"UIDRANGE",
	 {"65536-131071", "524288-2147483647", "70000-200000"},
	 {"", "65536", "0-131071", "65536-131070", "131071-65536", "65536-2147483648",
	  "-65536-131071", "65536-131071-", "65537-140000", "a-b", "65536 - 131071"}},
};

static void checks_what_settings_hold(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < N_OF(settings); i++) {
		for (j = 0; j < N_OF(settings[i].good) && settings[i].good[j]; j++)
			assert_int_equal(try_value(VCTX_CONF_ALL, settings[i].key,
						   settings[i].good[j]),
					 0);
		for (j = 0; j < N_OF(settings[i].bad) && settings[i].bad[j]; j++)
			assert_true(try_value(VCTX_CONF_ALL, settings[i].key,
					      settings[i].bad[j]) < 0);
	}
}

static void pools_are_kept_by_name(void **state)
{
	struct vctx_conf c;
	struct vctx_err err;

	(void)state;
	assert_int_equal(parse(VCTX_CONF_ALL,
			       "POOL_lab='10.66.0.0/22 dev=lo masquerade=eth0'\n"
			       "IPROOT=pool:lab\n"
			       "POOL_b-2=10.67.0.0/24\n",
			       &c, &err),
			 0);
	assert_int_equal(c.n_pools, 2);
	assert_int_equal(c.pools[1].line, 3);
	assert_string_equal(vctx_conf_pool(&c, "lab")->masquerade, "eth0");
	assert_int_equal(vctx_conf_pool(&c, "b-2")->prefix, 24);
	assert_null(vctx_conf_pool(&c, "LAB"));
	vctx_conf_done(&c);
	assert_int_equal(c.n_pools, 0);
	assert_true(parse(VCTX_CONF_ALL, "POOL_a=10.1.0.0/24\n\nPOOL_a=10.2.0.0/24\n", &c,
			  &err) < 0);
	assert_string_equal(err.msg, "f:3: POOL_a is set already in line 1");
	assert_int_equal(c.n_pools, 0);
	assert_true(parse(VCTX_CONF_ALL, "POOL_a=10.1.0.5/24\n", &c, &err) < 0);
	assert_string_equal(
		err.msg,
		"f:1: POOL_a: '10.1.0.5/24' is not a network: it would be 10.1.0.0/24");
	assert_true(parse(VCTX_CONF_ALL, "POOL_=10.1.0.0/24\n", &c, &err) < 0);
	assert_true(parse(VCTX_CONF_ALL, "POOL_a/b=10.1.0.0/24\n", &c, &err) < 0);
}

static void every_key_has_name_and_help(void **state)
{
	unsigned int k, j;

	(void)state;
	for (k = 0; k < VCTX_KEY_N; k++) {
		assert_non_null(vctx_conf_key_name(k));
		assert_non_null(vctx_conf_key_help(k));
		for (j = 0; j < k; j++)
			assert_string_not_equal(vctx_conf_key_name(k),
						vctx_conf_key_name(j));
	}
}

static void the_first_of_a_chain_decides(void **state)
{
	struct vctx_conf own, all;
	const struct vctx_conf *const chain[] = {&own, &all, NULL};
	struct vctx_err err;

	(void)state;
	assert_int_equal(parse(VCTX_CONF_VSERVER, "LINGER=0\n", &own, &err), 0);
	assert_int_equal(parse(VCTX_CONF_ALL, "LINGER=5\nPIDS_MAX=7\n", &all, &err), 0);
	assert_string_equal(vctx_conf_get(chain, VCTX_KEY_LINGER), "0");
	assert_string_equal(vctx_conf_get(chain, VCTX_KEY_PIDS_MAX), "7");
	assert_null(vctx_conf_get(chain, VCTX_KEY_ROOT));
	vctx_conf_done(&own);
	vctx_conf_done(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_as_a_shell_would),
		cmocka_unit_test(refuses_a_whole_file_for_one_line),
		cmocka_unit_test(reads_nothing_behind_the_text),
		cmocka_unit_test(checks_what_keys_hold),
		cmocka_unit_test(checks_what_settings_hold),
		cmocka_unit_test(pools_are_kept_by_name),
		cmocka_unit_test(every_key_has_name_and_help),
		cmocka_unit_test(the_first_of_a_chain_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
