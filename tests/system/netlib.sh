# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests of the IPv4 root share: a wire, servers on it, and the matrix' TAP among ours. Sourced after lib.sh.
# The view's own network namespace is the host; the wire is another one behind eth0.

NET_MATRIX=/var/lib/vservers/base/usr/local/bin/net_matrix
HOST_IP=10.66.1.1 PEER_IP=10.66.1.100 NEAR_IP=10.66.1.200 FAR_IP=10.88.0.1
HOST_IP6=fd66:1::1 PEER_IP6=fd66:1::100 FAR_IP6=fd88::1
export NET_MATRIX HOST_IP PEER_IP NEAR_IP FAR_IP HOST_IP6 PEER_IP6 FAR_IP6

on_wire() { # on_wire COMMAND...
	nsenter -t "$WIRE_PID" -n "$@"
}

mkwire() {
	unshare -n sleep infinity &
	WIRE_PID=$!
	eventually sh -c "[ \"\$(readlink /proc/$WIRE_PID/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
	ip link add eth0 type veth peer name eth0 netns "$WIRE_PID" || return 1
	ip link set eth0 up
	on_wire ip link set lo up
	on_wire ip link set eth0 up
	ip addr add $HOST_IP/24 dev eth0
	ip addr add $HOST_IP6/64 dev eth0 nodad
	on_wire ip addr add $PEER_IP/24 dev eth0
	on_wire ip addr add $NEAR_IP/24 dev eth0
	on_wire ip addr add $FAR_IP/32 dev lo
	on_wire ip addr add $PEER_IP6/64 dev eth0 nodad
	on_wire ip addr add $FAR_IP6/128 dev lo nodad
	ip route add default via $PEER_IP
	ip route add default via $PEER_IP6
	on_wire ip route add default via $HOST_IP
	# duplicate address detection takes a second
	echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad
	echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range
}

answers() { # answers ADDRESS PORT: somebody listens there, or will within some seconds
	for _ in $(seq 50); do
		timeout 1 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null && return 0
		sleep 0.05
	done
	return 1
}

# Servers that say whom they see, on the wire and on the host.
serve_outside() {
	on_wire $NET_MATRIX serve wire 7000 &
	$NET_MATRIX serve host 7000 &
	answers $PEER_IP 7002 && answers $HOST_IP 7002
}

serve_inside() { # serve_inside VSERVER ADDRESS: sets SERVER_PID
	vserver "$1" exec net_matrix serve neighbour 7001 &
	SERVER_PID=$!
	export SERVER_PID
	answers "$2" 7002
}

# The lines of a TAP that another program prints, as ours: thousands of them, on slow machines too.
passed_on() { # passed_on PREFIX COMMAND...
	local prefix=$1 tap=/run/passed-on counted plan
	shift
	"$@" >$tap 2>&1 </dev/null
	awk -v n="$T_N" -v prefix="$prefix" '
		/^(not )?ok [0-9]+ - / { sub(/ok [0-9]+ - /, "ok " ++n " - " prefix ": "); print; next }
		!/^1\.\./ { sub(/^(# ?)?/, "# "); print }' $tap
	counted=$(grep -cE '^(not )?ok [0-9]+ - ' $tap)
	T_N=$((T_N + counted))
	T_FAILED=$((T_FAILED + $(grep -c '^not ok ' $tap)))
	plan=$(sed -n 's/^1\.\.//p' $tap)
	is "$plan" "$counted" "$prefix: ran to its end"
}

# Programs of this machine and their libraries into a root, before others are made of it: what a few tests need is not
# carried by all.
add_programs() { # add_programs ROOT PROGRAM...
	local root=$1 f real
	shift
	{
		printf '%s\n' "$@"
		for f in "$@"; do ldd "$f"; done | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }'
	} | sort -u | while read -r f; do
		real=$(realpath "$f")
		[ -e "$root$real" ] || install -D -m 755 "$real" "$root$real"
		# /lib is a link to usr/lib, on both sides
		[ "$f" = "$real" ] || [ -e "$root$f" ] || ln -s "$real" "$root$f"
	done
}

add_python() { # add_python ROOT: what http.server needs of it
	local lib
	add_programs "$1" /usr/bin/python3
	lib=$(/usr/bin/python3 -c 'import os; print(os.path.dirname(os.__file__))')
	mkdir -p "$1$lib"
	tar -C "$lib" --exclude=test --exclude=idlelib --exclude=lib2to3 --exclude=ensurepip --exclude='config-*' -cf - . |
		tar -C "$1$lib" -xf -
}
