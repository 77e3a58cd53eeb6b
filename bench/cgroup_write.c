/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What moving oneself into another cgroup costs after idling: the write of "0" to
 * cgroup.procs, which a join makes once. Prints one line for each pause, in microseconds:
 * "PAUSE_MS MEDIAN MIN MAX".
 *
 *   cgroup_write CGROUP_A CGROUP_B [N]
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int open_procs(const char *cgroup)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "cgroup_write: open %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return fd;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const int fd[2], unsigned int pause_ms, double *took, int n)
{
	const struct timespec pause = {
		.tv_sec = pause_ms / 1000,
		.tv_nsec = (long)(pause_ms % 1000) * 1000000,
	};

	for (int i = 0; i < n; i++) {
		double began;

		if (pause_ms)
			nanosleep(&pause, NULL);
		began = now_us();
		if (pwrite(fd[i % 2], "0", 1, 0) != 1) {
			perror("cgroup_write: cgroup.procs");
			exit(1);
		}
		took[i] = now_us() - began;
	}
	qsort(took, (size_t)n, sizeof(*took), compare);
	printf("%u %.0f %.0f %.0f\n", pause_ms, took[n / 2], took[0], took[n - 1]);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const unsigned int pauses_ms[] = {0, 60, 300};
	int n = argc > 3 ? atoi(argv[3]) : 40;
	double *took;
	int fd[2];

	if (argc < 3 || n < 1) {
		fprintf(stderr, "usage: cgroup_write CGROUP_A CGROUP_B [N]\n");
		return 2;
	}
	took = calloc((size_t)n, sizeof(*took));
	if (!took)
		return 1;
	for (int i = 0; i < 2; i++)
		fd[i] = open_procs(argv[1 + i]);
	for (size_t i = 0; i < sizeof(pauses_ms) / sizeof(*pauses_ms); i++)
		measure(fd, pauses_ms[i], took, n);
	free(took);
	return 0;
}
