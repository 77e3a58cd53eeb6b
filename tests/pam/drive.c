/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a real PAM stack step by step, as a login program would, and says what each entry
 * point answered, where the process is afterwards and what of it has changed. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <security/pam_appl.h>

/* the password of every person of the tests */
#define PASSWORD "secret"
#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	int code;
	const char *name;
} codes[] = {
	{PAM_SUCCESS, "PAM_SUCCESS"},
	{PAM_OPEN_ERR, "PAM_OPEN_ERR"},
	{PAM_SYMBOL_ERR, "PAM_SYMBOL_ERR"},
	{PAM_SERVICE_ERR, "PAM_SERVICE_ERR"},
	{PAM_SYSTEM_ERR, "PAM_SYSTEM_ERR"},
	{PAM_BUF_ERR, "PAM_BUF_ERR"},
	{PAM_PERM_DENIED, "PAM_PERM_DENIED"},
	{PAM_AUTH_ERR, "PAM_AUTH_ERR"},
	{PAM_CRED_INSUFFICIENT, "PAM_CRED_INSUFFICIENT"},
	{PAM_AUTHINFO_UNAVAIL, "PAM_AUTHINFO_UNAVAIL"},
	{PAM_USER_UNKNOWN, "PAM_USER_UNKNOWN"},
	{PAM_MAXTRIES, "PAM_MAXTRIES"},
	{PAM_NEW_AUTHTOK_REQD, "PAM_NEW_AUTHTOK_REQD"},
	{PAM_ACCT_EXPIRED, "PAM_ACCT_EXPIRED"},
	{PAM_SESSION_ERR, "PAM_SESSION_ERR"},
	{PAM_CRED_UNAVAIL, "PAM_CRED_UNAVAIL"},
	{PAM_CRED_EXPIRED, "PAM_CRED_EXPIRED"},
	{PAM_CRED_ERR, "PAM_CRED_ERR"},
	{PAM_CONV_ERR, "PAM_CONV_ERR"},
	{PAM_IGNORE, "PAM_IGNORE"},
	{PAM_ABORT, "PAM_ABORT"},
	{PAM_MODULE_UNKNOWN, "PAM_MODULE_UNKNOWN"},
};

static const char *code_name(int code)
{
	static char number[16];
	size_t i;

	for (i = 0; i < N(codes); i++)
		if (codes[i].code == code)
			return codes[i].name;
	(void)snprintf(number, sizeof(number), "%d", code);
	return number;
}

/* What is said is printed, what is asked is answered with the password. */
static int converse(int n, const struct pam_message **msg, struct pam_response **ret,
		    void *arg)
{
	struct pam_response *r = calloc((size_t)n, sizeof(*r));
	int i;

	(void)arg;
	if (!r)
		return PAM_BUF_ERR;
	for (i = 0; i < n; i++) {
		bool asks = msg[i]->msg_style == PAM_PROMPT_ECHO_OFF ||
			    msg[i]->msg_style == PAM_PROMPT_ECHO_ON;

		if (asks)
			r[i].resp = strdup(PASSWORD);
		printf("%s: %s\n",
		       asks                                 ? "asks"
		       : msg[i]->msg_style == PAM_ERROR_MSG ? "error"
							    : "info",
		       msg[i]->msg);
	}
	*ret = r;
	return PAM_SUCCESS;
}

/* ---- where and what the process is: all that a join could change ---- */

#define N_FACTS 11
#define FACT_SIZE 512

static const char *const facts[N_FACTS] = {
	"mnt",  "pid_for_children", "ipc",     "uts",  "cgroup",  "user",
	"/cwd", "/cgroup",          "Groups:", "Uid:", "Seccomp:"};

static void read_file(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(buf, 1, size - 1, f) : 0;

	buf[n] = 0;
	if (f)
		(void)fclose(f);
}

/* A namespace or the directory by its link, the cgroup by its file, the rest from status.
 */
