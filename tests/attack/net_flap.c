/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A listener that comes and goes, and a client that never stops asking. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net.h"

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ADDRESS PORT SECONDS: listens, answers who is there, closes, as fast as it can. */
int net_flap(char **args)
{
	unsigned int port = (unsigned int)atoi(args[1]);
	double until = now() + atof(args[2]);
	unsigned long flaps = 0, answered = 0, refused = 0;
	struct name local, remote;

	while (now() < until) {
		int fd = net_server(AF_INET, SOCK_STREAM, args[0], port, false);
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (fd < 0) {
			refused++;
			continue;
		}
		flaps++;
		while (poll(&p, 1, 0) > 0) {
			net_answer(fd, "inside", &local, &remote);
			answered++;
		}
		(void)close(fd);
	}
	printf("flaps %lu answered %lu refused %lu\n", flaps, answered, refused);
	return flaps == 0;
}

static void ask(const char *addr, unsigned int port, unsigned long *inside,
		unsigned long *others, unsigned long *nobody)
{
	struct linger hard = {.l_onoff = 1, .l_linger = 0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char line[LINE_SIZE];

	/* no TIME_WAIT: there are not a hundred thousand ports */
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	if (net_connect(fd, addr, port) || net_receive(fd, PATIENCE, line, NULL) ||
	    !line[0])
		++*nobody;
	else if (!strncmp(line, "inside ", 7))
		++*inside;
	else
		++*others;
	(void)close(fd);
}

/* ADDRESS PORT COUNT SECONDS: so many connects, or until the time is up. */
int net_hammer(char **args)
{
	unsigned int port = (unsigned int)atoi(args[1]);
	unsigned long count = strtoul(args[2], NULL, 10), n = 0;
	unsigned long inside = 0, others = 0, nobody = 0;
	double until = now() + atof(args[3]), began, longest = 0;

	for (; n < count && now() < until; n++) {
		began = now();
		ask(args[0], port, &inside, &others, &nobody);
		if (now() - began > longest)
			longest = now() - began;
	}
	printf("connects %lu inside %lu nobody %lu others %lu longest %.0f ms\n", n,
	       inside, nobody, others, longest * 1e3);
	return others != 0;
}
