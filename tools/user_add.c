/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vctx-user add and mod: a line is put together, read back by the file's own parser,
 * checked against the machine, written. */
#include "user.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "doors.h"
#include "fd.h"
#include "resolve.h"
#include "str.h"
#include "user_file.h"
#include "user_line.h"
#include "user_refuse.h"

#define O_WORD 1000 /* option values from here on are words of the line */

struct request {
	const char *subject;
	const char *value[VCTX_WORD_N]; /* of the options; NULL: not given */
	unsigned int drop;              /* 1 << word */
	bool mod, force, kick;
	bool changes; /* of words; false: --kick alone */
};

#define WORD_OPTION(name, arg, w)                                                        \
	{                                                                                \
		name, arg, NULL, O_WORD + (w)                                            \
	}

static const struct option options[] = {
	WORD_OPTION("vserver", required_argument, VCTX_WORD_VSERVER),
	WORD_OPTION("context", required_argument, VCTX_WORD_CONTEXT),
	WORD_OPTION("host", no_argument, VCTX_WORD_HOST),
	WORD_OPTION("deny", no_argument, VCTX_WORD_DENY),
	WORD_OPTION("root", required_argument, VCTX_WORD_ROOT),
	WORD_OPTION("ip", required_argument, VCTX_WORD_IP),
	WORD_OPTION("ip6", required_argument, VCTX_WORD_IP6),
	WORD_OPTION("ports", required_argument, VCTX_WORD_PORTS),
	WORD_OPTION("caps", required_argument, VCTX_WORD_CAPS),
	WORD_OPTION("user", required_argument, VCTX_WORD_USER),
	WORD_OPTION("uids", required_argument, VCTX_WORD_UIDS),
	WORD_OPTION("audit", no_argument, VCTX_WORD_AUDIT),
	WORD_OPTION("allow-root", no_argument, VCTX_WORD_ALLOW_ROOT),
	WORD_OPTION("allow-unsafe-caps", no_argument, VCTX_WORD_ALLOW_UNSAFE_CAPS),
	WORD_OPTION("include-admins", no_argument, VCTX_WORD_INCLUDE_ADMINS),
	WORD_OPTION("may-rescue", no_argument, VCTX_WORD_MAY_RESCUE),
	{"drop", required_argument, NULL, 'D'},
	{"force", no_argument, NULL, 'F'},
	{"kick", no_argument, NULL, 'K'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int usage(bool mod)
{
	printf("Usage: vctx-user %s [OPTION...] SUBJECT\n%s\n", mod ? "mod" : "add",
	       mod ? "Changes the words that the options name on the line of a user, an\n"
		     "@group or '*'; the others stay.\n"
		   : "Says where a user, an @group or everyone ('*') lands.\n");
	puts("Where, one of:\n"
	     "      --vserver NAME        that vserver; %u user, %g group, %i uid in it\n"
	     "      --context N           context number N, 2 to 49151, with --root and "
	     "--ip\n"
	     "      --host                the host\n"
	     "      --deny                nowhere: the login is refused\n"
	     "How:\n"
	     "      --root DIR            root directory\n"
	     "      --ip ADDRESS[/MASK],...\n"
	     "                            its addresses; pool:NAME one of a pool; any "
	     "no\n"
	     "                            restriction; none no network\n"
	     "      --ip6 ADDRESS,...     its IPv6 addresses; auto one unique on this "
	     "host\n"
	     "      --ports FIRST-LAST    these ports of its addresses alone\n"
	     "      --caps LIST           capability ceiling: \"secure CAP_NET_RAW\"\n"
	     "      --user inside|create  the account inside is there, or is made at "
	     "login\n"
	     "      --uids LIST           ids above 65535 that exist inside too\n"
	     "      --audit               lands on the host; the log says where it would "
	     "have been\n"
	     "      --allow-root          uid 0 too where USERNS=host\n"
	     "      --allow-unsafe-caps   capabilities too that open the host\n"
	     "      --include-admins      a group or '*' catches root, sudo and wheel "
	     "too\n"
	     "      --may-rescue          gets in while the rescue marker is there");
	if (mod)
		puts("      --drop WORD           takes the word off the line (may "
		     "repeat)");
	puts("And:\n"
	     "      --force               writes what would not work, too\n"
	     "      --kick                ends the person's processes, at jobs and "
	     "linger "
	     "on the host\n"
	     "  -h, --help                this text");
	return VCTX_EXIT_DONE;
}

static int take_option(struct request *q, int c, char **argv)
{
	int w;

	if (c >= O_WORD) {
		q->value[c - O_WORD] = optarg ? optarg : "";
		/* an empty value would be a word without one */
		if (optarg && !*optarg)
			return vctx_cli_misuse(
				"--%s is empty",
				vctx_user_line_word((unsigned int)(c - O_WORD)));
		return 0;
	}
	if (c == 'F')
		q->force = true;
	else if (c == 'K')
		q->kick = true;
	else if (c == 'D' && q->mod) {
		w = vctx_user_line_find(optarg);
		if (w < 0)
			return vctx_cli_misuse("no word '%s'", optarg);
		q->drop |= 1u << w;
	} else if (c == 'D')
		return vctx_cli_misuse("--drop is for mod");
	else
		return vctx_cli_bad_option(c, argv);
	return 0;
}

/* -1: --help was given. */
static int read_options(struct request *q, int argc, char **argv)
{
	int c, r;
	unsigned int w, n_targets = 0, n_words = 0;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h')
			return -1;
		r = take_option(q, c, argv);
		if (r)
			return r;
	}
	if (argc - optind != 1)
		return vctx_cli_misuse("one user, @group or '*' is needed");
	q->subject = argv[optind];
	for (w = 0; w < VCTX_WORD_N; w++) {
		n_targets += w <= VCTX_WORD_DENY && q->value[w];
		n_words += q->value[w] || (q->drop & 1u << w);
	}
	if (n_targets > 1 || (!q->mod && !n_targets))
		return vctx_cli_misuse("one of --vserver, --context, --host and --deny "
				       "is needed");
	q->changes = n_words;
	if (!n_words && !q->kick)
		return vctx_cli_misuse("nothing to change is named");
	if (q->kick && (q->subject[0] == '@' || !strcmp(q->subject, "*") ||
			q->value[VCTX_WORD_HOST] || q->value[VCTX_WORD_AUDIT]))
		return vctx_cli_misuse("--kick is for one person who leaves the host");
	return 0;
}

/* What cannot stand beside the new target goes, and is named: it will not come back. */
static void retarget(struct vctx_user_line *l, enum vctx_user_word target)
{
	bool was[VCTX_WORD_N];
	unsigned int w;

	for (w = 0; w < VCTX_WORD_N; w++)
		was[w] = l->value[w] && w > VCTX_WORD_DENY;
	vctx_user_line_retarget(l, target);
	for (w = 0; w < VCTX_WORD_N; w++)
		if (was[w] && !l->value[w])
			fprintf(stderr,
				"note: %s cannot stand beside %s and is dropped\n",
				vctx_user_line_word(w), vctx_user_line_word(target));
}

/* Fills the line from what stands there and what was asked for. */
static int compose(const struct request *q, const struct vctx_mapping *old,
		   struct vctx_user_line *l)
{
	unsigned int w;

	vctx_user_line_from(l, q->subject, old);
	for (w = 0; w < VCTX_WORD_N; w++) {
		if (!(q->drop & 1u << w))
			continue;
		if (!l->value[w])
			return vctx_cli_fail("there is no word '%s' on the line of %s",
					     vctx_user_line_word(w), q->subject);
		vctx_user_line_drop(l, w);
	}
	for (w = 0; w < VCTX_WORD_N; w++) {
		if (w <= VCTX_WORD_DENY && q->value[w])
			retarget(l, w);
		if (q->value[w])
			vctx_user_line_set(l, w, q->value[w]);
	}
	return 0;
}

/* Says what was found. true: it has to stop here. */
static bool say_findings(const struct vctx_findings *f, bool force)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		enum vctx_level level = f->v[i].level;

		if (level == VCTX_LEVEL_ERROR && force)
			level = VCTX_LEVEL_WARNING;
		fprintf(stderr, "%s: %s\n", vctx_findings_level_name(level),
			f->v[i].text);
	}
	return f->count[VCTX_LEVEL_ERROR] && !force;
}

