/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connect(), and the destination of a datagram: the source is an address of the root. */
#pragma once

#define CONNECT_TRIES 1024

/* Gives the socket its source. port: network order, 0 for the kernel's choice. six: it is
 * an AF_INET6 socket, for which an IPv4 source is a mapped one. */
static inline int set_source(struct bpf_sock_addr *c, const struct vctx_abi_addr *a,
			     __u16 port, int six)
{
	if (six) {
		struct sockaddr_in6 sa = {.sin6_family = AF_INET6, .sin6_port = port};

		sa.sin6_addr.in6_u.u6_addr32[0] = a->w[0];
		sa.sin6_addr.in6_u.u6_addr32[1] = a->w[1];
		sa.sin6_addr.in6_u.u6_addr32[2] = a->w[2];
		sa.sin6_addr.in6_u.u6_addr32[3] = a->w[3];
		return bpf_bind(c, (void *)&sa, sizeof(sa));
	} else {
		struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = port};

		sa.sin_addr.s_addr = a->w[3];
		return bpf_bind(c, (void *)&sa, sizeof(sa));
	}
}

/* Is a connection from a's port to dst there already? */
static inline int is_connected(struct bpf_sock_addr *c, const struct vctx_abi_addr *a,
			       const struct vctx_abi_addr *dst, __u16 port)
{
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk;
	__u32 i;

	if (is_mapped(a)) {
		t.ipv4.saddr = dst->w[3];
		t.ipv4.sport = c->user_port;
		t.ipv4.daddr = a->w[3];
		t.ipv4.dport = port;
		sk = bpf_skc_lookup_tcp(c, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	} else {
		for (i = 0; i < 4; i++) {
			t.ipv6.saddr[i] = dst->w[i];
			t.ipv6.daddr[i] = a->w[i];
		}
		t.ipv6.sport = c->user_port;
		t.ipv6.dport = port;
		sk = bpf_skc_lookup_tcp(c, &t, sizeof(t.ipv6), BPF_F_CURRENT_NETNS, 0);
	}
	if (!sk)
		return 0;
	bpf_sk_release(sk);
	return 1;
}

/* Takes a source whose port is free towards the destination. 0, or it is not to be had.
 */
GLOBAL int try_source(struct bpf_sock_addr *c, const struct vctx_abi_addr *a,
		      const struct vctx_abi_addr *dst, __u16 port, int six)
{
	if (!a || !dst || (c->protocol == IPPROTO_TCP && is_connected(c, a, dst, port)))
		return -1;
	return set_source(c, a, port, six);
}

/* set_source with a port of the root's range. */
GLOBAL int set_source_in_range(struct bpf_sock_addr *c, const struct vctx_abi_root *r,
			       const struct vctx_abi_addr *a,
			       const struct vctx_abi_addr *dst, int six)
{
	__u32 start = bpf_get_prandom_u32(), n, i;
	int one = 1;

	if (!r || !a || !dst)
		return -1;
	n = r->port_last - r->port_first + 1;
	/* one port serves for many destinations */
	if (c->protocol == IPPROTO_TCP)
		bpf_setsockopt(c, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	for (i = 0; i < CONNECT_TRIES && i < n; i++)
		if (!try_source(c, a, dst, bpf_htons(r->port_first + (start + i) % n),
				six))
			return 0;
	return -1;
}

/* The alias for a loopback destination of a datagram. A server there that bound 0.0.0.0
 * sits on the first address: it gets the datagram, and is shown as the loopback. */
GLOBAL __u32 udp_loopback(struct bpf_sock_addr *c, struct label *l,
			  const struct vctx_abi_root *r, __u32 alias)
{
	__u16 port = c->user_port;

	if (!l || !r)
		return alias;
	l->lo_peer = 0;
	if (!r->n_addr || who_udp(c, l, alias, port) == OURS ||
	    who_udp(c, l, r->addr[0], port) != OURS)
		return alias;
	l->lo_peer = alias;
	l->lo_port = port;
	return r->addr[0];
}

/* connect to *dst; cur is the source that the socket has. 0: refused. */
static inline int connect_ip(struct bpf_sock_addr *c, struct label *l,
			     const struct vctx_abi_root *r, __u32 *dst, __u32 cur,
			     int six)
{
	int tcp = c->protocol == IPPROTO_TCP, lo = 0;
	struct vctx_abi_addr from, to;
	__u32 d = *dst ?: LOCALHOST, src;

	l->lo_peer = 0;
	/* its port is not the one that the program knows */
	if (cur && l->hidden)
		return deny(EADDRINUSE);
	if (is_host_service(r, d, c->user_port)) {
		src = to_alias(r, LOCALHOST);
		lo = 1;
	} else if (is_loopback(d) && has_own_loopback(r)) {
		d = to_alias(r, d);
		if (!d)
			return deny(ENETUNREACH);
		src = to_alias(r, LOCALHOST);
		lo = 1;
		if (!tcp)
			d = udp_loopback(c, l, r, d);
	} else {
		src = source_for(r, d);
	}
	if (!src)
		return deny(ENETUNREACH);
	*dst = d;
	if (l->bound && cur) { /* the program chose: kept, where it fits */
		if (!may_have(r, cur))
			return deny(EADDRNOTAVAIL);
		return is_alias(cur) && !lo && !is_own_alone(r, d) ? deny(EINVAL) : 1;
	}
	from = mapped(src);
	to = mapped(d);
	if (r->port_last && !is_alias(src) && !c->sk->src_port)
		return set_source_in_range(c, r, &from, &to, six) ? deny(EADDRNOTAVAIL)
								  : 1;
	if (!set_source(c, &from, 0, six))
		return 1;
	/* connected before: the source stays if it may */
	return cur && may_have(r, cur) && (lo || !is_alias(cur)) ? 1
								 : deny(EADDRNOTAVAIL);
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *c)
{
	__u32 dst = c->user_ip4;
	struct vctx_abi_root *r;
	struct label *l;
	int free;

	r = root_of(c, &l, &free);
	if (!r || !l)
		return free ? 1 : deny(EACCES);
	/* an AF_INET6 socket comes here with an AF_INET address */
	if (!connect_ip(c, l, r, &dst, c->sk->src_ip4, c->sk->family == AF_INET6))
		return 0;
	c->user_ip4 = dst;
	return 1;
}

/* As udp_loopback. */
GLOBAL int udp_loopback6(struct bpf_sock_addr *c, struct label *l,
			 const struct vctx_abi_root *r, struct vctx_abi_addr *a)
{
	struct vctx_abi_addr alias, first;
	__u16 port = c->user_port;

	if (!l || !r || !a)
		return 0;
	alias = *a;
	first = r->addr6[0];
	if (who(c, l, &alias, port) == OURS || who(c, l, &first, port) != OURS)
		return 0;
	l->lo6_peer = 1;
	l->lo_port = port;
	*a = first;
	return 0;
}

/* Where ::1 and :: are. 1: on the own loopback; 0: elsewhere; -1: nowhere, as an alias by
 * number is. */
static inline int to_loopback6(struct bpf_sock_addr *c, struct label *l,
			       const struct vctx_abi_root *r, struct vctx_abi_addr *dst)
{
	if (is_any6(dst))
		dst->w[3] = bpf_htonl(1);
	l->lo6_peer = 0;
	if (!has_own_loopback(r))
		return 0;
	if (is_alias6(dst))
		return -1;
	if (!is_loopback6(dst))
		return 0;
	*dst = alias6_of(r);
	if (c->protocol != IPPROTO_TCP)
		udp_loopback6(c, l, r, dst);
	return 1;
}

/* connect to a real IPv6 address. */
static inline int connect_ip6(struct bpf_sock_addr *c, struct label *l,
			      const struct vctx_abi_root *r, struct vctx_abi_addr *dst)
{
	struct vctx_abi_addr cur, src = {};
	int lo;

	cur.w[0] = c->sk->src_ip6[0];
	cur.w[1] = c->sk->src_ip6[1];
	cur.w[2] = c->sk->src_ip6[2];
	cur.w[3] = c->sk->src_ip6[3];
	if (!is_any6(&cur) && l->hidden)
		return deny(EADDRINUSE);
	lo = to_loopback6(c, l, r, dst);
	if (lo < 0)
		return deny(ENETUNREACH);
	if (l->bound && !is_any6(&cur)) {
		if (!may_have6(r, &cur))
			return deny(EADDRNOTAVAIL);
		return is_alias6(&cur) && !lo && !is_own_alone6(r, dst) ? deny(EINVAL)
									: 1;
	}
	if (lo)
		src = alias6_of(r);
	else
		source_for6(r, dst, &src);
	if (r->port_last && !c->sk->src_port && !lo)
		return set_source_in_range(c, r, &src, dst, 1) ? deny(EADDRNOTAVAIL) : 1;
	if (!set_source(c, &src, 0, 1))
		return 1;
	if (!is_any6(&cur) && may_have6(r, &cur) && (lo || !is_alias6(&cur)))
		return 1;
	return deny(EADDRNOTAVAIL);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *c)
{
	struct vctx_abi_addr dst;
	struct vctx_abi_root *r;
	struct label *l;
	int free;

	r = root_of(c, &l, &free);
	if (!r || !l)
		return free ? 1 : deny(EACCES);
	get6(c, &dst);
	if (!is_mapped(&dst)) {
		if (!connect_ip6(c, l, r, &dst))
			return 0;
	} else {
		__u32 ip = dst.w[3];

		if (!connect_ip(c, l, r, &ip, c->sk->src_ip6[3], 1))
			return 0;
		dst = mapped(ip);
	}
	set6(c, &dst);
	return 1;
}

/* What an AF_INET6 socket sends to the IPv4 peer that it is connected to comes here as
 * well, with the address that connect gave it. */
static inline int is_connected_to(struct bpf_sock_addr *c, __u32 ip)
{
	return c->sk->family == AF_INET6 && c->sk->dst_port && c->sk->dst_ip4 == ip;
}

/* A datagram's destination and source; IP_PKTINFO's source comes here as well, but for
 * connected sockets, whose packets egress looks at. */
SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *c)
{
	__u32 dst = c->user_ip4 ?: LOCALHOST, src = c->msg_src_ip4;
	struct vctx_abi_root *r;
	struct label *l;
	int free;

	r = root_of(c, &l, &free);
	if (!r || !l)
		return free ? 1 : deny(EACCES);
	if (is_loopback(src) && !is_alias(src) && has_own_loopback(r)) {
		src = to_alias(r, src);
		if (!src)
			return deny(EADDRNOTAVAIL);
	}
	if (is_host_service(r, dst, c->user_port)) {
		src = src ?: to_alias(r, LOCALHOST);
	} else if (is_loopback(dst) && has_own_loopback(r)) {
		if (!is_connected_to(c, dst)) {
			dst = to_alias(r, dst);
			if (!dst)
				return deny(ENETUNREACH);
			dst = udp_loopback(c, l, r, dst);
		}
		src = src ?: to_alias(r, LOCALHOST);
	} else {
		/* one that never was bound has no port yet: bind it first */
		if (!is_in_range(r, c->sk->src_port))
			return deny(EACCES);
		src = src ?: source_for(r, dst);
		if (is_alias(src) && !is_own_alone(r, dst))
			return deny(EINVAL);
	}
	if (!src)
		return deny(ENETUNREACH);
	if (!may_have(r, src))
		return deny(EADDRNOTAVAIL);
	c->user_ip4 = dst;
	c->msg_src_ip4 = src;
	return 1;
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *c)
{
	struct vctx_abi_addr dst, src;
	struct vctx_abi_root *r;
	struct label *l;
	int free, lo;

	r = root_of(c, &l, &free);
	if (!r || !l)
		return free ? 1 : deny(EACCES);
	get6(c, &dst);
	src.w[0] = WORD6(c, msg_src_ip6, 0);
	src.w[1] = WORD6(c, msg_src_ip6, 1);
	src.w[2] = WORD6(c, msg_src_ip6, 2);
	src.w[3] = WORD6(c, msg_src_ip6, 3);
	if (!r->n_addr6)
		return deny(ENETUNREACH);
	lo = to_loopback6(c, l, r, &dst);
	if (lo < 0)
		return deny(ENETUNREACH);
	if (!lo && !is_in_range(r, c->sk->src_port))
		return deny(EACCES);
	if ((is_loopback6(&src) && has_own_loopback(r)) || (lo && is_any6(&src)))
		src = alias6_of(r);
	else if (is_any6(&src))
		source_for6(r, &dst, &src);
	else if (!may_have6(r, &src))
		return deny(EADDRNOTAVAIL);
	if (is_alias6(&src) && !lo && !is_own_alone6(r, &dst))
		return deny(EINVAL);
	set6(c, &dst);
	WORD6(c, msg_src_ip6, 0) = src.w[0];
	WORD6(c, msg_src_ip6, 1) = src.w[1];
	WORD6(c, msg_src_ip6, 2) = src.w[2];
	WORD6(c, msg_src_ip6, 3) = src.w[3];
	return 1;
}
