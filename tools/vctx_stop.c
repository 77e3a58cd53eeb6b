/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a context down, from /run/vctx and the cgroup tree alone; idempotent. Run by the
 * shepherd, vserver and the boot unit. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "fd.h"
#include "hostlog.h"
#include "start.h"

#define DEADLINE_MS 20000

static int usage(FILE *out)
{
	fputs("Usage: vctx_stop [--idle|--ended] NAME\n"
	      "Ends every process of the context NAME and forgets it. What is not there "
	      "is done.\n\n"
	      "      --idle   only if no process is in it; else exit status 3\n"
	      "      --ended  its pid 1 has ended (only the log line differs)\n"
	      "  -h, --help   this text\n",
	      out);
	return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"idle", no_argument, NULL, 'i'},
		{"ended", no_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool idle = false, ended = false;
	struct vctx_hostlog log;
	struct vctx_err err = {0};
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout);
		if (c == '?')
			return usage(stderr);
		idle |= c == 'i';
		ended |= c == 'e';
	}
	if (argc - optind != 1)
		return usage(stderr);
	r = vctx_stop(argv[optind], idle, vctx_fd_now() + DEADLINE_MS, &err);
	if (r == 1)
		return 0;
	vctx_hostlog_open(&log, "vctx_stop", "");
	(void)snprintf(log.context, sizeof(log.context), "%s", argv[optind]);
	if (!r) {
		vctx_hostlog_write(&log, LOG_INFO, NULL, "%s has ended%s", argv[optind],
				   idle    ? ": it was idle"
				   : ended ? ": its pid 1 ended"
					   : "");
		return 0;
	}
	if (r == -EBUSY)
		return 3;
	vctx_hostlog_write(&log, LOG_ERR, NULL, "%s cannot be ended: %s", argv[optind],
			   err.msg);
	fprintf(stderr, "vctx_stop: %s\n", err.msg);
	return 1;
}
