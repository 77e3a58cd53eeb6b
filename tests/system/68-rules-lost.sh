#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs or their tables are taken away while contexts run: nobody joins, vctx-setup boot holds those that run
# again, and nothing is left behind that would keep others from starting. And who may not have an address.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/netlib.sh"
mkwire || skip "no veth devices here"
PINS=/sys/fs/bpf/vctx
mkvserver a IPROOT=10.66.1.2/24
mkvserver b IPROOT=10.66.1.3/24
mkvserver open IPROOT=any
succeeds "a starts" vserver a start
succeeds "open starts" vserver open start
binds() { # binds VSERVER ADDRESS: the error, or nothing; by a process that was inside before
	echo "$2" >"/root/ask-$1"
	eventually test -e "/root/said-$1"
	cat "/root/said-$1"
	rm "/root/said-$1"
}
resident() { # a shell inside that binds what it is told
	(while sleep 0.1; do [ ! -e "/root/ask-$1" ] || { cat "/root/ask-$1"; rm "/root/ask-$1"; }; done) |
		vserver "$1" exec perl -MSocket -e '$| = 1; while (<STDIN>) { chomp;
			socket(S, AF_INET, SOCK_STREAM, 0) or do { print "socket: $!\n"; next };
			print bind(S, sockaddr_in(0, inet_aton($_))) ? "bound\n" : "$!\n" }' |
		while read -r line; do echo "$line" >"/root/tmp-$1" && mv "/root/tmp-$1" "/root/said-$1"; done &
}
resident a
resident open
is "$(binds a $HOST_IP)" "Cannot assign requested address" "a process of a is held"
is "$(binds open $HOST_IP)" "bound" "one of a context without addresses is not"
serve_outside

for lost in "the programs" "the table of addresses" "all but the roots" "everything" "the record"; do
	case $lost in
	"the programs") for p in "$PINS"/*; do case ${p##*/} in roots | owner | labels | listeners | bound | counters) ;; *) rm "$p" ;; esac; done ;;
	"the table of addresses") rm $PINS/owner ;;
	"all but the roots") for p in "$PINS"/*; do [ "${p##*/}" = roots ] || rm "$p"; done ;;
	everything) rm -rf $PINS ;;
	"the record") rm /run/vctx/bpf ;;
	esac
	# the kernel detaches a moment later
	sleep 0.3
	like "$(vserver a exec true 2>&1)" "run: vctx-setup boot" "$lost: nobody joins a"
	like "$(vctx-user check 2>&1 | grep ^error)" "vctx-setup boot" "$lost: check says so"
	succeeds "$lost: vctx-setup boot" vctx-setup boot
	succeeds "$lost: a is joined again" vserver a exec true
	is "$(binds a $HOST_IP)" "Cannot assign requested address" "$lost: a process that ran is held again"
	is "$(binds a 10.66.1.2)" "bound" "$lost: and has its address"
	is "$(binds open $HOST_IP)" "bound" "$lost: one without addresses goes on"
	is "$(on_wire timeout 5 nc -w 2 10.66.1.2 7000 </dev/null 2>/dev/null)" "" "$lost: the host does not answer there"
done

# a stop that finds no record; the next one gets its number
rm /run/vctx/bpf
vserver a stop >/dev/null 2>&1
succeeds "after that: vctx-setup boot" vctx-setup boot
succeeds "and the number of what was stopped is free" vserver b start
succeeds "as is its address" vserver a start

# ---- who may not have one ----

mkvserver c IPROOT=10.66.1.3/24
like "$(vserver c start 2>&1)" "10.66.1.3 is in use by context [0-9]+ \('b'\)" "an address of another is refused by name"
mkvserver host IPROOT=$HOST_IP/24
like "$(vserver host start 2>&1)" "is the address that the host itself goes out with" "so is the one that the host goes out with"
mkvserver p1 IPROOT=10.66.1.9/24 PORTS=30000-30099
mkvserver p2 IPROOT=10.66.1.9/24 PORTS=30050-30149
mkvserver p3 IPROOT=10.66.1.9/24 PORTS=30100-30149
succeeds "two share an address: one" vserver p1 start
like "$(vserver p2 start 2>&1)" "ports 30050-30149 meet ports 30000-30099 of context [0-9]+" "not with ports of the other"
succeeds "but with others" vserver p3 start
ip addr add 10.66.1.129/24 dev eth0
printf 'POOL_lan="10.66.1.128/29 dev=eth0"\n' >>/etc/vservers.conf
mkvserver l IPROOT=pool:lan
succeeds "a pool that has the host's address in it" vserver l start
is "$(cat /var/lib/vctx/pools/lan)" "10.66.1.130 l" "does not give it away"

# ---- a datagram to a published port is answered ----

mkvserver u IPROOT=10.66.1.8/24 PUBLISH=udp:5300:53
succeeds "u starts" vserver u start
vserver u exec perl -MSocket -e 'socket(S, AF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(53, INADDR_ANY)) or die $!;
	while (my $from = recv(S, my $m, 99, 0)) { send(S, "echo $m", 0, $from) }' </dev/null >/dev/null 2>&1 &
sleep 0.5
like "$(echo hi | on_wire timeout 4 nc -u -w 2 $HOST_IP 5300)" "echo hi" "from the wire"
like "$(echo hi | timeout 4 nc -u -w 2 $HOST_IP 5300)" "echo hi" "and from the host"

# ---- addresses and published ports ----

nft flush ruleset
ip addr del 10.66.1.8/24 dev eth0
is "$(echo hi | on_wire timeout 3 nc -u -w 1 $HOST_IP 5300)" "" "a firewall that flushes all rules takes the port away"
succeeds "vctx-setup boot" vctx-setup boot
like "$(echo hi | on_wire timeout 4 nc -u -w 2 $HOST_IP 5300)" "echo hi" "puts it back"
like "$(ip -4 addr show dev eth0)" "10.66.1.8/24" "and the address, which somebody had taken away"
done_testing