static void read_fact(const char *name, char *buf)
{
	char path[64], text[4096], *p;
	ssize_t n;

	buf[0] = 0;
	if (!strcmp(name, "/cgroup")) {
		read_file("/proc/self/cgroup", buf, FACT_SIZE);
		return;
	}
	if (strchr(name, ':')) {
		read_file("/proc/self/status", text, sizeof(text));
		p = strstr(text, name);
		if (p)
			(void)snprintf(buf, FACT_SIZE, "%.*s", (int)strcspn(p, "\n"), p);
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/%s%s", name[0] == '/' ? "" : "ns/",
		       name[0] == '/' ? name + 1 : name);
	n = readlink(path, buf, FACT_SIZE - 1);
	buf[n > 0 ? n : 0] = 0;
}

/* an array in a struct: copied and passed as one */
struct fact_set {
	char v[N_FACTS][FACT_SIZE];
};

/* Inheritable, permitted, effective, bounding, ambient: whoever never execs has them. */
static void print_caps(void)
{
	static const char *const sets[] = {
		"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"};
	char text[4096], *p;
	size_t i;

	read_file("/proc/self/status", text, sizeof(text));
	printf("caps:");
	for (i = 0; i < N(sets); i++) {
		p = strstr(text, sets[i]);
		printf(" %llx", p ? strtoull(p + strlen(sets[i]), NULL, 16) : 0);
	}
	printf("\n");
}

static void print_where(void)
{
	char comm[64], map[FACT_SIZE], *p;
	size_t n;

	read_file("/proc/1/comm", comm, sizeof(comm));
	comm[strcspn(comm, "\n")] = 0;
	read_file("/proc/self/uid_map", map, sizeof(map));
	printf("where: %s\nids:", comm[0] ? comm : "?");
	for (p = strtok(map, " \n"), n = 0; p && n < 3; p = strtok(NULL, " \n"), n++)
		printf(" %s", p);
	printf("\n");
	print_caps();
}

/* In a child, which is in the pid namespace that was entered as we are not; its cgroup
 * and credentials are ours. */
static void take_facts(struct fact_set *ret, bool say_where)
{
	struct fact_set *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	size_t i;

	if (shared == MAP_FAILED)
		exit(2);
	pid = fork();
	if (!pid) {
		if (say_where)
			print_where();
		for (i = 0; i < N_FACTS; i++)
			read_fact(facts[i], shared->v[i]);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		exit(2);
	memcpy(ret, shared, sizeof(*ret));
	(void)munmap(shared, sizeof(*shared));
}

static void print_changes(const struct fact_set *before, const struct fact_set *now)
{
	bool any = false;
	size_t i;

	printf("changed:");
	for (i = 0; i < N_FACTS; i++) {
		if (!strcmp(before->v[i], now->v[i]))
			continue;
		printf(" %s", facts[i][0] == '/' ? facts[i] + 1 : facts[i]);
		any = true;
	}
	printf("%s\n", any ? "" : " nothing");
}

/* ---- steps ---- */

static const char *user_change;
static int flags;

static int do_auth(pam_handle_t *pamh)
{
	return pam_authenticate(pamh, flags);
}

static int do_setcred(pam_handle_t *pamh)
{
	return pam_setcred(pamh, PAM_ESTABLISH_CRED | flags);
}

static int do_delete(pam_handle_t *pamh)
{
	return pam_setcred(pamh, PAM_DELETE_CRED | flags);
}

static int do_acct(pam_handle_t *pamh)
{
	int r = pam_acct_mgmt(pamh, flags);

	if (user_change)
		(void)pam_set_item(pamh, PAM_USER, user_change);
	return r;
}

static int do_open(pam_handle_t *pamh)
{
	return pam_open_session(pamh, flags);
}

static int do_close(pam_handle_t *pamh)
{
	return pam_close_session(pamh, flags);
}

/* As sshd's unprivileged child or a helper of cron would: the handle came with the fork.
 */
static int do_close_forked(pam_handle_t *pamh)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(pam_close_session(pamh, flags));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return PAM_ABORT;
	return WEXITSTATUS(status);
}

