/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of the host's devices, by rtnetlink(7). */
#include "sys_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fd.h"

#define DUMP_SIZE 32768 /* what the kernel fills at most */
#define DUMP_TRIES 5
#define LIFE_FOREVER 0xffffffffu

static size_t length_of(const struct vctx_addr *addr)
{
	return addr->family == AF_INET ? 4 : 16;
}

const char *vctx_addr_print(const struct vctx_addr *addr, char buf[INET6_ADDRSTRLEN])
{
	return inet_ntop(addr->family, addr->bytes, buf, INET6_ADDRSTRLEN) ? buf : "?";
}

int vctx_addr_parse(const char *text, struct vctx_addr *ret)
{
	struct vctx_addr addr = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	if (inet_pton(addr.family, text, addr.bytes) != 1)
		return -EINVAL;
	*ret = addr;
	return 0;
}

static int receive(struct mnl_socket *nl, uint32_t seq, mnl_cb_t fn, void *arg)
{
	char buf[DUMP_SIZE];
	int r = MNL_CB_OK;
	ssize_t n;

	while (r > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -1
			  : mnl_cb_run(buf, (size_t)n, seq, mnl_socket_get_portid(nl), fn,
				       arg);
	}
	return r < 0 ? -errno : 0;
}

/* Sends one request and hands what comes back to fn. 0 or -errno. */
static int ask(struct nlmsghdr *req, mnl_cb_t fn, void *arg)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int r;

	if (!nl)
		return -errno;
	req->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_sendto(nl, req, req->nlmsg_len) < 0)
		r = -errno;
	else
		r = receive(nl, req->nlmsg_seq, fn, arg);
	(void)mnl_socket_close(nl);
	return r;
}

struct search {
	const struct vctx_addr *addr;
	struct vctx_addr_found found;
};

struct attrs {
	const void *local, *addr;
	uint8_t proto;
};

static int one_attr(const struct nlattr *attr, void *arg)
{
	struct attrs *a = arg;

	if (mnl_attr_get_type(attr) == IFA_LOCAL)
		a->local = mnl_attr_get_payload(attr);
	else if (mnl_attr_get_type(attr) == IFA_ADDRESS)
		a->addr = mnl_attr_get_payload(attr);
	else if (mnl_attr_get_type(attr) == IFA_PROTO)
		a->proto = mnl_attr_get_u8(attr);
	return MNL_CB_OK;
}

static int one_address(const struct nlmsghdr *msg, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(msg);
	struct search *s = arg;
	struct attrs a = {0};
	const void *own;

	if (msg->nlmsg_type != RTM_NEWADDR || ifa->ifa_family != s->addr->family ||
	    mnl_attr_parse(msg, sizeof(*ifa), one_attr, &a) < 0)
		return MNL_CB_OK;
	own = a.local ? a.local
		      : a.addr; /* the latter is a peer's where both are there */
	if (!own || memcmp(own, s->addr->bytes, length_of(s->addr)) != 0)
		return MNL_CB_OK;
	if (a.proto == VCTX_ADDR_PROTO || !s->found.ours) {
		s->found.prefix = ifa->ifa_prefixlen;
		if (!if_indextoname(ifa->ifa_index, s->found.dev))
			return MNL_CB_OK;
	}
	s->found.ours |= a.proto == VCTX_ADDR_PROTO;
	s->found.theirs |= a.proto != VCTX_ADDR_PROTO;
	return MNL_CB_OK;
}

int vctx_addr_find(const struct vctx_addr *addr, struct vctx_addr_found *ret,
		   struct vctx_err *err)
{
	char buf[256], text[INET6_ADDRSTRLEN];
	struct search s;
	int tries, r = -EINTR;

	/* -EINTR: the list changed while it was read */
	for (tries = 0; r == -EINTR && tries < DUMP_TRIES; tries++) {
		struct nlmsghdr *req = mnl_nlmsg_put_header(buf);
		struct ifaddrmsg *ifa;

		req->nlmsg_type = RTM_GETADDR;
		req->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		ifa = mnl_nlmsg_put_extra_header(req, sizeof(*ifa));
		ifa->ifa_family = (uint8_t)addr->family;
		s = (struct search){.addr = addr};
		r = ask(req, one_address, &s);
	}
	/* an address that was seen is there, whatever else changed */
	if (r == -EINTR && (s.found.ours || s.found.theirs))
		r = 0;
	if (!r) {
		*ret = s.found;
		return 0;
	}
	errno = -r;
	return vctx_err_sys(err, "the devices cannot be asked who has %s",
			    vctx_addr_print(addr, text));
}

struct route {
	int family;
	uint32_t oif;
	uint8_t type;
	struct vctx_addr source;
};

static int one_route_attr(const struct nlattr *attr, void *arg)
{
	struct route *route = arg;
	uint16_t n = mnl_attr_get_payload_len(attr);

	if (mnl_attr_get_type(attr) == RTA_OIF)
		route->oif = mnl_attr_get_u32(attr);
	if (mnl_attr_get_type(attr) == RTA_PREFSRC && n <= sizeof(route->source.bytes)) {
		route->source.family = route->family;
		memcpy(route->source.bytes, mnl_attr_get_payload(attr), n);
	}
	return MNL_CB_OK;
}

