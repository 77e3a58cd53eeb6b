/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/plan.c: a plan as text and back; blocks of ids. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ceiling.h"
#include "plan.h"

static const struct vctx_plan sample = {
	.name = "lab-alice",
	.xid = 204,
	.root = "/srv/a b",
	.ip.net = VCTX_NET_ANY,
	.allow_root = true,
	.hostname = "lab-alice",
	.linger = 60,
	.pids_max = "100",
	.memory_max = "512M",
	.cpu_max = "50%",
	.io_weight = "100",
	.block = {65536, 0xfffe0000},
	.n_blocks = 2,
	.uidrange = "524288-1048575",
};

static void prints_what_it_reads_back(void **state)
{
	struct vctx_plan plan = sample, back;
	struct vctx_err err;
	char text[VCTX_PLAN_TEXT_MAX];
	int n;

	(void)state;
	plan.caps = vctx_ceiling_secure | 1u << 13;
	n = vctx_plan_print(&plan, text, sizeof(text));
	assert_true(n > 0);
	assert_int_equal(strlen(text), n);
	assert_int_equal(vctx_plan_parse(text, &back, &err), 0);
	assert_memory_equal(&plan, &back, sizeof(plan));
	/* the caller's own lines may follow an empty one */
	(void)strcpy(text + n, "\nx=y\n");
	assert_int_equal(vctx_plan_parse(text, &back, &err), 0);
}

/* The sample with as much of addresses as a root can have. */
static void fill_root(struct vctx_plan *plan)
{
	static const char dev[] = "0123456789.defg";
	struct vctx_iproot *ip = &plan->ip;
	uint32_t i;

	memset(ip, 0, sizeof(*ip));
	ip->net = VCTX_NET_ROOT;
	ip->n_v4 = ip->n_v6 = VCTX_IP_MAX;
	for (i = 0; i < VCTX_IP_MAX; i++) {
		(void)strcpy(ip->v4[i].dev, dev);
		(void)strcpy(ip->v6[i].dev, dev);
		ip->v4[i].addr = 0xc9c9c9c9 + (i << 24);
		ip->v4[i].prefix = ip->v6[i].prefix = 32;
		memset(ip->v6[i].addr, 0xfd, 16);
		ip->v6[i].addr[15] = (uint8_t)(0xf0 + i);
	}
	ip->bcast = 0xffffffff;
	ip->port_first = 10000;
	ip->port_last = 65535;
	(void)strcpy(ip->dev, dev);
	memset(ip->pool.name, 'p', sizeof(ip->pool.name) - 1);
	ip->pool.net = 0x0000c8c8;
	ip->pool.prefix = 16;
	(void)strcpy(ip->pool.dev, dev);
	(void)strcpy(ip->pool.masquerade, dev);
	ip->n_service = VCTX_SERVICES_MAX;
	for (i = 0; i < VCTX_SERVICES_MAX; i++) {
		ip->service[i].addr = 0x7b7b7b7f;
		ip->service[i].port = (uint16_t)(65528 + i);
	}
	ip->n_socket = VCTX_SOCKETS_MAX;
	for (i = 0; i < VCTX_SOCKETS_MAX; i++) {
		memset(ip->socket[i], 'a', sizeof(ip->socket[i]) - 1);
		ip->socket[i][0] = ip->socket[i][50 + i] = '/';
	}
	ip->n_publish = VCTX_PUBLISH_MAX;
	for (i = 0; i < VCTX_PUBLISH_MAX; i++) {
		ip->publish[i].udp = i & 1;
		ip->publish[i].port = (uint16_t)(60000 + i);
		ip->publish[i].inside = 60000;
	}
}

/* The longest plan and the longest head of a state before it have room. */
static void the_largest_plan_fits(void **state)
{
	char text[VCTX_PLAN_TEXT_MAX - 900];
	struct vctx_plan plan = sample, back;
	struct vctx_err err;

	(void)state;
	fill_root(&plan);
	plan.caps = UINT64_MAX >> 23;
	memset(plan.root, 'r', sizeof(plan.root) - 1);
	plan.root[0] = '/';
	plan.n_blocks = 8;
	memset(plan.block, 0, sizeof(plan.block));
	for (uint32_t i = 0; i < 8; i++)
		plan.block[i] = 0xfffe0000 - i * VCTX_IDS;
	assert_true(vctx_plan_print(&plan, text, sizeof(text)) > 0);
	if (vctx_plan_parse(text, &back, &err))
		fail_msg("%s in\n%s", err.msg, text);
	assert_memory_equal(&plan, &back, sizeof(plan));
}

static void every_buffer_that_is_too_small_is_told(void **state)
{
	char *text;
	int n, k;

	(void)state;
	text = malloc(VCTX_PLAN_TEXT_MAX);
	assert_non_null(text);
	n = vctx_plan_print(&sample, text, VCTX_PLAN_TEXT_MAX);
	free(text);
	for (k = 1; k <= n; k++) {
		text = malloc((size_t)k); /* a byte too many would be seen */
		assert_non_null(text);
		assert_int_equal(vctx_plan_print(&sample, text, (size_t)k), -ENOSPC);
		free(text);
	}
}

