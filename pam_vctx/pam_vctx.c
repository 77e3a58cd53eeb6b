/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PAM module: entry points, items and log lines; what to do is decided and done in
 * lib/. No failure of a mapped person's login returns PAM_SESSION_ERR (sudo goes on after
 * it) or PAM_IGNORE. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <security/pam_modules.h>
#include <security/pam_ext.h>

#include "config.h"
#include "fd.h"
#include "hostlog.h"
#include "join.h"
#include "login.h"
#include "pam_args.h"
#include "policy.h"
#include "resolve.h"
#include "store.h"
#include "str.h"

#define EXPORT __attribute__((visibility("default")))
#define DATA_JOINED "vctx.joined"
#define DATA_ACCOUNT "vctx.account"

/* One call of an entry point; that of account is kept for open_session of the same
 * transaction. */
struct call {
	pam_handle_t *pamh;
	struct vctx_pam_args args;
	char user[VCTX_USER_SIZE], service[64];
	bool silent;
	bool kept;   /* libpam owns it */
	int account; /* what account answered, where kept */
	char ref[8];
	struct vctx_hostlog log;
	struct vctx_config config;
	struct vctx_person who;
	struct vctx_decision d;
};

static void forget(pam_handle_t *pamh, void *data, int status)
{
	struct call *c = data;

	(void)pamh;
	(void)status;
	vctx_config_done(&c->config);
	free(c);
}

/* libpam frees it with the transaction. No descriptor stays open meanwhile. */
static void keep(struct call *c, int account)
{
	c->account = account;
	c->kept = true;
	if (pam_set_data(c->pamh, DATA_ACCOUNT, c, forget) != PAM_SUCCESS)
		c->kept = false;
}

/* What account decided, if it was about this person and service: PAM_USER may be another
 * by now. */
static struct call *recall(pam_handle_t *pamh, const char *user, const char *service)
{
	const void *data = NULL;
	struct call *c;

	if (pam_get_data(pamh, DATA_ACCOUNT, &data) != PAM_SUCCESS || !data)
		return NULL;
	c = (struct call *)(uintptr_t)data;
	return !strcmp(c->user, user) && !strcmp(c->service, service) ? c : NULL;
}

/* On the heap: the caller's stack may be small, and a plan is some kilobytes. */
static struct call *fresh(pam_handle_t *pamh, const char *user, const char *service)
{
	struct call *c = calloc(1, sizeof(*c));
	struct vctx_err err;

	if (!c)
		return NULL;
	c->pamh = pamh;
	c->log.fd = -1;
	if (vctx_str_copy(c->user, sizeof(c->user), user) ||
	    vctx_str_copy(c->service, sizeof(c->service), service)) {
		pam_syslog(pamh, LOG_ERR, "user or service with too long a name");
	} else if (vctx_config_load(&c->config, &err)) {
		pam_syslog(pamh, LOG_ERR, "%s", err.msg);
	} else {
		vctx_resolve(&c->config, c->user, &c->who, &c->d);
		return c;
	}
	free(c);
	return NULL;
}

static struct call *begin(pam_handle_t *pamh, int flags, int argc, const char **argv,
			  int *ret)
{
	const void *service = NULL;
	const char *user = NULL, *bad;
	struct vctx_pam_args args;
	struct call *c;

	*ret = PAM_SYSTEM_ERR;
	bad = vctx_pam_args_parse(argc, argv, &args);
	if (bad) {
		pam_syslog(pamh, LOG_ERR, "no such word: %s", bad);
		return NULL;
	}
	if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || !user || !*user) {
		*ret = PAM_USER_UNKNOWN;
		return NULL;
	}
	if (pam_get_item(pamh, PAM_SERVICE, &service) != PAM_SUCCESS || !service) {
		pam_syslog(pamh, LOG_ERR, "no PAM service");
		return NULL;
	}
	c = recall(pamh, user, service);
	if (!c)
		c = fresh(pamh, user, service);
	if (!c)
		return NULL;
	c->args = args;
	c->silent = flags & PAM_SILENT;
	*ret = PAM_SUCCESS;
	return c;
}

static int end(struct call *c, int ret)
{
	vctx_hostlog_close(&c->log);
	if (!c->kept)
		forget(c->pamh, c, 0);
	return ret;
}

static void open_log(struct call *c)
{
	if (c->log.fd >= 0)
		return;
	vctx_hostlog_open(&c->log, c->service, c->user);
	(void)snprintf(c->log.context, sizeof(c->log.context), "%s", c->d.plan.name);
}

/* One line for the person, the reason for the host's log and for `vctx-user why`, one
 * reference for both. */