/* A child that stays for some seconds as sshd's children do, without an exec: what is
 * inside may try what it likes with it. */
static int do_hold(pam_handle_t *pamh)
{
	pid_t pid = fork();

	(void)pamh;
	if (!pid) {
		printf("holds\n");
		sleep(8);
		_exit(0);
	}
	return pid > 0 && waitpid(pid, NULL, 0) == pid ? PAM_SUCCESS : PAM_ABORT;
}

static const struct step {
	const char *name;
	int (*fn)(pam_handle_t *pamh);
	bool looks;
} steps[] = {
	{"auth", do_auth, false},     {"setcred", do_setcred, false},
	{"delete", do_delete, false}, {"acct", do_acct, false},
	{"open", do_open, true},      {"close", do_close, false},
	{"hold", do_hold, false},     {"close-forked", do_close_forked, false},
};

static int run_step(pam_handle_t *pamh, const char *name)
{
	static struct fact_set before, now;
	size_t i;
	int r;

	for (i = 0; i < N(steps); i++)
		if (!strcmp(steps[i].name, name))
			break;
	if (i == N(steps)) {
		fprintf(stderr, "vctx-pam-drive: no step '%s'\n", name);
		return 2;
	}
	take_facts(&before, false);
	r = steps[i].fn(pamh);
	printf("%s: %s\n", name, code_name(r));
	if (steps[i].looks) {
		take_facts(&now, true);
		print_changes(&before, &now);
	}
	return r == PAM_SUCCESS || r == PAM_IGNORE ? 0 : 1;
}

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static int usage(FILE *out)
{
	size_t i;

	(void)fputs("Usage: vctx-pam-drive [OPTION...] SERVICE USER STEP...\n"
		    "  --confdir DIR       the stacks of DIR, not the system's\n"
		    "  --threads           with a second thread\n"
		    "  --silent            PAM_SILENT\n"
		    "  --user-change NAME  PAM_USER becomes NAME after each acct\n"
		    "Steps:",
		    out);
	for (i = 0; i < N(steps); i++)
		fprintf(out, " %s", steps[i].name);
	(void)fputs("\nStatus 0: each step was PAM_SUCCESS or PAM_IGNORE.\n", out);
	return out == stdout ? 0 : 2;
}

/* The value of an option that takes one. */
static const char *value(char ***argv)
{
	if (!(*argv)[1])
		exit(usage(stderr));
	return *++*argv;
}

int main(int argc, char **argv)
{
	static const struct pam_conv conv = {converse, NULL};
	const char *confdir = NULL;
	pam_handle_t *pamh = NULL;
	pthread_t thread;
	int r, bad = 0;

	(void)argc;
	/* a module may end the process, and children share what is not yet written */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (argv++; *argv && !strncmp(*argv, "--", 2); argv++) {
		if (!strcmp(*argv, "--threads")) {
			if (pthread_create(&thread, NULL, idle, NULL))
				return 2;
		} else if (!strcmp(*argv, "--silent")) {
			flags |= PAM_SILENT;
		} else if (!strcmp(*argv, "--confdir")) {
			confdir = value(&argv);
		} else if (!strcmp(*argv, "--user-change")) {
			user_change = value(&argv);
		} else {
			return usage(!strcmp(*argv, "--help") ? stdout : stderr);
		}
	}
	if (!argv[0] || !argv[1] || !argv[2])
		return usage(stderr);
	r = confdir ? pam_start_confdir(argv[0], argv[1], &conv, confdir, &pamh)
		    : pam_start(argv[0], argv[1], &conv, &pamh);
	if (r != PAM_SUCCESS) {
		printf("start: %s\n", code_name(r));
		return 2;
	}
	for (argv += 2; *argv && bad < 2; argv++) {
		r = run_step(pamh, *argv);
		bad = r > bad ? r : bad;
	}
	(void)pam_end(pamh, r);
	return bad;
}
