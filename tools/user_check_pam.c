/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user check: are our lines in the PAM stacks, and in the right place. */
#include "user_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "pam_stack.h"
#include "policy.h"
#include "str.h"

#define PAM_DIR VCTX_SYSCONFDIR "/pam.d"

static const char *const services[] = {
	"sshd",      "login", "su",   "su-l",   "runuser",
	"runuser-l", "cron",  "sudo", "sudo-i", "atd",
};

/* Nothing is wrong with a machine that maps nobody. */
static enum vctx_level level(const struct vctx_user_machine *m, enum vctx_level l)
{
	return m->active ? l : VCTX_LEVEL_NOTE;
}

/* A line whose failure does not end the login guards nothing. */
static void check_control(struct vctx_user_machine *m, const char *service,
			  const struct vctx_pam_line *l)
{
	if (!strcasecmp(l->control, "optional") ||
	    !strcasecmp(l->control, "sufficient") ||
	    strstr(l->control, "default=ignore") || strstr(l->control, "default=ok") ||
	    strstr(l->control, "default=done"))
		vctx_findings_at(
			&m->f, level(m, VCTX_LEVEL_ERROR), l->file, l->line, 0,
			"%s: pam_vctx.so is %s: a failure lets the person onto the "
			"host, write %s",
			service, l->control,
			strcasecmp(l->type, "session") ? "required" : "requisite");
}

/* What ends the account stack early never comes to our line. */
static void check_shortcut(struct vctx_user_machine *m, const char *service,
			   const struct vctx_pam_stack *s,
			   const struct vctx_pam_line *ours)
{
	const struct vctx_pam_line *l;

	for (l = s->v; l < ours; l++)
		if (!strcasecmp(l->type, "account") &&
		    (!strcasecmp(l->control, "sufficient") ||
		     strstr(l->control, "success=done")))
			vctx_findings_at(&m->f, level(m, VCTX_LEVEL_WARNING), l->file,
					 l->line, 0,
					 "%s: %s %s ends the account stack before "
					 "pam_vctx.so is asked",
					 service, l->control, l->module);
}

static void check_account(struct vctx_user_machine *m, const char *service, bool is_door,
			  const struct vctx_pam_stack *s)
{
	const struct vctx_pam_line *ours = vctx_pam_stack_ours(s, "account");

	if (ours) {
		check_control(m, service, ours);
		check_shortcut(m, service, s, ours);
		return;
	}
	/* runuser asks no account: its session does all (vctx-setup puts no line there
	 * either) */
	if (!strncmp(service, "runuser", 7))
		return;
	vctx_findings_add(
		&m->f, level(m, is_door ? VCTX_LEVEL_WARNING : VCTX_LEVEL_ERROR),
		"%s/%s: no account line with pam_vctx.so%s", PAM_DIR, service,
		is_door ? ": mapped people who get there stay on the host" : "");
}

static void check_session(struct vctx_user_machine *m, const char *service,
			  const struct vctx_pam_stack *s)
{
	const struct vctx_pam_line *ours = vctx_pam_stack_ours(s, "session"), *l;

	if (!ours) {
		vctx_findings_add(
			&m->f, level(m, VCTX_LEVEL_ERROR),
			"%s/%s: no session line with pam_vctx.so: mapped people "
			"land on the host",
			PAM_DIR, service);
		return;
	}
	check_control(m, service, ours);
	for (l = ours + 1; l < s->v + s->n; l++)
		if (!strcasecmp(l->type, "session")) {
			vctx_findings_at(
				&m->f, level(m, VCTX_LEVEL_ERROR), l->file, l->line, 0,
				"%s: %s comes after pam_vctx.so, which has to be "
				"the last session line",
				service, l->module);
			return;
		}
}

/* pam_systemd would move the session out of the cgroup, pam_mkhomedir make homes on the
 * host: mapped people skip them by the gate. */
static void check_gate(struct vctx_user_machine *m, const char *service,
		       const struct vctx_pam_stack *s)
{
	static const char common[] = PAM_DIR "/common-session";
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct vctx_pam_line *l = &s->v[i];

		if (strcasecmp(l->type, "session"))
			continue;
		if (vctx_pam_stack_is_gate(l))
			return;
		if (strncmp(l->file, common, strlen(common)))
			continue;
		vctx_findings_add(&m->f, level(m, VCTX_LEVEL_WARNING),
				  "%s/%s: %s is included without the gate before it: "
				  "session [success=1 default=ignore] pam_vctx.so gate",
				  PAM_DIR, service, l->file + strlen(PAM_DIR) + 1);
		return;
	}
}

static void check_service(struct vctx_user_machine *m, const char *service)
{
	bool is_door = vctx_policy_service(&m->config.all, service) != VCTX_SERVICE_LANDS;
	struct vctx_pam_stack s;
	struct vctx_err err;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", PAM_DIR, service);
	if (access(path, F_OK))
		return;
	if (vctx_pam_stack_read(service, &s, &err)) {
		vctx_findings_add(&m->f, VCTX_LEVEL_ERROR, "%s: %s", path, err.msg);
		return;
	}
	check_account(m, service, is_door, &s);
	if (!is_door) {
		check_session(m, service, &s);
		check_gate(m, service, &s);
	}
	vctx_pam_stack_done(&s);
}

static bool is_usual(const char *service)
{
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (!strcmp(services[i], service))
			return true;
	return false;
}

void vctx_user_check_pam(struct vctx_user_machine *m)
{
	const char *more = m->config.all.val[VCTX_KEY_SERVICES];
	char word[64];
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		check_service(m, services[i]);
	while (more && vctx_str_word(&more, word, sizeof(word)) > 0)
		if (!is_usual(word))
			check_service(m, word);
}