static int write_line(struct vctx_user_file *f, const struct vctx_mapping *m,
		      const struct vctx_mapping *old)
{
	cleanup_free char *comment =
		old ? vctx_user_file_comment(f, old->line) : vctx_cli_must(strdup(""));
	cleanup_free char *words = vctx_cli_must(vctx_map_print(m));
	cleanup_free char *text = vctx_cli_format("%s%s", words, comment);
	struct vctx_err err;

	if (vctx_user_file_put(f, old ? old->line : 0, text, &err))
		return vctx_cli_fail("%s", err.msg);
	return 0;
}

/* After the line is there: nobody comes back to the host between the two. */
static int kick(const char *user)
{
	struct vctx_person who;
	struct vctx_err err;
	int r = vctx_resolve_person(user, &who, &err);

	if (!r)
		r = vctx_doors_close(&who, &err);
	return r ? vctx_cli_fail("the line is written, but %s", err.msg) : 0;
}

static int change(struct vctx_user_file *f, const struct vctx_config *config,
		  const struct request *q, const struct vctx_mapping *old)
{
	struct vctx_findings found = {0};
	struct vctx_user_line l;
	struct vctx_mapping m;
	struct vctx_err err;
	int r = compose(q, old, &l);

	if (!r && vctx_user_line_parse(&l, &m, &err))
		r = vctx_cli_fail("%s", err.msg);
	vctx_user_line_done(&l);
	if (r)
		return r;
	if (q->kick && (m.target == VCTX_TARGET_HOST || (m.flags & VCTX_MAP_AUDIT))) {
		vctx_map_line_done(&m);
		return vctx_cli_fail("%s stays on the host: nothing is ended",
				     q->subject);
	}
	vctx_user_refuse_find(&m, old, config, q->kick, &found);
	if (say_findings(&found, q->force))
		r = vctx_cli_fail("nothing is changed; --force writes it all the same");
	vctx_findings_done(&found);
	if (!r && q->changes)
		r = write_line(f, &m, old);
	vctx_map_line_done(&m);
	if (!r && q->kick)
		r = kick(q->subject);
	return r;
}