static int refuse(struct call *c, int code, const char *reason)
{
	const char *contact = c->config.all.val[VCTX_KEY_CONTACT];
	const char *sep = contact && *contact ? "; " : "";

	vctx_store_ref(c->ref);
	open_log(c);
	vctx_hostlog_write(&c->log, LOG_ERR, c->ref, "%s refused: %s", c->user, reason);
	vctx_store_failure(c->ref, c->user, c->service, reason);
	if (c->silent)
		return code;
	if (!contact)
		contact = "";
	if (c->d.plan.name[0])
		(void)pam_error(c->pamh,
				"vctx: your vserver %s cannot be entered (ref %s%s%s)",
				c->d.plan.name, c->ref, sep, contact);
	else
		(void)pam_error(c->pamh, "vctx: you cannot log in here (ref %s%s%s)",
				c->ref, sep, contact);
	return code;
}

static int refuse_service(struct call *c)
{
	char reason[256];

	(void)snprintf(reason, sizeof(reason),
		       "service '%s' does not land in a vserver: use ssh, login, su or "
		       "cron, or name it in SERVICES or AUTH_ONLY of %s",
		       c->service, VCTX_CONF_FILE);
	return refuse(c, PAM_PERM_DENIED, reason);
}

/* A listed service without its own lines: account would let the person in, and no session
 * line would take them off the host. */
static int refuse_guarded(struct call *c)
{
	char reason[256];

	(void)snprintf(reason, sizeof(reason),
		       "service '%s' is not enabled: vctx-setup enable %s", c->service,
		       c->service);
	return refuse(c, PAM_PERM_DENIED, reason);
}

/* A line that says audit: what would have been, and nothing else. */
static void note_audit(struct call *c)
{
	open_log(c);
	vctx_hostlog_write(
		&c->log, LOG_NOTICE, NULL, "audit: %s would %s %s%s%s (%s:%u)", c->user,
		c->d.verdict == VCTX_VERDICT_ENTER ? "land in" : "be refused in",
		c->d.plan.name, c->d.reason[0] ? ": " : "", c->d.reason, c->d.source.file,
		c->d.source.line);
}

/* PAM_IGNORE: not ours. PAM_SUCCESS: goes on to land in a context. Else the refusal. */
static int judge(struct call *c, bool *ret_auth_only)
{
	enum vctx_service s;

	*ret_auth_only = false;
	if (c->d.audit) {
		note_audit(c);
		return PAM_IGNORE;
	}
	if (c->d.verdict == VCTX_VERDICT_HOST) {
		if (c->d.reason[0] && c->args.debug)
			pam_syslog(c->pamh, LOG_DEBUG, "%s stays on the host: %s",
				   c->user, c->d.reason);
		return PAM_IGNORE;
	}
	if (c->d.verdict == VCTX_VERDICT_DENY)
		return refuse(c, PAM_PERM_DENIED, c->d.reason);
	s = vctx_policy_service(&c->config.all, c->service);
	if (s == VCTX_SERVICE_REFUSED)
		return refuse_service(c);
	if (s == VCTX_SERVICE_LANDS && c->args.guard)
		return refuse_guarded(c);
	*ret_auth_only = s == VCTX_SERVICE_AUTH_ONLY;
	return PAM_SUCCESS;
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct vctx_err err;
	bool auth_only;
	struct call *c;
	int r;

	c = begin(pamh, flags, argc, argv, &r);
	if (!c)
		return r;
	/* Debian's files include one another: a stack may name the module twice, and an
	 * enabled service reaches the guard of common-account. One refusal is said once
	 */
	if (c->kept)
		return end(c, c->account);
	r = judge(c, &auth_only);
	if (r == PAM_SUCCESS && !auth_only && vctx_join_check_caller(&err))
		r = refuse(c, PAM_PERM_DENIED, err.msg);
	if (r == PAM_SUCCESS && !auth_only &&
	    vctx_login_prepare(&c->config, &c->d, &c->who, vctx_fd_now() + VCTX_LOGIN_MS,
			       &err))
		r = refuse(c, PAM_PERM_DENIED, err.msg);
	keep(c, r);
	return end(c, r);
}

/* From after the point of no return: /dev/log is out of reach, the open descriptor is
 * not. */
static void lost(void *arg, const struct vctx_err *err)
{
	struct call *c = arg;

	vctx_store_ref(c->ref);
	vctx_hostlog_write(&c->log, LOG_ERR, c->ref,
			   "%s refused half way in, the session ends: %s", c->user,
			   err->msg);
}

