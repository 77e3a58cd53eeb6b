/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-setup enable and disable: all files are changed in memory and judged as libpam
 * will run them before the first one is written. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "policy.h"
#include "setup_files.h"
#include "setup_pam.h"
#include "setup_run.h"
#include "setup_stack.h"
#include "sys_cgroup.h"
#include "setup.h"

struct edit {
	struct setup_files files;
	char *done[64]; /* services in the order in which they were changed; owned */
	size_t n_done;
};

static int fail(const struct vctx_err *err)
{
	fprintf(stderr, "vctx-setup: %s\n", err->msg);
	return 1;
}

static struct setup_source source_of(struct edit *e)
{
	return (struct setup_source){setup_files_read, &e->files};
}

static int get_file(struct edit *e, const char *name, struct setup_file **ret,
		    struct vctx_err *err)
{
	int r = setup_files_get(&e->files, name, ret, err);

	if (setup_is_one_of(setup_bases, name))
		return vctx_err_set(err, -EINVAL,
				    "'%s' is not a service: it is guarded with the first "
				    "service and released with the last",
				    name);
	if (!r && !(*ret)->old)
		r = vctx_err_set(err, -ENOENT, "no service '%s': %s/%s is not there",
				 name, SETUP_PAM_DIR, name);
	return r;
}

static int strip(struct setup_file *f, struct vctx_err *err)
{
	char *text;
	size_t len;
	int r = setup_pam_strip(f->old, f->old_len, &text, &len, err);

	if (r)
		return vctx_err_wrap(err, "%s/%s", SETUP_PAM_DIR, f->name);
	free(f->new);
	f->new = text;
	f->new_len = len;
	return 0;
}

static int apply(struct setup_file *f, const struct setup_want *want,
		 struct vctx_err *err)
{
	char *text;
	size_t len;
	int r = setup_pam_apply(f->new, f->new_len, want, &text, &len, err);

	if (r)
		return vctx_err_wrap(err, "%s/%s", SETUP_PAM_DIR, f->name);
	free(f->new);
	f->new = text;
	f->new_len = len;
	return 0;
}

static bool is_done(const struct edit *e, const char *service)
{
	size_t i;

	for (i = 0; i < e->n_done; i++)
		if (!strcmp(e->done[i], service))
			return true;
	return false;
}

static int note_done(struct edit *e, const char *service, struct vctx_err *err)
{
	if (e->n_done == sizeof(e->done) / sizeof(e->done[0]))
		return vctx_err_set(err, -E2BIG, "too many services");
	e->done[e->n_done] = strdup(service);
	if (!e->done[e->n_done])
		return vctx_err_set(err, -ENOMEM, "out of memory");
	e->n_done++;
	return 0;
}

/* Which lines service needs of its own. Where it ends by including another service, that
 * one's do for both. */
static int plan_lines(struct edit *e, const char *service, const char *through,
		      bool account_through, struct setup_want *want, struct vctx_err *err)
{
	struct setup_source src = source_of(e);
	struct setup_facts f;
	int r = setup_stack_facts(&src, service, &f, err);

	if (r)
		return r;
	if (f.session.empty)
		return vctx_err_set(err, -EINVAL,
				    "%s/%s has no session line: PAM takes those of "
				    "'other', and one of ours would take their place",
				    SETUP_PAM_DIR, service);
	want->session = !through[0];
	want->account = !f.account.empty && !account_through;
	return 0;
}

/* Takes our lines out of service's file, and says through which other service it goes
 * then. */
static int strip_one(struct edit *e, const char *service, struct setup_file **ret_file,
		     char through[64], bool *account, struct vctx_err *err)
{
	struct setup_source src = source_of(e);
	int r = get_file(e, service, ret_file, err);

	if (!r)
		r = note_done(e, service, err);
	if (!r)
		r = strip(*ret_file, err);
	return r ? r : setup_stack_through(&src, service, through, account, err);
}

static int enable_one(struct edit *e, const char *service, bool guard,
		      struct vctx_err *err)
{
	struct setup_want want = {.gate = true, .guard = guard};
	struct setup_file *f = NULL;
	char through[64] = "";
	bool account;
	int r;

	if (is_done(e, service))
		return 0;
	r = strip_one(e, service, &f, through, &account, err);
	if (!r && through[0])
		r = enable_one(e, through, guard, err);
	if (!r)
		r = plan_lines(e, service, through, account, &want, err);
	return r ? r : apply(f, &want, err);
}

/* With these, a mapped person is refused by every service that has no lines of its own.
 */