static int one_route(const struct nlmsghdr *msg, void *arg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(msg);
	struct route *route = arg;

	if (msg->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	route->type = rtm->rtm_type;
	(void)mnl_attr_parse(msg, sizeof(*rtm), one_route_attr, route);
	return MNL_CB_STOP; /* a single answer has no end of its own */
}

int vctx_addr_default(int family, char ret_dev[IF_NAMESIZE], struct vctx_addr *ret_source,
		      struct vctx_err *err)
{
	/* an address for documents alone (RFC 5737, RFC 3849): nobody has a route of its
	 * own for it, and a table of a million routes need not be read */
	struct vctx_addr far = {0};
	struct route route = {.family = family};
	char buf[256], dev[IF_NAMESIZE];
	struct nlmsghdr *req = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;
	int r = vctx_addr_parse(family == AF_INET ? "192.0.2.1" : "2001:db8::1", &far);

	req->nlmsg_type = RTM_GETROUTE;
	req->nlmsg_flags = NLM_F_REQUEST;
	rtm = mnl_nlmsg_put_extra_header(req, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)family;
	rtm->rtm_dst_len = family == AF_INET ? 32 : 128;
	mnl_attr_put(req, RTA_DST, length_of(&far), far.bytes);
	if (!r)
		r = ask(req, one_route, &route);
	if (r || route.type != RTN_UNICAST || !if_indextoname(route.oif, dev))
		return vctx_err_set(err, -ENETUNREACH,
				    "there is no default route that says which device "
				    "is meant: name it, IPROOTDEV=eth0");
	memcpy(ret_dev, dev, sizeof(dev));
	if (ret_source)
		*ret_source = route.source;
	return 0;
}

static bool is_loopback(const char *dev)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = {0};

	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", dev);
	return fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &req) && req.ifr_flags & IFF_LOOPBACK;
}

static struct ifaddrmsg *put_address(struct nlmsghdr *req, const struct vctx_addr *addr,
				     uint8_t prefix, unsigned int dev)
{
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(req, sizeof(*ifa));

	ifa->ifa_family = (uint8_t)addr->family;
	ifa->ifa_prefixlen = prefix;
	ifa->ifa_index = dev;
	mnl_attr_put(req, IFA_LOCAL, length_of(addr), addr->bytes);
	mnl_attr_put(req, IFA_ADDRESS, length_of(addr), addr->bytes);
	return ifa;
}

static void put_broadcast(struct nlmsghdr *req, const struct vctx_addr *addr,
			  uint8_t prefix, uint32_t bcast)
{
	uint32_t own;

	memcpy(&own, addr->bytes, sizeof(own));
	if (!bcast && prefix < 31)
		bcast = own | htonl(prefix ? (1u << (32 - prefix)) - 1 : UINT32_MAX);
	if (bcast)
		mnl_attr_put_u32(req, IFA_BROADCAST, bcast);
}

/* Removing the first address of a net would remove the others with it. */
static int keep_others(const char *dev)
{
	char path[96];

	(void)snprintf(path, sizeof(path),
		       "/proc/sys/net/ipv4/conf/%s/promote_secondaries", dev);
	return vctx_fd_poke(AT_FDCWD, path, "1");
}

int vctx_addr_add(const struct vctx_addr *addr, uint8_t prefix, uint32_t bcast,
		  const char *dev, struct vctx_err *err)
{
	/* the host's own choice of a source leaves deprecated ones out */
	const struct ifa_cacheinfo life = {.ifa_prefered = 0, .ifa_valid = LIFE_FOREVER};
	char buf[512], text[INET6_ADDRSTRLEN];
	struct nlmsghdr *req = mnl_nlmsg_put_header(buf);
	unsigned int index = if_nametoindex(dev);
	int r = 0;

	if (!index)
		return vctx_err_set(err, -ENODEV, "%s: there is no device %s",
				    vctx_addr_print(addr, text), dev);
	if (is_loopback(dev))
		prefix = addr->family == AF_INET ? 32 : 128;
	req->nlmsg_type = RTM_NEWADDR;
	req->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	(void)put_address(req, addr, prefix, index);
	mnl_attr_put_u8(req, IFA_PROTO, VCTX_ADDR_PROTO);
	if (addr->family == AF_INET) {
		put_broadcast(req, addr, prefix, bcast);
		r = keep_others(dev);
	} else {
		mnl_attr_put_u32(req, IFA_FLAGS, IFA_F_NODAD);
		mnl_attr_put(req, IFA_CACHEINFO, sizeof(life), &life);
	}
	if (!r)
		r = ask(req, NULL, NULL);
	if (!r || r == -EEXIST)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "%s/%u cannot be added to device %s",
			    vctx_addr_print(addr, text), prefix, dev);
}

int vctx_addr_del(const struct vctx_addr *addr, uint8_t prefix, const char *dev,
		  struct vctx_err *err)
{
	char buf[256], text[INET6_ADDRSTRLEN];
	struct nlmsghdr *req = mnl_nlmsg_put_header(buf);
	unsigned int index = if_nametoindex(dev);
	int r;

	if (!index)
		return 0; /* its addresses went with it */
	req->nlmsg_type = RTM_DELADDR;
	req->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	(void)put_address(req, addr, prefix, index);
	r = ask(req, NULL, NULL);
	if (!r || r == -EADDRNOTAVAIL || r == -ENODEV)
		return 0;
	errno = -r;
	return vctx_err_sys(err, "%s/%u cannot be removed from device %s",
			    vctx_addr_print(addr, text), prefix, dev);
}
