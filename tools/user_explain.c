/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user explain: which line decides about a person, and all that follows. */
#include "user.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "fd.h"
#include "json.h"
#include "policy.h"
#include "pool.h"
#include "resolve.h"
#include "rootdir.h"
#include "store.h"
#include "str.h"
#include "user_json.h"

/* All that is known about one login. */
struct story {
	struct vctx_person who;
	bool known; /* the host's name service knows the person */
	struct vctx_decision d;
	const char *service;
	enum vctx_service effect;
	bool effect_known;
	bool lands;            /* d.plan is whole */
	int running;           /* 1, 0, -1: cannot be told */
	uint32_t xid, base;    /* of the running context; 0: not known */
	struct vctx_iproot ip; /* of the running context, as root sees it */
	char inside[400];      /* who the person is inside, or why that cannot be told */
	bool inside_ok;
};

static const struct option options[] = {
	{"service", required_argument, NULL, 's'},
	{"json", no_argument, NULL, 'J'},
	{"plan", no_argument, NULL, 'p'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int usage(void)
{
	puts("Usage: vctx-user explain [OPTION...] USER\n"
	     "Says what happens when USER logs in: which line decides, where it leads, "
	     "and\n"
	     "everything about the context. Nothing is started or changed.\n\n"
	     "      --service NAME  by way of this PAM service (sshd)\n"
	     "      --plan          the plan alone, as vctx_start takes it\n"
	     "      --json          as JSON\n"
	     "  -h, --help          this text");
	return VCTX_EXIT_DONE;
}

/* What everybody may know about running contexts: NUMBER -> name, first id. */
static bool read_public(const char *file, const char *name, uint32_t *ret_base)
{
	char path[128], text[256], head[96];
	const char *p;

	(void)snprintf(path, sizeof(path), "%s/%.16s", VCTX_PUBLIC_DIR, file);
	(void)snprintf(head, sizeof(head), "name=%s\nbase=", name);
	if (vctx_fd_peek(AT_FDCWD, path, text, sizeof(text)) < 0 ||
	    strncmp(text, head, strlen(head)))
		return false;
	p = text + strlen(head);
	return !vctx_str_u32(p, UINT32_MAX, ret_base);
}

static void find_public(struct story *s)
{
	DIR *dir = opendir(VCTX_PUBLIC_DIR);
	struct dirent *e;
	uint32_t xid;

	s->running = dir || errno == ENOENT ? 0 : -1;
	while (dir && (e = readdir(dir)))
		if (!vctx_str_u32(e->d_name, UINT32_MAX, &xid) &&
		    read_public(e->d_name, s->d.plan.name, &s->base)) {
			s->xid = xid;
			s->running = 1;
			break;
		}
	if (dir)
		closedir(dir);
}

static void find_running(struct story *s)
{
	struct vctx_state st;
	struct vctx_err err;
	int r;

	if (geteuid()) {
		find_public(s);
		return;
	}
	r = vctx_store_read(s->d.plan.name, &st, &err);
	s->running = r == -ENOENT ? 0 : r ? -1 : st.running;
	if (r || !st.running)
		return;
	s->xid = st.plan.xid;
	s->ip = st.plan.ip;
	s->base = st.plan.host_ids ? 0 : st.base[0];
}

static void find_inside(struct story *s)
{
	struct vctx_inside in;
	struct vctx_err err;
	cleanup_close int root = -1;
	bool create = s->d.user == VCTX_USER_CREATE;

	if (geteuid()) {
		(void)snprintf(s->inside, sizeof(s->inside), "only root can tell");
		return;
	}
	root = vctx_rootdir_open(s->d.plan.root, &err);
	if (root >= 0 && !vctx_rootdir_user(root, s->who.user, &in, &err)) {
		s->inside_ok = in.uid == s->who.uid && in.gid == s->who.gid;
		(void)snprintf(s->inside, sizeof(s->inside),
			       "uid %u, gid %u, home %.120s, shell %.100s%s", in.uid,
			       in.gid, in.home, in.shell,
			       s->inside_ok ? "" : ": not the host's ids: refused");
		return;
	}
	s->inside_ok = root >= 0 && create && err.code == -ENOENT;
	(void)snprintf(s->inside, sizeof(s->inside), "%s",
		       s->inside_ok ? "made at the first login" : err.msg);
}

static int gather(const struct vctx_config *config, const char *user, struct story *s)
{
	struct vctx_err err;
	int r;

	/* what we cannot read, a login may */
	if (geteuid() && config->map.unreadable)
		return vctx_cli_fail("%s", config->map.unreadable);
	vctx_resolve(config, user, &s->who, &s->d);
	r = vctx_resolve_person(user, &s->who, &err);
	s->known = !r;
	if (r == -ENOENT && s->d.verdict == VCTX_VERDICT_HOST)
		return vctx_cli_fail("%s", err.msg);
	s->effect_known = !config->all_broken;
	if (s->effect_known)
		s->effect = vctx_policy_service(&config->all, s->service);
	s->lands = s->d.verdict == VCTX_VERDICT_ENTER && s->known;
	if (!s->lands)
		return 0;
	vctx_resolve_blocks(config, &s->d.plan);
	find_running(s);
	find_inside(s);
	return 0;
}

static const char *verdict(const struct story *s)
{
	if (s->d.audit)
		return "host";
	return s->d.verdict == VCTX_VERDICT_HOST   ? "host"
	       : s->d.verdict == VCTX_VERDICT_DENY ? "deny"
						   : "enter";
}

/* As the PAM module judges: audit first, then the verdict, then the service. */
static char *effect(const struct story *s)
{
	if (s->d.audit)
		return vctx_cli_format("lands on the host; the log says that it would "
				       "have been %s",
				       s->d.plan.name[0] ? s->d.plan.name : "refused");
	if (s->d.verdict == VCTX_VERDICT_HOST)
		return vctx_cli_format("lands on the host");
	if (s->d.verdict == VCTX_VERDICT_DENY)
		return vctx_cli_format("is refused");
	if (!s->effect_known)
		return vctx_cli_format("is refused: %s cannot be read", VCTX_CONF_FILE);
	switch (s->effect) {
	case VCTX_SERVICE_LANDS:
		return vctx_cli_format("lands in %s", s->d.plan.name);
	case VCTX_SERVICE_AUTH_ONLY:
		return vctx_cli_format("may ask for the password, opens nothing");
	case VCTX_SERVICE_REFUSED:
		break;
	}
	return vctx_cli_format("is refused: it is not one of SERVICES");
}

static void line(const char *name, const char *fmt, ...) VCTX_PRINTF(2, 3);
static void line(const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%-12s ", name);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void print_source(const struct story *s)
{
	const struct vctx_source *src = &s->d.source;

	if (!src->line) {
		line("line", "none");
		return;
	}
	line("line", "%s:%u", src->file, src->line);
	if (src->subject[0] == '@')
		line("through", "group %s", src->subject + 1);
	else if (!strcmp(src->subject, "*"))
		line("through", "everyone (*)");
	else
		line("through", "the person's own line");
}

static void print_running(const struct story *s)
{
	if (s->running < 0)
		line("running", "cannot be told");
	else if (!s->running)
		line("running", "no");
	else
		line("running", "as context %u", s->xid);
	if (s->base)
		line("uid-range", "%u to %u", s->base, s->base + VCTX_IDS - 1);
}

/* What a start fills in: as it runs, or where it will come from. */
/* What a pool has for the vserver; who may not look hears the pool's name. */
static void print_pool(const struct vctx_plan *plan)
{
	const char *pool = plan->ip.pool.name;
	char text[INET_ADDRSTRLEN];
	struct vctx_err err;
	uint32_t addr;
	int r = vctx_pool_peek(&plan->ip.pool, plan->name, &addr, &err);

	if (r == -EACCES)
		line("addresses", "from pool %s", pool);
	else if (r < 0)
		line("addresses", "none from pool %s: %s", pool, err.msg);
	else
		line("addresses", "%s of pool %s%s",
		     inet_ntop(AF_INET, &addr, text, sizeof(text)), pool,
		     r ? "" : " (next free)");
}

static void print_lease(const struct vctx_plan *p, const struct vctx_iproot *runs)
{
	const struct vctx_iproot *plan = &p->ip;
	char text[1100];

	if (plan->pool.name[0] && runs->n_v4 &&
	    vctx_ip_print_root(runs, text, sizeof(text)) > 0)
		line("addresses", "%s", text);
	else if (plan->pool.name[0])
		print_pool(p);
	if (plan->auto6 && runs->n_v6 &&
	    vctx_ip_print_root6(runs, text, sizeof(text)) > 0)
		line("addresses6", "%s", text);
	else if (plan->auto6)
		line("addresses6", "one of its own, made at the start");
}

static void print_plan_rows(const struct vctx_plan *plan)
{
	char text[VCTX_PLAN_TEXT_MAX], *p, *nl, *eq;

	if (vctx_plan_print(plan, text, sizeof(text)) < 0)
		return;
	for (p = text; (nl = strchr(p, '\n')); p = nl + 1) {
		*nl = 0;
		eq = strchr(p, '=');
		if (!eq)
			continue;
		*eq = 0;
		if (!strcmp(p, "context") && !strcmp(eq + 1, "0"))
			line(p, "the next free one");
		else if (eq[1])
			line(p, "%s", eq + 1);
	}
}

static void print_text(const struct story *s)
{
	cleanup_free char *what = effect(s);

	if (s->known)
		line("user", "%s (uid %u, gid %u%s%s)", s->who.user, s->who.uid,
		     s->who.gid, s->who.group[0] ? ", " : "", s->who.group);
	else
		line("user", "%s (not known to the host)", s->who.user);
	print_source(s);
	line("verdict", "%s%s%s", verdict(s), s->d.audit ? " (audit)" : "",
	     s->d.rescue ? " (the rescue marker is there)" : "");
	if (s->d.reason[0])
		line("reason", "%s", s->d.reason);
	line("service", "%s %s", s->service, what);
	if (!s->lands)
		return;
	line("inside", "%s", s->inside);
	print_running(s);
	putchar('\n');
	print_plan_rows(&s->d.plan);
	print_lease(&s->d.plan, &s->ip);
}

static void add_person(struct json_object *o, const struct story *s)
{
	vctx_json_text(o, "user", s->who.user);
	if (s->known) {
		vctx_json_number(o, "uid", s->who.uid);
		vctx_json_number(o, "gid", s->who.gid);
	} else {
		vctx_json_null(o, "uid");
		vctx_json_null(o, "gid");
	}
}

static void add_running(struct json_object *o, const struct story *s)
{
	struct json_object *run;

	if (s->running < 0)
		vctx_json_null(o, "is_running");
	else
		vctx_json_bool(o, "is_running", s->running);
	if (!s->running || !s->xid) {
		vctx_json_null(o, "running");
		return;
	}
	run = vctx_json_object();
	vctx_json_number(run, "context", s->xid);
	if (s->base)
		vctx_json_number(run, "first_host_id", s->base);
	else
		vctx_json_null(run, "first_host_id");
	if (s->ip.net != VCTX_NET_UNSET) {
		vctx_user_json_addresses(run, &s->ip);
	} else {
		vctx_json_null(run, "addresses");
		vctx_json_null(run, "addresses6");
	}
	vctx_json_add(o, "running", run);
}

static void print_json(const struct story *s)
{
	struct json_object *o = vctx_json_new();
	cleanup_free char *what = effect(s);
	const struct vctx_source *src = &s->d.source;

	add_person(o, s);
	vctx_json_text(o, "verdict", verdict(s));
	vctx_json_bool(o, "audit", s->d.audit);
	vctx_json_bool(o, "rescue", s->d.rescue);
	vctx_json_text(o, "reason", s->d.reason[0] ? s->d.reason : NULL);
	vctx_json_text(o, "subject", src->line ? src->subject : NULL);
	vctx_json_text(o, "file", src->line ? src->file : NULL);
	if (src->line)
		vctx_json_number(o, "line", src->line);
	else
		vctx_json_null(o, "line");
	vctx_json_text(o, "service", s->service);
	vctx_json_text(o, "effect", what);
	vctx_json_text(o, "inside", s->lands ? s->inside : NULL);
	vctx_json_add(o, "plan", s->lands ? vctx_user_json_plan(&s->d.plan) : NULL);
	if (s->lands)
		add_running(o, s);
	vctx_json_print(o);
}

static int print_plan(const struct story *s)
{
	char text[VCTX_PLAN_TEXT_MAX];

	if (!s->lands)
		return vctx_cli_fail("%s has no plan: %s", s->who.user,
				     s->d.reason[0] ? s->d.reason : "stays on the host");
	if (vctx_plan_print(&s->d.plan, text, sizeof(text)) < 0)
		return vctx_cli_fail("the plan is too long");
	fputs(text, stdout);
	return VCTX_EXIT_DONE;
}

static int run(const char *user, const char *service, bool json, bool plan)
{
	struct story s = {.service = service};
	struct vctx_config config;
	int r = vctx_user_load(&config);

	if (r)
		return r;
	r = gather(&config, user, &s);
	if (!r && plan)
		r = print_plan(&s);
	else if (!r && json)
		print_json(&s);
	else if (!r)
		print_text(&s);
	vctx_config_done(&config);
	return r;
}

int vctx_user_explain(int argc, char **argv)
{
	const char *service = "sshd";
	bool json = false, plan = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 's':
			service = optarg;
			break;
		case 'J':
			json = true;
			break;
		case 'p':
			plan = true;
			break;
		case 'h':
			return usage();
		default:
			return vctx_cli_bad_option(c, argv);
		}
	}
	if (argc - optind != 1)
		return vctx_cli_misuse("one user is needed");
	if (json && plan)
		return vctx_cli_misuse("--json and --plan exclude one another");
	return run(argv[optind], service, json, plan);
}
