/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPv4 root of a context as text, as lib/ip.c reads it. */
#include "ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* A list of words that is printed into a buffer. */
struct out {
	char *buf;
	size_t size, n;
	bool full;
};

VCTX_PRINTF(2, 3) static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (o->n && !o->full && o->n + 1 < o->size)
		o->buf[o->n++] = ' ';
	va_start(ap, fmt);
	n = o->full ? -1 : vsnprintf(o->buf + o->n, o->size - o->n, fmt, ap);
	va_end(ap);
	o->full = n < 0 || (size_t)n >= o->size - o->n;
	if (!o->full)
		o->n += (size_t)n;
}

static struct out begin(char *buf, size_t size)
{
	struct out o = {.buf = buf, .size = size, .full = !size};

	if (size)
		buf[0] = 0;
	return o;
}

static int end(const struct out *o)
{
	return o->full ? -ENOSPC : (int)o->n;
}

int vctx_ip_print_root(const struct vctx_iproot *root, char *buf, size_t size)
{
	struct out o = begin(buf, size);
	char addr[INET_ADDRSTRLEN];
	uint32_t i;

	if (root->net != VCTX_NET_ROOT)
		put(&o, "%s", vctx_ip_net_name(root->net));
	else if (!root->n_v4 && root->pool.name[0])
		put(&o, "pool:%s", root->pool.name);
	for (i = 0; i < root->n_v4; i++) {
		const struct vctx_ip4 *a = &root->v4[i];

		put(&o, "%s%s%s/%u", a->dev, a->dev[0] ? ":" : "",
		    inet_ntop(AF_INET, &a->addr, addr, sizeof(addr)), a->prefix);
	}
	return end(&o);
}

int vctx_ip_print_root6(const struct vctx_iproot *root, char *buf, size_t size)
{
	struct out o = begin(buf, size);
	char addr[INET6_ADDRSTRLEN];
	uint32_t i;

	if (root->auto6 && !root->n_v6)
		put(&o, "auto");
	for (i = 0; i < root->n_v6; i++) {
		const struct vctx_ip6 *a = &root->v6[i];

		put(&o, "%s%s%s/%u", a->dev, a->dev[0] ? "@" : "",
		    inet_ntop(AF_INET6, a->addr, addr, sizeof(addr)), a->prefix);
	}
	return end(&o);
}

int vctx_ip_print_services(const struct vctx_iproot *root, char *buf, size_t size)
{
	struct out o = begin(buf, size);
	char addr[INET_ADDRSTRLEN];
	uint32_t i;

	for (i = 0; i < root->n_service; i++)
		put(&o, "%s:%u",
		    inet_ntop(AF_INET, &root->service[i].addr, addr, sizeof(addr)),
		    root->service[i].port);
	for (i = 0; i < root->n_socket; i++)
		put(&o, "socket=%s", root->socket[i]);
	return end(&o);
}

int vctx_ip_print_publish(const struct vctx_iproot *root, char *buf, size_t size)
{
	struct out o = begin(buf, size);
	uint32_t i;

	for (i = 0; i < root->n_publish; i++)
		put(&o, "%s:%u:%u", root->publish[i].udp ? "udp" : "tcp",
		    root->publish[i].port, root->publish[i].inside);
	return end(&o);
}

int vctx_ip_print_pool(const struct vctx_pool *pool, char *buf, size_t size)
{
	struct out o = begin(buf, size);
	char net[INET_ADDRSTRLEN];

	if (!pool->prefix)
		return end(&o);
	put(&o, "%s/%u", inet_ntop(AF_INET, &pool->net, net, sizeof(net)), pool->prefix);
	if (pool->dev[0])
		put(&o, "dev=%s", pool->dev);
	if (pool->masquerade[0])
		put(&o, "masquerade=%s", pool->masquerade);
	return end(&o);
}
