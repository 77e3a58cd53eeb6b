/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a fuzz target over the files given, where there is no libFuzzer to do it: once as
 * they are, and once cut at each of their first bytes. */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "fd.h"

#define CUTS_MAX 4096

/* In a buffer of the very size, so that AddressSanitizer sees a byte too many. */
static void try_bytes(const char *text, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);

	must(exact);
	memcpy(exact, text, n);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

int main(int argc, char **argv)
{
	size_t n, cut;
	int i;

	for (i = 1; i < argc; i++) {
		cleanup_close int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
		cleanup_free char *text = NULL;

		if (fd < 0 || vctx_fd_slurp(fd, 1u << 20, &text, &n)) {
			perror(argv[i]);
			return 1;
		}
		try_bytes(text, n);
		for (cut = 0; cut < n && cut < CUTS_MAX; cut++)
			try_bytes(text, cut);
	}
	printf("%s: %d inputs\n", argv[0], argc - 1);
	return argc > 1 ? 0 : 1;
}
