/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPROOT6=auto: unique local addresses (RFC 4193) that are made of names. */
#include "ula.h"

#include <sha2.h>
#include <string.h>

static void hash(const char *text, uint8_t ret[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)text, strlen(text));
	SHA256Final(ret, &sha);
}

void vctx_ula_make(const char *machine_id, const char *name, uint8_t ret[16])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	memset(ret, 0, 16);
	ret[0] = 0xfd;
	hash(machine_id, digest);
	memcpy(ret + 1, digest, 5);
	hash(name, digest);
	memcpy(ret + 8, digest, 8);
}
