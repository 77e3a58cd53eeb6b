/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user edit: the file in an editor on a copy, checked before it takes its place, as
 * visudo(8). */
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "fd.h"
#include "user_check.h"
#include "user_file.h"

#define TEMPLATE VCTX_SYSCONFDIR "/security/.vctx.conf.edit.XXXXXX"
#define FILE_MAX (64u << 20)

struct copy {
	char path[sizeof(TEMPLATE)];
	char *text; /* owned; as it was read back */
	size_t len;
};

static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};

static int usage(void)
{
	puts("Usage: vctx-user edit\n"
	     "Opens a copy of vctx.conf in $VISUAL, $EDITOR, editor or vi. It takes the\n"
	     "file's place when all its lines can be read.\n\n"
	     "  -h, --help  this text");
	return VCTX_EXIT_DONE;
}

static int write_copy(const struct vctx_user_file *f, struct copy *c)
{
	cleanup_close int fd = -1;
	int r;

	memcpy(c->path, TEMPLATE, sizeof(TEMPLATE));
	fd = mkostemp(c->path, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return vctx_cli_fail("%s: %s", c->path, strerror(errno));
	r = vctx_fd_write(fd, f->text, f->len);
	return r ? vctx_cli_fail("%s: %s", c->path, strerror(-r)) : 0;
}

/* By name and not by descriptor: editors replace the file. */
static int read_copy(struct copy *c)
{
	cleanup_close int fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int r;

	free(c->text);
	c->text = NULL;
	if (fd < 0)
		return vctx_cli_fail("%s: %s", c->path, strerror(errno));
	r = vctx_fd_slurp(fd, FILE_MAX, &c->text, &c->len);
	return r ? vctx_cli_fail("%s: %s", c->path, strerror(-r)) : 0;
}

static const char *editor(void)
{
	const char *e = getenv("VISUAL");

	if (!e || !*e)
		e = getenv("EDITOR");
	if (e && *e)
		return e;
	return access("/usr/bin/editor", X_OK) ? "vi" : "editor";
}

static void exec_editor(const char *path)
{
	/* the words of $EDITOR are split, as everywhere: "emacs -nw" */
	execl("/bin/sh", "sh", "-c", "exec $1 \"$2\"", "sh", editor(), path,
	      (char *)NULL);
	_exit(127);
}

/* The editor gets the terminal's signals, the holder of the lock does not. */
static int run_editor(const char *path)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, intr, quit;
	int status = -1;
	pid_t pid;

	(void)fflush(stdout);
	sigaction(SIGINT, &ignore, &intr);
	sigaction(SIGQUIT, &ignore, &quit);
	pid = fork();
	if (!pid) {
		sigaction(SIGINT, &intr, NULL);
		sigaction(SIGQUIT, &quit, NULL);
		exec_editor(path);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	sigaction(SIGINT, &intr, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	if (pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return vctx_cli_fail("the editor '%s' failed: nothing is changed", editor());
}

/* How many errors there are; each is shown. */
static size_t show_faults(const struct copy *c)
{
	struct vctx_findings found = {0};
	struct vctx_map map = {0};
	struct vctx_err err;
	size_t i, n;

	if (vctx_map_parse(&map, VCTX_MAP_FILE, c->text, c->len, &err))
		(void)vctx_cli_must(NULL);
	vctx_user_check_lines(&map, &found);
	n = found.count[VCTX_LEVEL_ERROR];
	for (i = 0; i < found.n; i++) {
		cleanup_free char *place = vctx_findings_place(&found.v[i]);

		fprintf(stderr, "%s: %s%s\n", vctx_findings_level_name(found.v[i].level),
			place, found.v[i].text);
	}
	vctx_findings_done(&found);
	vctx_map_done(&map);
	return n;
}

/* 'e', 'x' or 'Q'. Without a terminal there is nobody to ask: 'x'. */
static char ask(void)
{
	char answer[64];

	while (isatty(STDIN_FILENO)) {
		fputs("What now? (e)dit again, e(x)it without saving, (Q) save anyway: ",
		      stdout);
		(void)fflush(stdout);
		if (!fgets(answer, sizeof(answer), stdin))
			return 'x';
		if (answer[0] && answer[1] == '\n' && strchr("exQ", answer[0]))
			return answer[0];
	}
	return 'x';
}

static int save(struct vctx_user_file *f, const struct copy *c)
{
	cleanup_free char *text = NULL;
	struct vctx_err err;
	size_t len = c->len;

	if (len == f->len && !memcmp(c->text, f->text, len)) {
		puts("nothing is changed");
		return VCTX_EXIT_DONE;
	}
	text = vctx_cli_must(malloc(len + 2));
	memcpy(text, c->text, len);
	if (len && text[len - 1] != '\n')
		text[len++] = '\n';
	return vctx_user_file_write(f, text, len, &err) ? vctx_cli_fail("%s", err.msg)
							: VCTX_EXIT_DONE;
}

static int edit(struct vctx_user_file *f, struct copy *c)
{
	int r;

	for (;;) {
		r = run_editor(c->path);
		if (!r)
			r = read_copy(c);
		if (r)
			return r;
		if (!show_faults(c))
			return save(f, c);
		switch (ask()) {
		case 'x':
			return vctx_cli_fail("nothing is changed");
		case 'Q':
			return save(f, c);
		default:
			break;
		}
	}
}

int vctx_user_edit(int argc, char **argv)
{
	struct copy copy = {.text = NULL};
	struct vctx_user_file f;
	struct vctx_err err;
	int c, r;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1)
		return c == 'h' ? usage() : vctx_cli_bad_option(c, argv);
	if (optind < argc)
		return vctx_cli_misuse("'%s' is too much", argv[optind]);
	if (vctx_user_file_open(&f, &err))
		return vctx_cli_fail("%s", err.msg);
	r = write_copy(&f, &copy);
	if (!r)
		r = edit(&f, &copy);
	if (copy.path[0])
		(void)unlink(copy.path);
	free(copy.text);
	vctx_user_file_close(&f);
	return r;
}