static int enable_bases(struct edit *e, struct vctx_err *err)
{
	const struct setup_want want = {.top = true, .guard = true};
	const char *const *name;
	struct setup_file *f;
	int r = 0;

	for (name = setup_bases; !r && *name; name++) {
		r = setup_files_get(&e->files, *name, &f, err);
		if (r || !f->old)
			continue;
		r = strip(f, err);
		if (!r)
			r = apply(f, &want, err);
	}
	return r;
}

/* The proof, by the same reading that status uses. */
static int prove(struct edit *e, const char *service, bool guard, struct vctx_err *err)
{
	enum setup_state least = guard ? SETUP_GUARD : SETUP_LANDS;
	struct setup_source src = source_of(e);
	struct setup_facts f;
	int r = setup_stack_facts(&src, service, &f, err);

	if (r)
		return r;
	if (f.problem[0])
		return vctx_err_set(err, -EINVAL, "%s cannot be enabled: %s", service,
				    f.problem);
	if (f.session.state < least || (!f.account.empty && f.account.state < least))
		return vctx_err_set(err, -EINVAL,
				    "%s cannot be enabled: its lines would not be "
				    "reached",
				    service);
	if (f.ungated)
		fprintf(stderr,
			"vctx-setup: %s: %s is not gated, it runs on the host for mapped "
			"people too\n",
			service, f.ungated_name);
	return 0;
}

static bool is_guard(const char *service, bool deny)
{
	return deny || setup_is_one_of(setup_guards, service);
}

static int put_lines(struct edit *e, const struct setup_options *o, bool deny,
		     struct vctx_err *err)
{
	const char *const *lists[] = {setup_services, setup_guards};
	struct setup_file *f;
	size_t i, k;
	int r = 0;

	for (i = 0; !r && o->services[i]; i++)
		r = enable_one(e, o->services[i], is_guard(o->services[i], deny), err);
	for (k = 0; !o->services[0] && k < 2; k++)
		for (i = 0; !r && lists[k][i]; i++) {
			r = setup_files_get(&e->files, lists[k][i], &f, err);
			if (!r && f->old)
				r = enable_one(e, lists[k][i],
					       is_guard(lists[k][i], deny), err);
		}
	for (i = 0; !r && i < e->n_done; i++)
		r = prove(e, e->done[i], is_guard(e->done[i], deny), err);
	return r;
}

static void say(const char *what, const struct edit *e, size_t written)
{
	size_t i;

	if (!written) {
		printf("Nothing to change.\n");
		return;
	}
	printf("%s:", what);
	for (i = 0; i < e->n_done; i++)
		printf(" %s", e->done[i]);
	printf("\n");
}

static void hint_services(const struct edit *e)
{
	struct vctx_config c;
	struct vctx_err err;
	size_t i;

	if (vctx_config_load(&c, &err)) {
		(void)fail(&err);
		return;
	}
	for (i = 0; i < e->n_done; i++)
		if (!setup_is_one_of(setup_guards, e->done[i]) &&
		    vctx_policy_service(&c.all, e->done[i]) == VCTX_SERVICE_REFUSED)
			printf("%s is not in SERVICES of %s: mapped people are refused "
			       "there.\n",
			       e->done[i], VCTX_CONF_FILE);
	vctx_config_done(&c);
}

static void hint_sshd(const struct edit *e)
{
	struct vctx_err err;
	int r = is_done(e, "sshd") ? setup_run_use_pam(&err) : 1;

	if (!r)
		printf("sshd does not ask PAM: write `UsePAM yes` into "
		       "/etc/ssh/sshd_config.\n");
	else if (r < 0 && r != -ENOENT)
		printf("%s.\n", err.msg);
}

static void hint_cgroup(void)
{
	char mount[256];
	struct vctx_err err;

	if (!vctx_cgroup_mount(mount, sizeof(mount), &err) &&
	    !setup_run_has_favordynmods(mount))
		printf("Logins are quicker after `mount -o remount,favordynmods %s`; it "
		       "is "
		       "for the whole machine.\n",
		       mount);
}

static int edit_open(struct edit *e, struct vctx_err *err)
{
	memset(e, 0, sizeof(*e));
	return setup_files_open(&e->files, true, err);
}

static int edit_close(struct edit *e, int status)
{
	while (e->n_done)
		free(e->done[--e->n_done]);
	setup_files_close(&e->files);
	return status;
}

/* Where our lines stand a missing vctx.conf refuses everybody, so that one that is lost
 * lets nobody onto the host: one that was never there is made. */
