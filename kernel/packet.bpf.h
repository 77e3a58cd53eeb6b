/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no system call shows: packets of our sockets on their way out and in. */
#pragma once

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#define LO_IFINDEX 1
#define DROP 0
#define PASS 1

static inline int drop(__u32 counter)
{
	count(counter);
	return DROP;
}

/* The root of a packet's socket. NULL: *ret_verdict says what becomes of it. */
static inline struct vctx_abi_root *packet_root(struct bpf_sock *sk, struct label **ret,
						int *ret_verdict)
{
	struct label *l = bpf_sk_storage_get(&labels, sk, 0, 0);
	struct vctx_abi_root *r;

	r = find_root(l ? l->root : bpf_sk_ancestor_cgroup_id(sk, level));
	*ret = l;
	/* its context is gone: nothing goes out or in any more */
	*ret_verdict = r && r->flags & VCTX_ROOT_ANY ? PASS : DROP;
	return l && *ret_verdict == DROP ? r : 0;
}

/* Is the socket at the other end of a packet on this machine one of the same context? The
 * local user of the host may send from any address of the machine. */
static inline int is_from_own(struct __sk_buff *skb, const struct label *l,
			      struct bpf_sock_tuple *t, __u32 size, int tcp)
{
	struct bpf_sock *sk =
		tcp ? bpf_skc_lookup_tcp(skb, t, size, BPF_F_CURRENT_NETNS, 0)
		    : bpf_sk_lookup_udp(skb, t, size, BPF_F_CURRENT_NETNS, 0);
	struct label *other;
	int ret;

	if (!sk)
		return 0;
	other = bpf_sk_storage_get(&labels, sk, 0, 0);
	ret = other && other->root == l->root;
	bpf_sk_release(sk);
	return ret;
}

/* A datagram to a loopback alias: by whom is it received? A socket that the host has
 * there on 0.0.0.0 must not be. */
