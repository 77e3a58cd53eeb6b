/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resolv.conf of a context: the host's, without the servers that cannot be reached from
 * inside. */
#include "resolv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PORT 53

static const char heading[] =
	"# Written by vctx at the start of this vserver, from the host's resolv.conf.\n"
	"# With \"" VCTX_RESOLV_KEEP "\" in the first line it stays as it is.\n";
static const char nothing[] = "# No name server of the host can be reached from here: "
			      "HOST_SERVICES names one on\n"
			      "# its loopback, as in HOST_SERVICES=\"127.0.0.53:53\".\n";

enum kind { OTHER, EMPTY, FAR, LOOPBACK, FAR6, LOOPBACK6 };

struct out {
	char *buf;
	size_t size, n;
	bool full;
};

static void put(struct out *out, const char *text, size_t len)
{
	if (out->full || len >= out->size - out->n) {
		out->full = true;
		return;
	}
	memcpy(out->buf + out->n, text, len);
	out->n += len;
	out->buf[out->n] = 0;
}

static bool is_loopback4(uint32_t addr)
{
	return ntohl(addr) >> 24 == 127;
}

/* What a server's address is. *ret: an IPv4 one. */
static enum kind classify(const char *text, uint32_t *ret)
{
	char addr[64];
	struct in6_addr six;
	size_t n = strcspn(text, " \t\r%#;");

	if (n >= sizeof(addr))
		return OTHER;
	memcpy(addr, text, n);
	addr[n] = 0;
	if (inet_pton(AF_INET, addr, ret) == 1)
		return is_loopback4(*ret) ? LOOPBACK : FAR;
	if (inet_pton(AF_INET6, addr, &six) != 1)
		return OTHER;
	if (IN6_IS_ADDR_V4MAPPED(&six)) {
		memcpy(ret, six.s6_addr + 12, 4);
		return is_loopback4(*ret) ? LOOPBACK : FAR;
	}
	return IN6_IS_ADDR_LOOPBACK(&six) ? LOOPBACK6 : FAR6;
}

/* The next line of *p, without its end, into line; what does not fit is cut. */
static bool next_line(const char **p, char *line, size_t size)
{
	size_t len = strcspn(*p, "\n"), n = len < size ? len : size - 1;

	if (!**p)
		return false;
	memcpy(line, *p, n);
	line[n] = 0;
	*p += len + ((*p)[len] == '\n');
	return true;
}

/* What a line is. *ret: the address of an IPv4 server. */
static enum kind kind_of(const char *line, uint32_t *ret)
{
	const char *p = line + strspn(line, " \t");

	if (!*p || *p == '#' || *p == ';')
		return EMPTY;
	if (strncmp(p, "nameserver", 10) != 0 || !strchr(" \t", p[10]) || !p[10])
		return OTHER;
	p += 10;
	return classify(p + strspn(p, " \t"), ret);
}

static bool is_reached(enum kind kind, uint32_t addr, const struct vctx_iproot *root)
{
	uint32_t i;

	if (kind == FAR)
		return root->n_v4 || root->pool.name[0];
	if (kind == FAR6)
		return root->n_v6 || root->auto6;
	if (kind != LOOPBACK)
		return false;
	for (i = 0; i < root->n_service; i++)
		if (root->service[i].addr == addr && root->service[i].port == PORT)
			return true;
	return false;
}

bool vctx_resolv_has_loopback(const char *host)
{
	char line[512];
	enum kind kind;
	uint32_t addr;

	while (next_line(&host, line, sizeof(line))) {
		kind = kind_of(line, &addr);
		if (kind == LOOPBACK || kind == LOOPBACK6)
			return true;
	}
	return false;
}

/* Prints what stays of text; returns how many servers that are. */
static unsigned int copy(const char *text, const struct vctx_iproot *root,
			 struct out *out)
{
	unsigned int servers = 0;
	uint32_t addr = 0;
	char line[512];
	enum kind kind;

	while (next_line(&text, line, sizeof(line))) {
		kind = kind_of(line, &addr);
		if (kind == EMPTY || (kind != OTHER && !is_reached(kind, addr, root)))
			continue;
		servers += kind != OTHER;
		put(out, line, strlen(line));
		put(out, "\n", 1);
	}
	return servers;
}

int vctx_resolv_print(const char *host, const char *upstream,
		      const struct vctx_iproot *root, char *buf, size_t size,
		      bool *ret_none)
{
	struct out out = {.buf = buf, .size = size};
	unsigned int servers;
	size_t body;

	if (!size)
		return -ENOSPC;
	put(&out, heading, strlen(heading));
	body = out.n;
	servers = copy(host, root, &out);
	if (!servers && upstream && !out.full) {
		out.n = body;
		buf[body] = 0;
		servers = copy(upstream, root, &out);
	}
	if (!servers)
		put(&out, nothing, strlen(nothing));
	if (out.full)
		return -ENOSPC;
	*ret_none = !servers;
	return (int)out.n;
}