static int make_map_file(struct vctx_err *err)
{
	int fd;

	if (mkdir(VCTX_SYSCONFDIR "/security", 0755) && errno != EEXIST)
		return vctx_err_sys(err, "%s", VCTX_SYSCONFDIR "/security");
	fd = open(VCTX_MAP_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == EEXIST ? 0 : vctx_err_sys(err, "%s", VCTX_MAP_FILE);
	close(fd);
	return 0;
}

int setup_enable(const struct setup_options *o)
{
	struct vctx_err err;
	struct edit e;
	size_t n;

	if (setup_run_probe_module(&err) || make_map_file(&err) || edit_open(&e, &err))
		return fail(&err);
	/* the bases first: whatever happens between two files, it refuses */
	if (enable_bases(&e, &err) || put_lines(&e, o, false, &err) ||
	    setup_files_commit(&e.files, &n, &err))
		return edit_close(&e, fail(&err));
	say("Enabled", &e, n);
	if (setup_run_has_systemd() && setup_run_enable_unit(&err))
		return edit_close(&e, fail(&err));
	hint_services(&e);
	hint_sshd(&e);
	hint_cgroup();
	return edit_close(&e, 0);
}

/* ---- disable ---- */

/* Lines that keep people off the host; what cannot be read could be one. */
static int count_mapped(size_t *ret, struct vctx_err *err)
{
	struct vctx_config c;
	int r = vctx_config_load(&c, err);
	size_t i;

	if (r)
		return r;
	*ret = c.map.unreadable ? 1 : 0;
	for (i = 0; i < c.map.n; i++)
		*ret += c.map.v[i].target != VCTX_TARGET_HOST;
	vctx_config_done(&c);
	return 0;
}

/* Takes the lines out of service, and of the service that it ends by including. */
static int disable_one(struct edit *e, const char *service, struct vctx_err *err)
{
	struct setup_file *f = NULL;
	char through[64] = "";
	bool account;
	int r;

	if (is_done(e, service))
		return 0;
	r = strip_one(e, service, &f, through, &account, err);
	return r || !through[0] ? r : disable_one(e, through, err);
}

static int disable_bases(struct edit *e, struct vctx_err *err)
{
	const char *const *name;
	struct setup_file *f;
	int r = 0;

	for (name = setup_bases; !r && *name; name++) {
		r = setup_files_get(&e->files, *name, &f, err);
		if (!r && f->old)
			r = strip(f, err);
	}
	return r;
}

static int take_lines(struct edit *e, const struct setup_options *o, struct vctx_err *err)
{
	char **marked = NULL, **names = o->services;
	size_t i;
	int r = 0;

	if (!names[0]) {
		r = setup_files_marked(&e->files, &marked, err);
		names = marked;
	}
	for (i = 0; !r && names[i]; i++)
		if (!marked || !setup_is_one_of(setup_bases, names[i]))
			r = disable_one(e, names[i], err);
	if (marked && !r)
		r = disable_bases(e, err);
	setup_names_free(marked);
	return r;
}

/* disable --deny without names: every service that has lines. */
static int guard_marked(struct edit *e, struct vctx_err *err)
{
	struct setup_options o = {0};
	char **marked = NULL;
	size_t i, n = 0;
	int r = setup_files_marked(&e->files, &marked, err);

	if (r)
		return r;
	for (i = 0; marked[i]; i++) {
		if (setup_is_one_of(setup_bases, marked[i]))
			free(marked[i]);
		else
			marked[n++] = marked[i];
	}
	marked[n] = NULL;
	o.services = marked;
	if (n)
		r = put_lines(e, &o, true, err);
	setup_names_free(marked);
	return r;
}

static int refuse(const struct setup_options *o, size_t mapped, struct vctx_err *err)
{
	if (!mapped || o->deny)
		return 0;
	if (!o->release)
		return vctx_err_set(
			err, -EPERM,
			"%zu lines of %s map people: --deny refuses them from "
			"now on, --release lets them in on the host",
			mapped, VCTX_MAP_FILE);
	if (o->services[0])
		return vctx_err_set(err, -EPERM,
				    "--release is for all services at once: as long as "
				    "common-account is guarded, a service without lines "
				    "refuses mapped people");
	return 0;
}

int setup_disable(const struct setup_options *o)
{
	size_t mapped = 0, n;
	struct vctx_err err;
	struct edit e;
	int r;

	if (count_mapped(&mapped, &err) || refuse(o, mapped, &err) ||
	    (o->deny && setup_run_probe_module(&err)) || edit_open(&e, &err))
		return fail(&err);
	if (!o->deny)
		r = take_lines(&e, o, &err);
	else if (o->services[0])
		r = put_lines(&e, o, true, &err);
	else
		r = guard_marked(&e, &err);
	if (r || setup_files_commit(&e.files, &n, &err))
		return edit_close(&e, fail(&err));
	say(o->deny ? "Mapped people are refused in" : "Disabled", &e, n);
	return edit_close(&e, 0);
}
