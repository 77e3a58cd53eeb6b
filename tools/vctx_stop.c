/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a context down, from /run/vctx and the cgroup tree alone; idempotent. Run by the
 * shepherd, vserver and the boot unit. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "fd.h"
#include "hostlog.h"
#include "start.h"
#include "str.h"

#define DEADLINE_MS 20000

static int usage(FILE *out)
{
	fputs("Usage: vctx_stop [--idle] [--keeper PID:START] NAME\n"
	      "Ends every process of the context NAME and forgets it. What is not there "
	      "is done.\n\n"
	      "      --idle    only if no process is in it, else exit status 3; and only "
	      "if it\n"
	      "                is not to stay, else 4\n"
	      "      --keeper  only the context whose pid 1 is or was this process\n"
	      "  -h, --help    this text\n",
	      out);
	return out == stdout ? 0 : 2;
}

static int parse_keeper(const char *text, struct vctx_stop *how)
{
	char pid[16];
	const char *colon = strchr(text, ':');
	uint32_t n;

	if (!colon || (size_t)(colon - text) >= sizeof(pid))
		return -1;
	memcpy(pid, text, (size_t)(colon - text));
	pid[colon - text] = 0;
	if (vctx_str_u32(pid, INT32_MAX, &n) || !n ||
	    vctx_str_u64(colon + 1, UINT64_MAX, &how->keeper_start))
		return -1;
	how->keeper = (pid_t)n;
	return 0;
}

static int stop(const char *name, const struct vctx_stop *how)
{
	struct vctx_hostlog log;
	struct vctx_err err = {0};
	int r = vctx_stop(name, how, vctx_fd_now() + DEADLINE_MS, &err);

	if (r == 1)
		return 0;
	if (r == -EBUSY)
		return 3;
	if (r == -EEXIST)
		return 4;
	vctx_hostlog_open(&log, "vctx_stop", "");
	(void)snprintf(log.context, sizeof(log.context), "%s", name);
	if (!r) {
		vctx_hostlog_write(&log, LOG_INFO, NULL, "%s has ended%s", name,
				   how->idle_only ? ": it was idle"
				   : how->keeper  ? ": its pid 1 ended"
						  : "");
		return 0;
	}
	vctx_hostlog_write(&log, LOG_ERR, NULL, "%s cannot be ended: %s", name, err.msg);
	fprintf(stderr, "vctx_stop: %s\n", err.msg);
	return 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"idle", no_argument, NULL, 'i'},
		{"keeper", required_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct vctx_stop how = {0};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout);
		if (c == '?' || (c == 'k' && parse_keeper(optarg, &how)))
			return usage(stderr);
		how.idle_only |= c == 'i';
	}
	if (argc - optind != 1)
		return usage(stderr);
	return stop(argv[optind], &how);
}
