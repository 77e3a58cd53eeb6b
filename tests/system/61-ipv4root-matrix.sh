#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A context's sockets use its own addresses and no others: every protocol and operation, from inside and from the peer.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/netlib.sh"

mkwire || skip "no veth devices here"
mkvserver a IPROOT="10.66.1.2/24 10.66.1.130/25" HOST_SERVICES=127.0.0.1:7004
mkvserver b IPROOT="eth0:10.66.1.10/24 eth0:10.66.1.11/24" IPROOT6="fd66:1::10/64 fd66:1::11/64" \
	IPROOTBCAST=10.66.1.255
mkvserver p IPROOT=10.66.1.20/24 PORTS=30000-30099
mkvserver q IPROOT=10.66.1.20/24 PORTS=30100-30199
mkvserver six IPROOT6=fd66:1::30/64
for v in a b p q six; do
	succeeds "$v starts" vserver $v start || done_testing
done
serve_outside
ok $? "servers on the wire and on the host"

common="host=$HOST_IP peer=$PEER_IP near=$NEAR_IP far=$FAR_IP dev=eth0"
serve_inside b 10.66.1.10
ok $? "a server in the neighbour"
# shellcheck disable=SC2086
passed_on a vserver a exec net_matrix matrix own=10.66.1.2/24,10.66.1.130/25 neigh=10.66.1.10 services=1 \
	net-bcast=10.66.1.255 xid="$(context_of a)" neigh-xid="$(context_of b)" $common
kill "$SERVER_PID"
wait "$SERVER_PID" 2>/dev/null
serve_inside a 10.66.1.2
# shellcheck disable=SC2086
passed_on b vserver b exec net_matrix matrix own=10.66.1.10/24,10.66.1.11/24 own6=fd66:1::10/64,fd66:1::11/64 \
	neigh=10.66.1.2 bcast=10.66.1.255 xid="$(context_of b)" neigh-xid="$(context_of a)" \
	host6=$HOST_IP6 peer6=$PEER_IP6 far6=$FAR_IP6 $common
kill "$SERVER_PID"
wait "$SERVER_PID" 2>/dev/null
serve_inside b 10.66.1.10
# shellcheck disable=SC2086
passed_on p vserver p exec net_matrix matrix own=10.66.1.20/24 ports=30000-30099 xid="$(context_of p)" $common
passed_on six vserver six exec net_matrix matrix own6=fd66:1::30/64 xid="$(context_of six)" neigh6=fd66:1::10 \
	host6=$HOST_IP6 peer6=$PEER_IP6 far6=$FAR_IP6

# ---- an address that two share ----
# shellcheck disable=SC2086
passed_on q vserver q exec net_matrix matrix own=10.66.1.20/24 ports=30100-30199 xid="$(context_of q)" $common
vserver p exec net_matrix serve-on shared-p 0.0.0.0 30050 </dev/null &
vserver q exec net_matrix serve-on shared-q 0.0.0.0 30150 </dev/null &
answers 10.66.1.20 30050 && answers 10.66.1.20 30150
heard() { on_wire timeout 5 nc -w 3 10.66.1.20 "$1" </dev/null 2>/dev/null | cut -d' ' -f1; }
is "$(heard 30050) $(heard 30150)" "shared-p shared-q" "two share an address, each by its ports"
is "$(heard 7000)" "host" "the other ports of it are the host's still"

# ---- root inside has the addresses, but does not say which ----
fails "a adds no address" vserver a exec ip addr add 10.66.1.50/24 dev eth0
fails "nor takes one away" vserver a exec ip addr del $HOST_IP/24 dev eth0
fails "nor a route" vserver a exec ip route del default
fails "nor the device" vserver a exec ip link set eth0 down

for v in a b p q six; do succeeds "$v stops" vserver $v stop; done
is "$(ip -4 -o addr show dev eth0 | awk '{ print $4 }' | paste -sd' ')" "$HOST_IP/24" "and takes its addresses along"
done_testing
