/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bind(): to which address and port. */
#pragma once

#define PRIVILEGED_PORTS 1024
#define RANGE_TRIES 1024

/* What bind is about to do. */
struct request {
	__u32 ip;   /* IPv4, network order: asked for, then given */
	__u16 port; /* network order: asked for, then given */
	__u8 any;   /* VCTX_LISTEN_ANY* */
};

static inline int is_root_inside(const struct vctx_abi_root *r)
{
	return (__u32)bpf_get_current_uid_gid() == r->uid0;
}

/* 1, or 3: no CAP_NET_BIND_SERVICE is needed, which root inside has in vain. */
static inline int verdict(const struct vctx_abi_root *r, __u16 port)
{
	return port && port < PRIVILEGED_PORTS && is_root_inside(r) ? 3 : 1;
}

/* The port range of a root: is the port in it, and a free one for 0. a: where the socket
 * will be. 0 or the error. */
GLOBAL int pick_port(struct bpf_sock_addr *c, const struct label *l,
		     const struct vctx_abi_root *r, struct request *q,
		     const struct vctx_abi_addr *a)
{
	__u32 start = bpf_get_prandom_u32(), n, i;

	if (!l || !r || !q || !a)
		return EINVAL;
	if (!r->port_last)
		return 0;
	n = r->port_last - r->port_first + 1;
	if (q->port)
		return is_in_range(r, bpf_ntohs(q->port)) ? 0 : EACCES;
	/* 6.1 refuses a loop that starts right behind a call */
	asm volatile("%0 = %0" : "+r"(start));
	for (i = 0; i < RANGE_TRIES && i < n; i++) {
		__u16 try = bpf_htons(r->port_first + (start + i) % n);

		if (who(c, l, a, try) == NOBODY) {
			q->port = try;
			return 0;
		}
	}
	return EADDRINUSE;
}

/* Shall the socket sit on another port, and be served on the one that it asked for? A
 * listener on every address, or on a low port, would keep the host's services from
 * starting; one that the host has already keeps us from it. */
static inline int has_to_hide(struct bpf_sock_addr *c, const struct label *l,
			      const struct vctx_abi_root *r, const struct request *q,
			      int six)
{
	__u16 port = bpf_ntohs(q->port);

	if (!port || r->port_last)
		return 0;
	if (has_own_loopback(r))
		return q->any || port < PRIVILEGED_PORTS ||
		       (six ? is_taken6(c, l, q->port) : is_taken(c, l, q->port));
	if (port < PRIVILEGED_PORTS && !is_root_inside(r))
		return 0;
	return six ? is_taken6(c, l, q->port) : is_taken(c, l, q->port);
}

/* Writes down what was asked for; the kernel may refuse still, so that only `bound`
 * together with an address of the socket says that it is. */
static inline void note(struct label *l, const struct request *q,
			const struct vctx_abi_addr *want, __u16 want_port, int hidden)
{
	l->want = *want;
	l->want_port = bpf_ntohs(want_port);
	l->any = q->any;
	l->hidden = hidden;
	l->bound = 1;
}

static inline int reuses_port(struct bpf_sock_addr *c)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(c->sk);
	struct sock_common *sk;

	if (!tcp)
		return 0;
	sk = &tcp->inet_conn.icsk_inet.sk.__sk_common;
	return BPF_CORE_READ_BITFIELD(sk, skc_reuseport);
}

/* Would a hidden listener meet one of its own root's? One on all addresses and one on a
 * single address go together. want: of a single one. */
static inline int meets_own(const struct vctx_abi_root *r, const struct label *l,
			    const struct request *q, const struct vctx_abi_addr *want,
			    __u16 port)
{
	struct vctx_abi_listener k = {.root = l->root, .port = bpf_ntohs(port)};
	int ret = 0;

	if (!q->any) {
		k.addr = *want;
		if (r->flags & VCTX_ROOT_SHARED && !is_any_alias(want))
			k.root = 0;
		return is_served(l, &k);
	}
	if (q->any & VCTX_LISTEN_ANY) {
		k.kind = VCTX_LISTEN_ANY;
		ret = is_served(l, &k);
	}
	if (!ret && q->any & VCTX_LISTEN_ANY6) {
		k.kind = VCTX_LISTEN_ANY6;
		ret = is_served(l, &k);
	}
	return ret;
}

/* Would a listener on one address take the port of another user's on all of them? */
static inline int goes_before_others(const struct label *l, const struct request *q,
				     __u16 port)
{
	struct vctx_abi_listener k = {.root = l->root, .port = bpf_ntohs(port)};

	if (q->any || !port)
		return 0;
	k.kind = VCTX_LISTEN_ANY;
	if (is_others(l, &k))
		return 1;
	k.kind = VCTX_LISTEN_ANY6;
	return is_others(l, &k);
}

/* The port, now that the address is known: want is what was asked for, at where the
 * socket will be. */
static inline int settle(struct bpf_sock_addr *c, struct label *l,
			 const struct vctx_abi_root *r, struct request *q,
			 const struct vctx_abi_addr *want, const struct vctx_abi_addr *at,
			 int six)
{
	const __u16 port = q->port;
	int error, hidden = 0;

	if (has_own_loopback(r) && port && bpf_ntohs(port) < PRIVILEGED_PORTS &&
	    !is_root_inside(r))
		return deny(EACCES);
	error = is_any_alias(at) ? 0 : pick_port(c, l, r, q, at);
	if (error)
		return deny(error == EACCES ? EACCES : EADDRINUSE); /* a known number */
	if (c->protocol == IPPROTO_TCP) {
		l->reuse = reuses_port(c);
		l->uid = (__u32)bpf_get_current_uid_gid();
		if (goes_before_others(l, q, port))
			return deny(EADDRINUSE);
		hidden = has_to_hide(c, l, r, q, six);
		if (hidden) {
			if (meets_own(r, l, q, want, port))
				return deny(EADDRINUSE);
			q->port = 0;
		}
	}
	if (!count_bound(l))
		return deny(ENOBUFS);
	note(l, q, want, port, hidden);
	return verdict(r, bpf_ntohs(port));
}

