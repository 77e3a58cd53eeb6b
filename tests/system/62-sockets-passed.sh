#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A socket belongs to the context in which it was made: who holds it then, host or context, changes nothing.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/netlib.sh"

mkwire || skip "no veth devices here"
mkvserver a IPROOT=10.66.1.2/24
mkvserver b IPROOT=10.66.1.10/24
for v in a b; do
	succeeds "$v starts" vserver $v start || done_testing
done
serve_outside
ok $? "servers on the wire and on the host"

# One door for all: a directory of b, whose socket has a second name in a and on the host.
door_of() { # door_of WHO: where it is for them
	case $1 in
	host) echo "/var/lib/vservers/$TAKER_ROOT/srv/door" ;;
	*) echo /srv/door ;;
	esac
}

as() { # as WHO COMMAND...: on the host or inside
	local who=$1
	shift
	if [ "$who" = host ]; then "$@"; else vserver "$who" exec "$@"; fi
}

program_of() { # program_of WHO
	[ "$1" = host ] && echo "$NET_MATRIX" || echo net_matrix
}

# pass FROM TO HOW DEED...: makes a socket there, takes it here; prints what the deeds did, a line each, in $GOT.
pass() {
	local from=$1 to=$2 how=$3 taker
	shift 3
	TAKER_ROOT=$([ "$to" = host ] && echo "$from" || echo "$to")
	rm -f /var/lib/vservers/{a,b}/srv/door
	as "$to" "$(program_of "$to")" take "$(door_of "$to")" "$@" >/run/got 2>&1 </dev/null &
	taker=$!
	eventually test -S "/var/lib/vservers/$TAKER_ROOT/srv/door"
	# listening comes after the name
	sleep 0.2
	# one more name of the same socket, in the other guest
	[ "$from" = host ] || [ -S "/var/lib/vservers/$from/srv/door" ] ||
		ln "/var/lib/vservers/$TAKER_ROOT/srv/door" "/var/lib/vservers/$from/srv/door"
	# shellcheck disable=SC2086
	as "$from" "$(program_of "$from")" give "$(door_of "$from")" $how </dev/null
	wait $taker
	GOT=$(cat /run/got)
}
chmod 777 /var/lib/vservers/{a,b}/srv

said() { # said N: the nth line of what the deeds did, without ports
	sed -n "${1}{s/ [0-9]*\$//;p}" <<<"$GOT"
}

# ---- what the host made is the host's, inside as well ----
pass host a tcp bind,$HOST_IP,7301 name
is "$(said 1)" 0 "host to a: binds the host's address"
is "$(said 2)" "0 $HOST_IP" "and has it"
pass host a tcp connect,127.0.0.1,7003
is "$(said 1)" "0 host 127.0.0.1" "host to a: reaches the host's loopback"
pass host a udp sendto,$PEER_IP,7000
is "$(said 1)" "0 wire $HOST_IP" "host to a: a datagram is the host's"

# ---- what a context made is the context's, on the host as well ----
for to in host b; do
	pass a $to tcp bind,$HOST_IP,7302 bind,10.66.1.10,7302 bind,127.2.3.4,7302 bind,10.66.1.2,7302 name
	is "$(said 1) $(said 2) $(said 3)" "EADDRNOTAVAIL EADDRNOTAVAIL EADDRNOTAVAIL" "a to $to: binds no other address"
	is "$(said 4)" 0 "a to $to: binds a's"
	is "$(said 5)" "0 10.66.1.2" "and has it"
	pass a $to tcp connect,$PEER_IP,7000
	is "$(said 1)" "0 wire 10.66.1.2" "a to $to: connect is seen from a"
	pass a $to tcp connect,127.0.0.1,7003
	is "$(said 1)" ECONNREFUSED "a to $to: the host's loopback is out of reach"
	pass a $to tcp connect,127.2.3.4,7003
	is "$(said 1)" ENETUNREACH "a to $to: and what is nobody's"
	pass a $to udp sendto,$PEER_IP,7000
	is "$(said 1)" "0 wire 10.66.1.2" "a to $to: a datagram is seen from a"
	pass a $to udp sendto,127.0.0.1,7003
	unlike "$GOT" " host" "a to $to: nor is the host's loopback reached by one"
	pass a $to udp bind,0.0.0.0,7303 name
	is "$(said 2)" "0 10.66.1.2" "a to $to: a datagram socket on any address is a's"
	# a server that a made answers on a's address, whoever accepts
	on_wire bash -c 'until exec 3<>/dev/tcp/10.66.1.2/7304; do sleep 0.1; done; cat <&3' >/run/heard 2>/dev/null &
	client=$!
	pass a $to "listen 0.0.0.0 7304" answer
	wait $client
	is "$(said 1)" "0 $PEER_IP" "a to $to: accepts for a"
	like "$(cat /run/heard)" "^taker $PEER_IP " "a to $to: and answers"
	# what is bound by whom it was given to is a's port still
	pass a $to tcp bind,0.0.0.0,7305 listen name
	is "$(said 1) $(said 2) $(said 3)" "0 0 0 0.0.0.0" "a to $to: listens"
	pass a $to "bound 10.66.1.2 7306" sendto,$PEER_IP,7000 name
	is "$(said 1)" "0 wire 10.66.1.2" "a to $to: a bound datagram socket sends as a"
done
pass b a tcp connect,$PEER_IP,7000
is "$(said 1)" "0 wire 10.66.1.10" "b to a: connect is seen from b"

# ---- a context that is gone: its sockets are nobody's ----
cat >/root/keep <<'END'
import array, os, socket, sys, time
d = socket.socket(socket.AF_UNIX)
try: os.unlink("/var/lib/vservers/a/srv/door")
except FileNotFoundError: pass
d.bind("/var/lib/vservers/a/srv/door")
os.chmod("/var/lib/vservers/a/srv/door", 0o777)
d.listen(1)
c, _ = d.accept()
_, anc, _, _ = c.recvmsg(1, 64)
fd = array.array("i", anc[0][2][:4])[0]
print("got", flush=True)
while not os.path.exists("/root/go"): time.sleep(0.05)
s = socket.socket(fileno=fd)
for to in (("10.66.1.100", 7000), ("127.0.0.1", 7003)):
    try:
        s.connect(to); print("connected", to)
    except OSError as e: print("refused")
END
rm -f /var/lib/vservers/a/srv/door
python3 /root/keep >/root/kept 2>&1 &
keeper=$!
eventually test -S /var/lib/vservers/a/srv/door
sleep 0.2
vserver a exec net_matrix give /srv/door tcp </dev/null &
eventually grep -q got /root/kept
vserver a stop
touch /root/go
wait $keeper
is "$(tail -n +2 /root/kept | paste -sd' ')" "refused refused" "a socket of a context that has ended reaches nobody"
done_testing
