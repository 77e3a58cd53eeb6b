/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What chbind takes for an address: a number, a network device, the name of a host. The
 * order is util-vserver's, but that a number is never looked up as anything else. */
#include "chbind_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "str.h"
#include "vctx_abi.h"

#define DEFAULT_PREFIX 24

static bool is_number(const char *text)
{
	return text[0] && !text[strspn(text, "0123456789./")];
}

/* ---- devices ---- */

/* "eth0" of "eth0:1": a label is no device by itself. */
static bool is_device(const char *text)
{
	char name[IFNAMSIZ];
	size_t n = strcspn(text, ":");

	if (!n || n >= sizeof(name))
		return false;
	memcpy(name, text, n);
	name[n] = 0;
	return if_nametoindex(name) != 0;
}

static int ask_device(int fd, const char *name, unsigned long request, uint32_t *ret)
{
	struct ifreq ifr = {0};
	struct sockaddr_in sin;

	if (vctx_str_copy(ifr.ifr_name, sizeof(ifr.ifr_name), name))
		return -ENODEV;
	if (ioctl(fd, request, &ifr))
		return -errno;
	/* a union of addresses: the ioctl says in which form */
	memcpy(&sin, &ifr.ifr_addr, sizeof(sin));
	*ret = sin.sin_addr.s_addr;
	return 0;
}

static int read_device(const char *name, struct vctx_ip4 *ret, uint32_t *ret_bcast,
		       struct vctx_err *err)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t mask = 0, bcast = 0;
	int r;

	if (fd < 0)
		return vctx_err_sys(err, "socket");
	r = ask_device(fd, name, SIOCGIFADDR, &ret->addr);
	if (!r)
		r = ask_device(fd, name, SIOCGIFNETMASK, &mask);
	if (r)
		return vctx_err_set(err, r, "device %s has no IPv4 address", name);
	ret->prefix = (uint8_t)__builtin_popcount(mask);
	(void)ask_device(fd, name, SIOCGIFBRDADDR, &bcast);
	*ret_bcast = bcast;
	return 0;
}

/* ---- names ---- */

static int resolve(const char *name, uint32_t *ret, struct vctx_err *err)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	struct sockaddr_in sin;
	int r = getaddrinfo(name, NULL, &hints, &found);

	if (r)
		return vctx_err_set(err, -ENOENT,
				    "'%.80s' is no address, no device and no host: %s",
				    name, gai_strerror(r));
	memcpy(&sin, found->ai_addr, sizeof(sin));
	freeaddrinfo(found);
	*ret = sin.sin_addr.s_addr;
	return 0;
}

static int read_name(const char *text, struct vctx_ip4 *ret, struct vctx_err *err)
{
	char name[NI_MAXHOST];
	size_t n = strcspn(text, "/");
	int r;

	if (!n || n >= sizeof(name))
		return vctx_err_set(err, -EINVAL, "'%.80s' is no address", text);
	memcpy(name, text, n);
	name[n] = 0;
	ret->prefix = DEFAULT_PREFIX;
	if (text[n] == '/') {
		r = vctx_ip_parse_mask(text + n + 1, &ret->prefix, err);
		if (r)
			return r;
	}
	return resolve(name, &ret->addr, err);
}

/* ---- all of them ---- */

/* An address that a socket of the host's can have as its own. */
static int check(uint32_t addr, const char *text, struct vctx_err *err)
{
	uint32_t h = ntohl(addr);

	if (!addr || IN_MULTICAST(h) || h == INADDR_BROADCAST)
		return vctx_err_set(err, -EINVAL, "%s cannot be the address of a host",
				    text);
	if ((h & 0xff800000u) == VCTX_ABI_ALIAS_BASE)
		return vctx_err_set(err, -EINVAL,
				    "%s is in 127.128.0.0/9, the loopbacks of contexts",
				    text);
	return 0;
}

int chbind_addr_parse(const char *text, struct vctx_ip4 *ret, uint32_t *ret_bcast,
		      struct vctx_err *err)
{
	struct vctx_ip4 ip = {0};
	uint32_t bcast = 0;
	int r;

	if (is_number(text))
		r = vctx_ip_parse_v4(text, DEFAULT_PREFIX, &ip, err);
	else if (is_device(text))
		r = read_device(text, &ip, &bcast, err);
	else
		r = read_name(text, &ip, err);
	if (!r)
		r = check(ip.addr, text, err);
	if (r)
		return r;
	*ret = ip;
	*ret_bcast = bcast;
	return 0;
}

int chbind_addr_bcast(const char *text, uint32_t *ret, struct vctx_err *err)
{
	struct vctx_ip4 ip;
	struct in_addr in;
	uint32_t bcast = 0;
	int r;

	if (is_number(text)) {
		if (inet_pton(AF_INET, text, &in) != 1 || !in.s_addr)
			return vctx_err_set(err, -EINVAL, "'%.80s' is no address", text);
		*ret = in.s_addr;
		return 0;
	}
	r = is_device(text) ? read_device(text, &ip, &bcast, err)
			    : resolve(text, &bcast, err);
	if (!r && !bcast)
		r = vctx_err_set(err, -ENOENT, "device %s has no broadcast address",
				 text);
	if (!r)
		*ret = bcast;
	return r;
}

int chbind_addr_is_here(uint32_t addr, struct vctx_err *err)
{
	struct ifaddrs *all, *a;
	struct sockaddr_in sin;
	bool found = ntohl(addr) >> 24 == IN_LOOPBACKNET;

	if (getifaddrs(&all))
		return vctx_err_sys(err, "the addresses of this host cannot be read");
	for (a = all; a && !found; a = a->ifa_next) {
		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&sin, a->ifa_addr, sizeof(sin));
		found = sin.sin_addr.s_addr == addr;
	}
	freeifaddrs(all);
	return found;
}
