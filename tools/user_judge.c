/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine has against the addresses and devices of a root. */
#include "user_addresses.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli.h"
#include "fd.h"

/* One finding, with its place where there is one. */
VCTX_PRINTF(4, 5)
static void say(struct vctx_findings *f, enum vctx_level level,
		const struct vctx_user_holder *at, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		(void)vctx_cli_must(NULL);
	if (at && at->file)
		vctx_findings_at(f, level, at->file, at->line, 0, "%s", text);
	else
		vctx_findings_add(f, level, "%s", text);
}

static void judge_device(const char *dev, const char *what,
			 const struct vctx_user_holder *at, struct vctx_findings *f)
{
	if (*dev && !if_nametoindex(dev))
		say(f, VCTX_LEVEL_ERROR, at, "%s%s: there is no such network device",
		    what, dev);
}

/* The address that the host's own packets to the outside have; none is sent to find it.
 * The destinations are of documentation's networks, which only a default route leads to.
 */
static bool find_source(int family, struct in6_addr *ret)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(9)};
	void *to = family == AF_INET ? (void *)&v4 : &v6;
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	cleanup_close int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(ret, 0, sizeof(*ret));
	(void)inet_pton(AF_INET, "198.51.100.1", &v4.sin_addr);
	(void)inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
	if (fd < 0 || connect(fd, to, len) || getsockname(fd, to, &len))
		return false;
	if (family == AF_INET)
		memcpy(ret, &v4.sin_addr, sizeof(v4.sin_addr));
	else
		*ret = v6.sin6_addr;
	return true;
}

static void judge_host(const struct vctx_iproot *root, const struct vctx_user_holder *at,
		       enum vctx_level level, struct vctx_findings *f)
{
	struct in6_addr own4, own6;
	bool has4 = find_source(AF_INET, &own4), has6 = find_source(AF_INET6, &own6);
	char text[INET6_ADDRSTRLEN] = "";
	uint32_t i;

	for (i = 0; has4 && i < root->n_v4; i++)
		if (!memcmp(&root->v4[i].addr, &own4, sizeof(root->v4[i].addr)))
			(void)inet_ntop(AF_INET, &own4, text, sizeof(text));
	for (i = 0; has6 && i < root->n_v6; i++)
		if (!memcmp(root->v6[i].addr, &own6, sizeof(own6)))
			(void)inet_ntop(AF_INET6, &own6, text, sizeof(text));
	if (!text[0])
		return;
	/* a range leaves the other ports to the host */
	if (root->port_last)
		say(f, VCTX_LEVEL_WARNING, at,
		    "address %s is the host's own: the host would no longer answer there "
		    "on ports %u-%u",
		    text, root->port_first, root->port_last);
	else
		say(f, level, at,
		    "address %s is the host's own: the host would no longer answer there",
		    text);
}

static void judge_leases(const struct vctx_config *config, const struct vctx_iproot *root,
			 const struct vctx_user_holder *at, struct vctx_findings *f)
{
	char text[INET_ADDRSTRLEN];
	uint32_t i;
	size_t k;

	for (i = 0; i < root->n_v4; i++)
		for (k = 0; k < config->all.n_pools; k++) {
			const struct vctx_pool *pool = &config->all.pools[k].pool;

			if (vctx_ip_pool_has(pool, root->v4[i].addr))
				say(f, VCTX_LEVEL_ERROR, at,
				    "address %s is of pool %s, which gives it to another",
				    inet_ntop(AF_INET, &root->v4[i].addr, text,
					      sizeof(text)),
				    pool->name);
		}
}

void vctx_user_addresses_judge_pool(const struct vctx_config *config,
				    const struct vctx_pool *pool, size_t n,
				    const struct vctx_user_holder *at,
				    struct vctx_findings *f)
{
	size_t i;

	judge_device(pool->dev, "dev=", at, f);
	judge_device(pool->masquerade, "masquerade=", at, f);
	for (i = 0; i < n; i++) {
		const struct vctx_pool *other = &config->all.pools[i].pool;

		if (strcmp(other->name, pool->name) && vctx_ip_pool_overlaps(other, pool))
			say(f, VCTX_LEVEL_ERROR, at,
			    "pool %s overlaps pool %s: an address could be given out "
			    "twice",
			    pool->name, other->name);
	}
}

void vctx_user_addresses_judge(const struct vctx_config *config,
			       const struct vctx_iproot *root,
			       const struct vctx_user_holder *at, enum vctx_level host,
			       struct vctx_findings *f)
{
	uint32_t i;

	judge_device(root->dev, "IPROOTDEV=", at, f);
	for (i = 0; i < root->n_v4; i++)
		judge_device(root->v4[i].dev, "", at, f);
	for (i = 0; i < root->n_v6; i++)
		judge_device(root->v6[i].dev, "", at, f);
	judge_host(root, at, host, f);
	judge_leases(config, root, at, f);
}