/* Each line of the sample changed into something that must not pass. */
static void refuses_foreign_text(void **state)
{
	static const struct {
		const char *line, *to;
	} v[] = {
		{"name=lab-alice\n", "name=../x\n"},
		{"name=lab-alice\n", "name=\n"},
		{"name=lab-alice\n", "name=#1\n"},
		{"name=lab-alice\n", "nane=lab-alice\n"},
		{"context=204\n", "context=1\n"},
		{"context=204\n", "context=65536\n"},
		{"context=204\n", "context=-2\n"},
		{"context=204\n", ""},
		{"root=/srv/a b\n", "root=srv\n"},
		{"root=/srv/a b\n", "root=/srv/..\n"},
		{"root=/srv/a b\n", "root=\n"},
		{"caps=none\n", "caps=all\n"},
		{"ip=any\n", "ip=\n"},
		{"ip=any\n", "ip=10.0.0.1\n"},
		{"ip=any\n", "ip=root\n"},
		{"addresses=\n", "addresses=10.0.0.1/24\n"},
		{"addresses=\n", "addresses=any\n"},
		{"auto6=no\n", "auto6=yes\n"},
		{"ports=\n", "ports=1-2\n"},
		{"ipdev=\n", "ipdev=a/b\n"},
		{"publish=\n", "publish=tcp:1:2\n"},
		{"host-ids=no\n", "host-ids=false\n"},
		{"allow-root=yes\n", "allow-root=\n"},
		{"allow-root=yes\n", "allow-root=yes\nallow-root=yes\n"},
		{"linger=60\n", "linger=4294967296\n"},
		{"linger=60\n", "linger=6 0\n"},
		{"pids-max=100\n", "pids-max=1000000000000000000000000\n"},
		{"uidrange=524288-1048575\n", "uidrange=1\n"},
		{"uidrange=524288-1048575\n", "uidrange=0-1048575\n"},
		{"uidrange=524288-1048575\n", "uidrange=524288-1048575\nx=y\n"},
		{"uid-blocks=65536 4294836224\n", "uid-blocks=x\n"},
		{"uid-blocks=65536 4294836224\n",
		 "uid-blocks=65536 131072 196608 262144 327680 393216 458752 524288 "
		 "589824\n"},
	};
	char text[VCTX_PLAN_TEXT_MAX], bad[8192], *at;
	struct vctx_plan back;
	struct vctx_err err;
	size_t i;

	(void)state;
	assert_true(vctx_plan_print(&sample, text, sizeof(text)) > 0);
	for (i = 0; i < N_OF(v); i++) {
		at = strstr(text, v[i].line);
		assert_non_null(at);
		memcpy(bad, text, (size_t)(at - text));
		(void)strcpy(bad + (at - text), v[i].to);
		(void)strcat(bad, at + strlen(v[i].line));
		assert_true(vctx_plan_parse(bad, &back, &err) < 0);
	}
	assert_true(vctx_plan_parse("", &back, &err) < 0);
	/* cut anywhere, it is not a plan */
	for (i = strlen(text); i-- > 0;) {
		text[i] = 0;
		assert_true(vctx_plan_parse(text, &back, &err) < 0);
	}
}

static void a_block_is_added_once(void **state)
{
	struct vctx_plan p = {0};
	uint32_t i;

	(void)state;
	assert_int_equal(vctx_plan_add_block(&p, 0), 0);
	assert_int_equal(vctx_plan_add_block(&p, 65535), 0);
	assert_int_equal(p.n_blocks, 0);
	assert_false(vctx_plan_has_id(&p, 65536));
	assert_int_equal(vctx_plan_add_block(&p, 70000), 0);
	assert_int_equal(vctx_plan_add_block(&p, 131071), 0);
	assert_int_equal(p.n_blocks, 1);
	assert_int_equal(p.block[0], 65536);
	assert_true(vctx_plan_has_id(&p, 65536));
	assert_false(vctx_plan_has_id(&p, 131072));
	for (i = 2; i <= VCTX_EXTENTS_MAX; i++)
		assert_int_equal(vctx_plan_add_block(&p, i * VCTX_IDS), 0);
	assert_int_equal(vctx_plan_add_block(&p, 1000000000), -ENOSPC);
	assert_int_equal(vctx_plan_add_block(&p, 70000), 0);
	p.n_blocks = 0;
	assert_int_equal(vctx_plan_add_block(&p, 0xfffeffff), 0);
	assert_int_equal(vctx_plan_add_block(&p, 0xffff0000), -ERANGE);
	assert_int_equal(vctx_plan_add_block(&p, 0xfffffffe), -ERANGE);
	p.host_ids = true;
	assert_true(vctx_plan_has_id(&p, 1000000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_what_it_reads_back),
		cmocka_unit_test(the_largest_plan_fits),
		cmocka_unit_test(every_buffer_that_is_too_small_is_told),
		cmocka_unit_test(refuses_foreign_text),
		cmocka_unit_test(a_block_is_added_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
