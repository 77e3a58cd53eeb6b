/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines for the host's log: with fields for the journal where it runs, else for /dev/log.
 */
#include "hostlog.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "fd.h"
#include "str.h"

static int try_connect(const char *path)
{
	const struct timeval wait = {.tv_sec = 1};
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	/* a log that does not read must not hold a login up */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa))) {
		close(fd);
		return -1;
	}
	return fd;
}

void vctx_hostlog_open(struct vctx_hostlog *log, const char *service, const char *user)
{
	memset(log, 0, sizeof(*log));
	(void)snprintf(log->service, sizeof(log->service), "%s", service);
	(void)snprintf(log->user, sizeof(log->user), "%s", user);
	log->fd = try_connect("/run/systemd/journal/socket");
	log->journal = log->fd >= 0;
	if (log->fd < 0)
		log->fd = try_connect("/dev/log");
}

void vctx_hostlog_close(struct vctx_hostlog *log)
{
	vctx_fd_closep(&log->fd);
}

/* What a person chose may not break a line or a field. */
static void clean(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

static int format_journal(const struct vctx_hostlog *log, int priority, const char *ref,
			  const char *msg, char *buf, size_t size)
{
	return snprintf(buf, size,
			"MESSAGE=pam_vctx(%s): "
			"%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=vctx\nSYSLOG_FACILITY=10\n"
			"VCTX_USER=%s\nVCTX_CONTEXT=%s\nVCTX_SERVICE=%s\nVCTX_REF=%s\n",
			log->service, msg, priority, log->user, log->context,
			log->service, ref ? ref : "");
}

static int format_syslog(const struct vctx_hostlog *log, int priority, const char *msg,
			 char *buf, size_t size)
{
	time_t now = time(NULL);
	struct tm tm = {0};
	char when[32] = "Jan  1 00:00:00";

	if (localtime_r(&now, &tm))
		(void)strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	return snprintf(buf, size, "<%d>%s vctx[%d]: pam_vctx(%s): %s",
			LOG_AUTHPRIV | priority, when, (int)getpid(), log->service, msg);
}

void vctx_hostlog_write(const struct vctx_hostlog *log, int priority, const char *ref,
			const char *fmt, ...)
{
	struct vctx_hostlog safe = *log;
	char msg[600], buf[1600];
	va_list ap;
	int n;

	if (log->fd < 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	n = (int)strlen(msg);
	if (ref)
		(void)snprintf(msg + n, sizeof(msg) - (size_t)n, " (ref %s)", ref);
	clean(msg);
	clean(safe.user);
	n = log->journal ? format_journal(&safe, priority, ref, msg, buf, sizeof(buf))
			 : format_syslog(&safe, priority, msg, buf, sizeof(buf));
	if (n > 0)
		(void)send(log->fd, buf,
			   (size_t)n < sizeof(buf) ? (size_t)n : sizeof(buf) - 1,
			   MSG_NOSIGNAL);
}