static int find_and_change(struct vctx_user_file *f, const struct vctx_config *config,
			   const struct request *q)
{
	const struct vctx_mapping *old = vctx_user_find(&config->map, q->subject);
	struct vctx_person who;
	struct vctx_err ignored;

	if (config->map.unreadable)
		return vctx_cli_fail("%s", config->map.unreadable);
	if (q->kick && !vctx_resolve_person(q->subject, &who, &ignored) && !who.uid)
		return vctx_cli_fail("--kick would end the host's own processes: not for "
				     "uid 0");
	if (!q->mod && old)
		return vctx_cli_fail("%s has a line already, %s:%u: vctx-user mod "
				     "changes it",
				     q->subject, old->file, old->line);
	if (q->mod && !old)
		return vctx_cli_fail("there is no line for %s: vctx-user add makes one",
				     q->subject);
	if (old && strcmp(old->file, VCTX_MAP_FILE))
		return vctx_cli_fail("the line of %s is %s:%u: only %s is changed here",
				     q->subject, old->file, old->line, VCTX_MAP_FILE);
	if (old && old->target == VCTX_TARGET_BROKEN)
		return vctx_cli_fail("%s:%u:%u: %s: vctx-user edit mends it", old->file,
				     old->line, old->column, old->why);
	return change(f, config, q, old);
}

static int run(int argc, char **argv, bool mod)
{
	struct request q = {.mod = mod};
	struct vctx_config config;
	struct vctx_user_file f;
	struct vctx_err err;
	int r = read_options(&q, argc, argv);

	if (r)
		return r < 0 ? usage(mod) : r;
	if (vctx_user_file_open(&f, &err))
		return vctx_cli_fail("%s", err.msg);
	r = vctx_user_load(&config);
	if (!r) {
		r = find_and_change(&f, &config, &q);
		vctx_config_done(&config);
	}
	vctx_user_file_close(&f);
	return r;
}

int vctx_user_add(int argc, char **argv)
{
	return run(argc, argv, false);
}

int vctx_user_mod(int argc, char **argv)
{
	return run(argc, argv, true);
}