static enum vctx_join_tty tty_of(const char *service)
{
	if (!strcmp(service, "login"))
		return VCTX_TTY_GIVE;
	if (vctx_str_in_list("su su-l runuser runuser-l", service))
		return VCTX_TTY_SHOW;
	return VCTX_TTY_NONE;
}

/* What tells of the host's session bus and runtime directory means nothing inside. */
static void clear_environment(pam_handle_t *pamh)
{
	static const char *const names[] = {
		"XDG_RUNTIME_DIR",          "XDG_SESSION_ID", "XDG_SESSION_TYPE",
		"XDG_SESSION_CLASS",        "XDG_SEAT",       "XDG_VTNR",
		"DBUS_SESSION_BUS_ADDRESS",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (pam_getenv(pamh, names[i]))
			(void)pam_putenv(pamh, names[i]);
}

/* sshd goes on after a session that could not be opened, as the person's host uid (`ssh
 * -N`), and a second sshd may have any service name. Only programs that are known to
 * stop, or of which the administrator says that they only ask, get an answer; every other
 * one ends here. c may be NULL. */
static int give_up(pam_handle_t *pamh, const struct call *c, int code)
{
	static const char stops[] = "login su su-l runuser runuser-l cron sudo sudo-i";
	const void *service = NULL;

	if (pam_get_item(pamh, PAM_SERVICE, &service) != PAM_SUCCESS || !service ||
	    (!vctx_str_in_list(stops, service) &&
	     (!c ||
	      vctx_policy_service(&c->config.all, service) != VCTX_SERVICE_AUTH_ONLY)))
		_exit(254);
	return code;
}

static void entering(void *arg)
{
	const struct call *c = arg;

	vctx_hostlog_write(&c->log, LOG_INFO, NULL, "%s lands in %s", c->user,
			   c->d.plan.name);
}

/* Account has prepared everything, as a rule: what is missing (runuser asks no account;
 * LINGER ran out in between) is seen by the join, which then has changed nothing. */
static int join(struct call *c, struct vctx_join *j, struct vctx_err *err)
{
	uint64_t deadline = vctx_fd_now() + VCTX_LOGIN_MS;
	int r;

	j->who = c->who;
	j->tty = tty_of(c->service);
	j->pin_names = true;
	j->entering = entering;
	j->lost = lost;
	j->arg = c;
	r = vctx_join(j, &c->d.plan, deadline, err);
	if (r != -ENOENT && r != -ESRCH)
		return r;
	r = vctx_login_prepare(&c->config, &c->d, &c->who, deadline, err);
	return r ? r : vctx_join(j, &c->d.plan, deadline, err);
}

static int enter(struct call *c)
{
	struct vctx_join *j = calloc(1, sizeof(*j));
	struct vctx_err err;
	int r;

	open_log(c);
	r = j ? join(c, j, &err) : vctx_err_set(&err, -ENOMEM, "out of memory");
	free(j);
	return r ? give_up(c->pamh, c, refuse(c, PAM_SYSTEM_ERR, err.msg)) : PAM_SUCCESS;
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const void *done = NULL;
	bool auth_only;
	struct call *c;
	int r;

	if (pam_get_data(pamh, DATA_JOINED, &done) == PAM_SUCCESS && done)
		return PAM_SUCCESS;
	c = begin(pamh, flags, argc, argv, &r);
	if (!c)
		return give_up(pamh, NULL, r);
	if (c->args.gate) {
		bool mapped = c->d.verdict != VCTX_VERDICT_HOST && !c->d.audit;

		return end(c, mapped ? PAM_SUCCESS : PAM_IGNORE);
	}
	r = judge(c, &auth_only);
	if (r == PAM_SUCCESS && auth_only)
		r = refuse_service(c); /* it may ask for a password, not open a session */
	if (r == PAM_IGNORE)
		return end(c, r);
	if (r != PAM_SUCCESS)
		return end(c, give_up(pamh, c, PAM_SYSTEM_ERR));
	r = enter(c);
	if (r == PAM_SUCCESS) {
		clear_environment(pamh);
		if (pam_set_data(pamh, DATA_JOINED, (void *)(uintptr_t) "yes", NULL) !=
		    PAM_SUCCESS)
			_exit(254);
	}
	return end(c, r);
}

/* May run in another process, unprivileged, twice or never: nothing depends on it. */
EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
				const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

/* Called up to four times in several processes. */
EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_IGNORE;
}

/* Not an authentication module: a line that uses it as one refuses everybody. */
EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	pam_syslog(pamh, LOG_ERR, "not for auth: use it in account and session lines");
	return PAM_SYSTEM_ERR;
}