static inline int may_send_to_alias(struct __sk_buff *skb, struct iphdr *ip, void *end,
				    const struct vctx_abi_root *r, const struct label *l)
{
	struct udphdr *udp = (void *)(ip + 1);
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk;
	struct label *other;
	int ret;

	if ((void *)(udp + 1) > end)
		return 0;
	if (is_host_service(r, ip->daddr, udp->dest))
		return 1;
	if (is_loopback(ip->daddr) && !is_alias_of(r, ip->daddr))
		return 0;
	t.ipv4.saddr = ip->saddr;
	t.ipv4.daddr = ip->daddr;
	t.ipv4.sport = udp->source;
	t.ipv4.dport = udp->dest;
	sk = bpf_sk_lookup_udp(skb, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 1; /* nobody: the sender hears that it is refused */
	other = bpf_sk_storage_get(&labels, sk, 0, 0);
	ret = other && other->root == l->root;
	bpf_sk_release(sk);
	return ret;
}

/* Behind masquerading the source is an address of the host's: seen only on the way out of
 * the machine, and never one that is another context's. */
static inline int is_masqueraded(struct __sk_buff *skb, const struct vctx_abi_root *r,
				 __u32 src)
{
	return r->flags & VCTX_ROOT_NAT && skb->ifindex != LO_IFINDEX &&
	       !is_loopback(src) && !owner_of(src);
}

/* The first packet of a connection to an address that is a context's alone: by whom is it
 * received? A socket that somebody else has put there before, waiting for just this one,
 * would go before the listener. */
static inline int is_received_by(struct __sk_buff *skb, const struct vctx_abi_owner *o,
				 struct bpf_sock_tuple *t, __u32 size)
{
	struct label *other;
	struct bpf_sock *sk;
	int ret;

	if (!o || !o->root)
		return 1;
	sk = bpf_skc_lookup_tcp(skb, t, size, BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 1; /* nobody: it is refused */
	other = bpf_sk_storage_get(&labels, sk, 0, 0);
	ret = other && other->root == o->root;
	bpf_sk_release(sk);
	return ret;
}

static inline int may_connect(struct __sk_buff *skb, struct iphdr *ip, void *end)
{
	struct tcphdr *tcp = (void *)(ip + 1);
	struct bpf_sock_tuple t = {};

	if ((void *)(tcp + 1) > end)
		return 0;
	t.ipv4.saddr = ip->saddr;
	t.ipv4.daddr = ip->daddr;
	t.ipv4.sport = tcp->source;
	t.ipv4.dport = tcp->dest;
	return is_received_by(skb, owner_of(ip->daddr), &t, sizeof(t.ipv4));
}

static inline int may_connect6(struct __sk_buff *skb, struct ipv6hdr *ip, void *end,
			       const struct vctx_abi_addr *dst)
{
	struct tcphdr *tcp = (void *)(ip + 1);
	struct bpf_sock_tuple t = {};
	int i;

	if (ip->nexthdr != IPPROTO_TCP || (void *)(tcp + 1) > end)
		return 0;
	if (!tcp->syn || tcp->ack)
		return 1;
	for (i = 0; i < 4; i++) {
		t.ipv6.saddr[i] = ip->saddr.in6_u.u6_addr32[i];
		t.ipv6.daddr[i] = ip->daddr.in6_u.u6_addr32[i];
	}
	t.ipv6.sport = tcp->source;
	t.ipv6.dport = tcp->dest;
	return is_received_by(skb, bpf_map_lookup_elem(&owner, dst), &t, sizeof(t.ipv6));
}

/* The answer from a port of the host that leads inside: it has that port's address by
 * now. */
static inline int is_published(const struct vctx_abi_root *r, struct iphdr *ip, void *end)
{
	struct udphdr *udp = (void *)(ip + 1);
	__u32 i;

	if ((void *)(udp + 1) > end || is_loopback(ip->saddr) || owner_of(ip->saddr))
		return 0;
	for (i = 0; i < VCTX_ABI_PUBLISH && i < r->n_publish; i++)
		if (r->publish[i].protocol == ip->protocol &&
		    r->publish[i].port == udp->source)
			return 1;
	return 0;
}

static inline int egress4(struct __sk_buff *skb, struct iphdr *ip, void *end,
			  const struct vctx_abi_root *r, const struct label *l)
{
	if (ip->ihl != 5) /* options: a source route, a timestamp of another's */
		return drop(VCTX_COUNT_EGRESS);
	/* the kernel answers a ping of 127.0.0.1 */
	if (ip->protocol == IPPROTO_ICMP && is_loopback(ip->daddr) &&
	    is_loopback(ip->saddr))
		return PASS;
	if (!may_have(r, ip->saddr) && !is_masqueraded(skb, r, ip->saddr) &&
	    !is_published(r, ip, end))
		return drop(VCTX_COUNT_EGRESS);
	if (!has_own_loopback(r))
		return PASS;
	if (is_alias(ip->saddr) && !is_loopback(ip->daddr) && !is_own_alone(r, ip->daddr))
		return drop(VCTX_COUNT_EGRESS);
	if (ip->protocol == IPPROTO_UDP &&
	    (is_loopback(ip->daddr) || is_alias(ip->saddr)) &&
	    !may_send_to_alias(skb, ip, end, r, l))
		return drop(VCTX_COUNT_EGRESS);
	if (ip->protocol == IPPROTO_TCP && !may_connect(skb, ip, end))
		return drop(VCTX_COUNT_EGRESS);
	return PASS;
}

static inline struct vctx_abi_addr addr_of(const struct in6_addr *in)
{
	struct vctx_abi_addr a;

	a.w[0] = in->in6_u.u6_addr32[0];
	a.w[1] = in->in6_u.u6_addr32[1];
	a.w[2] = in->in6_u.u6_addr32[2];
	a.w[3] = in->in6_u.u6_addr32[3];
	return a;
}

static inline int is_own6(const struct vctx_abi_root *r, const struct vctx_abi_addr *a)
{
	return may_have6(r, a) || (is_loopback6(a) && !has_own_loopback(r));
}

/* As may_send_to_alias. */
static inline int may_send_to_alias6(struct __sk_buff *skb, struct ipv6hdr *ip, void *end,
				     const struct label *l)
{
	struct udphdr *udp = (void *)(ip + 1);
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk;
	struct label *other;
	int ret, i;

	if (ip->nexthdr != IPPROTO_UDP || (void *)(udp + 1) > end)
		return 0;
	for (i = 0; i < 4; i++) {
		t.ipv6.saddr[i] = ip->saddr.in6_u.u6_addr32[i];
		t.ipv6.daddr[i] = ip->daddr.in6_u.u6_addr32[i];
	}
	t.ipv6.sport = udp->source;
	t.ipv6.dport = udp->dest;
	sk = bpf_sk_lookup_udp(skb, &t, sizeof(t.ipv6), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 1;
	other = bpf_sk_storage_get(&labels, sk, 0, 0);
	ret = other && other->root == l->root;
	bpf_sk_release(sk);
	return ret;
}

static inline int egress6(struct __sk_buff *skb, struct ipv6hdr *ip, void *end,
			  const struct vctx_abi_root *r, const struct label *l, int tcp)
{
	struct vctx_abi_addr src = addr_of(&ip->saddr), dst = addr_of(&ip->daddr);

	if (!is_own6(r, &src))
		return drop(VCTX_COUNT_EGRESS);
	if (tcp && has_own_loopback(r) && !may_connect6(skb, ip, end, &dst))
		return drop(VCTX_COUNT_EGRESS);
	if (!is_alias6(&src) && !is_alias6(&dst))
		return PASS;
	if (is_alias6(&dst) ? !is_alias6_of(r, &dst) : !is_own_alone6(r, &dst))
		return drop(VCTX_COUNT_EGRESS);
	if (!tcp && ip->nexthdr != IPPROTO_ICMPV6 && !may_send_to_alias6(skb, ip, end, l))
		return drop(VCTX_COUNT_EGRESS);
	return PASS;
}

/* Of a connection all but the first packet is what that one was. */
static inline int is_established(struct iphdr *ip, void *end)
{
	struct tcphdr *tcp = (void *)(ip + 1);

	return ip->ihl == 5 && ip->protocol == IPPROTO_TCP &&
	       ((void *)(tcp + 1) > end || !tcp->syn || tcp->ack);
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ipv6hdr *ip6 = data;
	struct iphdr *ip = data;
	struct vctx_abi_root *r;
	struct bpf_sock *sk;
	struct label *l;
	int verdict;

	if (!skb->sk || !(sk = bpf_sk_fullsock(skb->sk)))
		return PASS;
	r = packet_root(sk, &l, &verdict);
	if (!r || !l)
		return verdict;
	if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		if ((void *)(ip6 + 1) > end)
			return drop(VCTX_COUNT_EGRESS);
		return egress6(skb, ip6, end, r, l, sk->protocol == IPPROTO_TCP);
	}
	if ((void *)(ip + 1) > end)
		return drop(VCTX_COUNT_EGRESS);
	if (is_established(ip, end))
		return PASS;
	return egress4(skb, ip, end, r, l);
}

static inline int ingress4(struct __sk_buff *skb, struct iphdr *ip, void *end,
			   const struct vctx_abi_root *r, const struct label *l, int tcp)
{
	__u16 *ports = (void *)ip + ip->ihl * 4; /* the first two of either protocol */
	struct bpf_sock_tuple t = {};

	if (ip->protocol == IPPROTO_ICMP && is_loopback(ip->daddr))
		return PASS;
	if (!may_have(r, ip->daddr) && !(r->bcast && ip->daddr == r->bcast))
		return drop(VCTX_COUNT_INGRESS);
	if (ip->protocol == IPPROTO_ICMP)
		return PASS;
	if ((void *)(ports + 2) > end)
		return drop(VCTX_COUNT_INGRESS);
	/* the kernel gave the port to one that never was bound */
	if (!is_alias(ip->daddr) && !is_in_range(r, bpf_ntohs(ports[1])))
		return drop(VCTX_COUNT_INGRESS);
	if (!is_alias(ip->daddr) && !(is_loopback(ip->saddr) && has_own_loopback(r)))
		return PASS;
	/* to or from the loopback: on this machine, and of the same context */
	if (skb->ifindex != LO_IFINDEX)
		return drop(VCTX_COUNT_INGRESS);
	if (!tcp && is_host_service(r, ip->saddr, ports[0]))
		return PASS;
	t.ipv4.saddr = ip->daddr;
	t.ipv4.daddr = ip->saddr;
	t.ipv4.sport = ports[1];
	t.ipv4.dport = ports[0];
	if (may_have(r, ip->saddr) && is_from_own(skb, l, &t, sizeof(t.ipv4), tcp))
		return PASS;
	return drop(VCTX_COUNT_INGRESS);
}

static inline int ingress6(struct __sk_buff *skb, struct ipv6hdr *ip, void *end,
			   const struct vctx_abi_root *r, const struct label *l, int tcp)
{
	struct vctx_abi_addr src = addr_of(&ip->saddr), dst = addr_of(&ip->daddr);
	__u16 *ports = (void *)(ip + 1);
	struct bpf_sock_tuple t = {};
	int i;

	if (!is_own6(r, &dst))
		return drop(VCTX_COUNT_INGRESS);
	if (ip->nexthdr == IPPROTO_ICMPV6)
		return PASS;
	if ((void *)(ports + 2) > end)
		return drop(VCTX_COUNT_INGRESS);
	if (!is_alias6(&dst) && !is_in_range(r, bpf_ntohs(ports[1])))
		return drop(VCTX_COUNT_INGRESS);
	if (!has_own_loopback(r) ||
	    (!is_alias6(&dst) && !is_alias6(&src) && !is_loopback6(&src)))
		return PASS;
	if (skb->ifindex != LO_IFINDEX)
		return drop(VCTX_COUNT_INGRESS);
	for (i = 0; i < 4; i++) {
		t.ipv6.saddr[i] = dst.w[i];
		t.ipv6.daddr[i] = src.w[i];
	}
	t.ipv6.sport = ports[1];
	t.ipv6.dport = ports[0];
	if (is_own6(r, &src) && is_from_own(skb, l, &t, sizeof(t.ipv6), tcp))
		return PASS;
	return drop(VCTX_COUNT_INGRESS);
}

/* A listener without bind, and a socket that sent without, sit on 0.0.0.0. */
SEC("cgroup_skb/ingress")
int ingress(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ipv6hdr *ip6 = data;
	struct iphdr *ip = data;
	struct vctx_abi_root *r;
	struct bpf_sock *sk;
	struct label *l;
	int verdict, tcp;

	if (!skb->sk || !(sk = bpf_sk_fullsock(skb->sk)))
		return PASS;
	tcp = sk->protocol == IPPROTO_TCP;
	if (tcp && sk->state != BPF_TCP_LISTEN)
		return PASS;
	r = packet_root(sk, &l, &verdict);
	if (!r || !l)
		return verdict;
	if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		if ((void *)(ip6 + 1) > end)
			return drop(VCTX_COUNT_INGRESS);
		return ingress6(skb, ip6, end, r, l, tcp);
	}
	if ((void *)(ip + 1) > end)
		return drop(VCTX_COUNT_INGRESS);
	return ingress4(skb, ip, end, r, l, tcp);
}