/* bind to an IPv4 address, by an AF_INET socket or as a mapped one. 0: refused. */
static inline int bind_ip(struct bpf_sock_addr *c, struct label *l,
			  const struct vctx_abi_root *r, struct request *q)
{
	struct vctx_abi_addr want = mapped(q->ip), at;

	if (!q->ip) {
		q->any |= VCTX_LISTEN_ANY;
		q->ip = r->n_addr ? r->addr[0] : to_alias(r, LOCALHOST);
	} else if (is_loopback(q->ip) && has_own_loopback(r)) {
		q->ip = to_alias(r, q->ip);
		want = mapped(q->ip);
	} else if (!has_addr(r, q->ip) &&
		   !(c->protocol == IPPROTO_UDP && q->ip == r->bcast)) {
		q->ip = 0;
	}
	if (!q->ip)
		return deny(EADDRNOTAVAIL);
	at = mapped(q->ip);
	return settle(c, l, r, q, &want, &at, 0);
}

SEC("cgroup/bind4")
int bind4(struct bpf_sock_addr *c)
{
	struct vctx_abi_root *r;
	struct request q = {.ip = c->user_ip4, .port = c->user_port};
	struct label *l;
	int free, ret;

	r = root_of(c, &l, &free);
	if (!r || !l)
		return free ? 1 : deny(EACCES);
	if (c->sk->src_port) /* bound already: what is noted of that stays */
		return deny(EINVAL);
	ret = bind_ip(c, l, r, &q);
	if (!ret)
		return 0;
	c->user_ip4 = q.ip;
	c->user_port = q.port;
	return ret;
}

/* clang merges loads of the context, and the verifier refuses those ("modified ctx ptr").
 */
#define WORD6(c, field, i) (*(volatile __u32 *)&(c)->field[i])

static inline void get6(struct bpf_sock_addr *c, struct vctx_abi_addr *a)
{
	a->w[0] = WORD6(c, user_ip6, 0);
	a->w[1] = WORD6(c, user_ip6, 1);
	a->w[2] = WORD6(c, user_ip6, 2);
	a->w[3] = WORD6(c, user_ip6, 3);
}

static inline void set6(struct bpf_sock_addr *c, const struct vctx_abi_addr *a)
{
	WORD6(c, user_ip6, 0) = a->w[0];
	WORD6(c, user_ip6, 1) = a->w[1];
	WORD6(c, user_ip6, 2) = a->w[2];
	WORD6(c, user_ip6, 3) = a->w[3];
}

static inline int is_v6only(struct bpf_sock_addr *c)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(c->sk);
	struct udp6_sock *udp;
	struct sock_common *sk;

	if (tcp) {
		sk = &tcp->inet_conn.icsk_inet.sk.__sk_common;
		return BPF_CORE_READ_BITFIELD(sk, skc_ipv6only);
	}
	udp = bpf_skc_to_udp6_sock(c->sk);
	if (!udp)
		return 1;
	sk = &udp->udp.inet.sk.__sk_common;
	return BPF_CORE_READ_BITFIELD(sk, skc_ipv6only);
}

/* bind to an IPv6 address of the root, to ::1 or, v6only, to ::. */
static inline int bind_ip6(struct bpf_sock_addr *c, struct label *l,
			   const struct vctx_abi_root *r, struct request *q,
			   struct vctx_abi_addr *a)
{
	int lo = is_loopback6(a) && has_own_loopback(r);
	struct vctx_abi_addr want;

	if (lo)
		*a = alias6_of(r);
	want = *a;
	if (is_any6(a)) {
		q->any = VCTX_LISTEN_ANY6;
		*a = r->addr6[0];
	} else if (!lo && !has_addr6(r, a)) {
		return deny(EADDRNOTAVAIL);
	}
	return settle(c, l, r, q, &want, a, 1);
}

SEC("cgroup/bind6")
int bind6(struct bpf_sock_addr *c)
{
	struct request q = {.port = c->user_port};
	struct vctx_abi_addr a;
	struct vctx_abi_root *r;
	struct label *l;
	int free, ret, dual;

	r = root_of(c, &l, &free);
	if (!r || !l)
		return free ? 1 : deny(EACCES);
	if (c->sk->src_port)
		return deny(EINVAL);
	get6(c, &a);
	dual = is_any6(&a) && !is_v6only(c);
	/* a dual-stack UDP socket without a port is somebody's who wants to send, to
	 * either family: its source is chosen then, and what it hears is looked at */
	if (dual && c->protocol == IPPROTO_UDP && !q.port && !r->port_last) {
		note(l, &q, &a, 0, 0);
		return 1;
	}
	/* a bind to an IPv6 address would make it v6only: a dual-stack one sits on IPv4
	 */
	if (is_mapped(&a) || (dual && (c->protocol == IPPROTO_TCP || r->n_addr))) {
		q.ip = dual ? 0 : a.w[3];
		q.any = dual ? VCTX_LISTEN_ANY6 : 0;
		ret = bind_ip(c, l, r, &q);
		a = mapped(q.ip);
	} else {
		ret = bind_ip6(c, l, r, &q, &a);
	}
	if (!ret)
		return 0;
	set6(c, &a);
	c->user_port = q.port;
	return ret;
}
