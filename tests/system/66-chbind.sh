#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# chbind: a command of the host has the addresses given and no others; it can get narrower, not wider; nothing is left.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# ---- a wire, and somebody at its other end who says whom he sees ----

ip netns add peer
ip link add v0 type veth peer name v1 netns peer
ip link set v0 up
ip address add 10.66.0.1/24 brd + dev v0
for a in 2 3; do ip address add 10.66.0.$a/24 dev v0 label v0:$a; done
ip -n peer link set v1 up
ip -n peer link set lo up
ip -n peer address add 10.66.0.100/24 dev v1
cat >/root/who.py <<'END'
import socket, sys, threading
tcp = socket.create_server((sys.argv[1], 7000))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind((sys.argv[1], 7000))
def datagrams():
    while True:
        _, peer = udp.recvfrom(100)
        udp.sendto(peer[0].encode() + b"\n", peer)
threading.Thread(target=datagrams, daemon=True).start()
while True:
    conn, peer = tcp.accept()
    conn.settimeout(2)
    try:
        conn.recv(1000)
        conn.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + peer[0].encode() + b"\n")
    except OSError:
        pass
    conn.close()
END
ip netns exec peer python3 /root/who.py 10.66.0.100 &
eventually curl -s http://10.66.0.100:7000/
echo "10.66.0.3 www.example" >>/etc/hosts

NL=$'\n'
status_of() { # status_of COMMAND...: its exit status alone
	"$@" >/dev/null 2>&1 </dev/null
	echo $?
}
seen() { # seen CHBIND-ARGUMENT...: as whom the peer sees curl
	chbind --silent "$@" curl -s -m 5 http://10.66.0.100:7000/
}
in_python() { # in_python EXPRESSION: "ok", or the errno; s(type) makes a socket
	# shellcheck disable=SC2016
	chbind --silent --ip 10.66.0.2 python3 -c '
import socket, sys
s = lambda t=socket.SOCK_STREAM, f=socket.AF_INET: socket.socket(f, t)
try:
    r = eval(sys.argv[1])
    print("ok" if r is None else r)
except OSError as e:
    print(e.errno)' "$1"
}
cgroups() { # those of chbind that there are
	(cd "$VIEW_CGROUP/vctx" && for c in b*; do [ -d "$c" ] && echo "$c"; done) | paste -sd' '
}
entries() { # entries MAP
	bpftool map dump pinned "/sys/fs/bpf/vctx/$1" -j | python3 -c 'import json, sys
j = json.load(sys.stdin)
print(len(j) if isinstance(j, list) else j)'
}

# ---- usage ----

is "$(status_of chbind)" 2 "no address is wrong usage"
like "$(chbind 2>&1)" "Try 'chbind --help'" "and points at --help"
is "$(status_of chbind --ip 10.66.0.2)" 2 "no command is wrong usage"
is "$(status_of chbind --frob --ip 10.66.0.2 true)" 2 "an unknown option is wrong usage"
like "$(chbind --help)" "--ip ADDRESS" "--help names the options"
like "$(chbind --version)" "^vctx [0-9]" "--version says which"
is "$(chbind --silent --ip 10.66.0.2 echo x --help)" "x --help" "options behind the command are its own"
is "$(chbind --silent --ip 10.66.0.2 -- echo x --ip)" "x --ip" "as after --"

# ---- what it prints, and with what it ends ----

is "$(chbind --ip 10.66.0.2 echo ran)" $'ipv4root is now 10.66.0.2\nran' "it prints the address"
is "$(chbind --ip 10.66.0.3 --ip 10.66.0.2/8 true)" "ipv4root is now 10.66.0.3 10.66.0.2" "all of them, in their order"
is "$(chbind --silent --ip 10.66.0.2 echo ran)" ran "--silent does not"
is "$(status_of chbind --ip 10.66.0.2 sh -c 'exit 7')" 7 "the exit status is the command's"
is "$(status_of chbind --ip 10.66.0.2 no-such-program)" 127 "no such program: 127"
is "$(status_of chbind --ip 10.66.0.2 /etc/passwd)" 126 "no program: 126"
# shellcheck disable=SC2016
is "$(status_of chbind --ip 10.66.0.2 sh -c 'kill -TERM $$')" 143 "killed by SIGTERM: 143"
is "$(seq 100000 | chbind --silent --ip 10.66.0.2 wc -l)" 100000 "it works in pipes"
is "$(umask 027; chbind --silent --ip 10.66.0.2 sh -c umask)" 0027 "the umask stays"

# ---- forms of addresses ----

is "$(chbind --ip localhost true)" "ipv4root is now 127.0.0.1" "localhost"
is "$(chbind --ip www.example true)" "ipv4root is now 10.66.0.3" "a host's name"
is "$(chbind --ip lo true)" "ipv4root is now 127.0.0.1" "the device lo"
is "$(chbind --ip v0 true)" "ipv4root is now 10.66.0.1" "a device: its first address"
is "$(chbind --ip v0:3 true)" "ipv4root is now 10.66.0.3" "a label of it: that address"
is "$(seen --ip 10.66.0.2/16 --ip 10.66.0.3)" 10.66.0.3 "a number is /24"
is "$(seen --ip 10.66.0.2 --ip 10.66.0.3/8)" 10.66.0.2 "/8"
is "$(seen --ip 10.66.0.2/255.255.0.0 --ip 10.66.0.3/255.255.255.0)" 10.66.0.3 "/255.255.0.0"
is "$(seen --ip 10.66.0.2/255.255.255.0 --ip www.example/8)" 10.66.0.2 "the mask of a name"

# ---- addresses that it refuses ----

refused() { # refused NAME REGEX CHBIND-ARGUMENT...: 125, one sentence, and the command does not run
	local name=$1 regex=$2 out
	shift 2
	out=$(chbind "$@" touch /run/ran 2>&1)
	is "$?" 125 "$name: 125"
	like "$out" "^chbind: [^$NL]*${regex}[^$NL]*$" "$name: one sentence"
	fails "$name: nothing runs" test -e /run/ran
	rm -f /run/ran
}
refused "an address of nobody" "10.66.0.9 is not an address of this host" --ip 10.66.0.9
refused "one of several" "10.66.0.9 is not an address of this host" --ip 10.66.0.2 --ip 10.66.0.9
refused "the peer's address" "10.66.0.100 is not an address" --ip 10.66.0.100
refused "an unknown name" "no host" --ip nobody.invalid
refused "a bad mask" "33" --ip 10.66.0.2/33
refused "0.0.0.0" "0.0.0.0" --ip 0.0.0.0
refused "a context's loopback" "127.128.0.0/9" --ip 127.200.0.1
refused "an address twice" "twice" --ip 10.66.0.2 --ip 10.66.0.2/8
refused "a device without address" "v2 has no IPv4 address" --ip "$(ip link add v2 type veth peer name v3 && echo v2)"
mapfile -t many < <(for a in $(seq 101 117); do ip address add "10.77.0.$a/32" dev lo && printf -- '--ip\n10.77.0.%s\n' "$a"; done)
refused "seventeen addresses" "more than 16" "${many[@]}"
like "$(chbind "${many[@]:0:32}" true)" " 10.77.0.116$" "sixteen are taken"

# ---- what holds for its sockets ----

is "$(curl -s http://10.66.0.100:7000/)" 10.66.0.1 "the host itself is seen from its first address"
is "$(seen --ip 10.66.0.2)" 10.66.0.2 "curl is seen from the address (TCP)"
is "$(chbind --silent --ip 10.66.0.3 sh -c 'echo x | nc -u -w 1 10.66.0.100 7000')" 10.66.0.3 "nc -u as well (UDP)"
is "$(in_python 's().bind(("10.66.0.2", 0))')" ok "bind: the address"
is "$(in_python 's().bind(("10.66.0.3", 0))')" 99 "bind: another one is not available"
is "$(in_python 's(socket.SOCK_DGRAM).bind(("10.66.0.3", 0))')" 99 "nor for UDP"
is "$(in_python '(lambda u: u.bind(("0.0.0.0", 0)) or u.getsockname()[0])(s(socket.SOCK_DGRAM))')" 10.66.0.2 \
	"bind: 0.0.0.0 is the address"
is "$(in_python 's(f=socket.AF_INET6)')" 97 "no IPv6"
is "$(in_python 's(socket.SOCK_RAW)')" 93 "no raw sockets"

hears() { # hears CHBIND-ARGUMENT...: what a command hears that is sent to all of the net
	local hearer
	timeout 5 chbind --silent --ip 10.66.0.2 "$@" python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    s.bind(("10.66.0.255", 9000))
    open("/run/hears", "w").close()
    print(s.recv(100).decode())
except OSError as e:
    print(e.errno)' >/run/heard &
	hearer=$!
	while [ -d /proc/$hearer ] && [ ! -e /run/hears ]; do sleep 0.05; done
	# shellcheck disable=SC2016
	ip netns exec peer python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(b"all", ("10.66.0.255", 9000))'
	wait $hearer
	rm -f /run/hears
	cat /run/heard
}
is "$(hears)" 99 "no broadcast address of its own"
is "$(hears --bcast 10.66.0.255)" all "but with --bcast"
is "$(hears --bcast v0)" all "or that of a device"

# the host's own services, reached over its loopback
# shellcheck disable=SC2016
whom='echo $SSH_CONNECTION'
mkperson alice 1001
view_sshd "# nothing more"
is "$(chbind --silent --ip 10.66.0.2 ssh "${SSH_OPTS[@]}" alice@127.0.0.1 "$whom" | cut -d' ' -f1,3)" \
	"10.66.0.2 127.0.0.1" "ssh to 127.0.0.1 reaches the host's sshd, which sees the address"
is "$(chbind --silent --ip localhost ssh "${SSH_OPTS[@]}" alice@127.0.0.1 "$whom" | cut -d' ' -f1)" \
	127.0.0.1 "with localhost alone from 127.0.0.1"
is "$(chbind --silent --ip 10.66.0.2 head -c 1 /dev/zero | wc -c)" 1 "devices are as they were"

# ---- servers: the same port on each address, and the host's ----

serve() { # serve NAME [COMMAND...]: a web server on 0.0.0.0:8080 that says NAME
	local name=$1
	shift
	mkdir -p "/srv/$name"
	echo "$name" >"/srv/$name/name"
	"$@" python3 -m http.server -d "/srv/$name" 8080 >/dev/null 2>&1 &
	servers+=($!)
}
from_peer() { ip netns exec peer curl -s -m 5 "http://$1:8080/name"; }
answers() { [ "$(from_peer "$1")" = "$2" ]; }
servers=()
serve host
eventually answers 10.66.0.1 host
serve two chbind --silent --ip 10.66.0.2
serve three chbind --silent --ip 10.66.0.3
eventually answers 10.66.0.2 two
eventually answers 10.66.0.3 three
is "$(from_peer 10.66.0.2)" two "a server on 0.0.0.0 answers on its address"
is "$(from_peer 10.66.0.3)" three "another one on the same port of its own"
is "$(from_peer 10.66.0.1)" host "and the host's on what is left"
is "$(curl -s http://127.0.0.1:8080/name)" host "the host's loopback is the host's"
is "$(chbind --silent --ip 10.66.0.2 curl -s -m 5 http://10.66.0.3:8080/name)" three "each reaches the other"

# ---- narrower only ----

is "$(chbind --silent --ip 10.66.0.2 --ip 10.66.0.3 chbind --silent --ip 10.66.0.3 curl -s http://10.66.0.100:7000/)" \
	10.66.0.3 "chbind in chbind: narrower works"
is "$(chbind --silent --ip 10.66.0.2 chbind --ip 10.66.0.2/8 true)" "ipv4root is now 10.66.0.2" "the same works"
chbind_in() { # the rest of a command line for refused: chbind inside chbind
	refused "$1" "$2" --silent --ip 10.66.0.2 chbind --silent "${@:3}"
}
chbind_in "another address inside" "10.66.0.3 is not in the IPv4 root of this process" --ip 10.66.0.3
chbind_in "one more inside" "can only get narrower" --ip 10.66.0.2 --ip 10.66.0.3
chbind_in "a broadcast address inside" "10.66.0.255 is not in" --ip 10.66.0.2 --bcast 10.66.0.255
is "$(chbind --silent --ip v0 --bcast v0 chbind --silent --ip v0 --bcast 10.66.0.255 echo ok)" ok "one that it had works"

# ---- who may not ----

is "$(setpriv --reuid 1001 --clear-groups chbind --ip 10.66.0.2 true 2>&1)" "chbind: it needs root" "not without root"
mkvserver lab
vserver lab start
for f in /usr/bin/chbind $(ldd /usr/bin/chbind | grep -o '/[^ ]*'); do
	install -D "$f" "/var/lib/vservers/lab$f"
done
out=$(vserver lab exec chbind --ip 127.0.0.1 touch /ran 2>&1)
is $? 125 "not by the root of a vserver"
like "$out" "^chbind: inside a context[^$NL]*$" "which is told so in one sentence"
fails "and runs nothing" test -e /var/lib/vservers/lab/ran
fails "nor makes anything" test -e /var/lib/vservers/lab/run/vctx
# shellcheck disable=SC2016
out=$(sh -c 'echo 0 >"$1/entry/cgroup.procs"; exec chbind --ip 10.66.0.2 true' sh "$(cgroup_of lab)" 2>&1)
is $? 125 "nor by a process of the host in a vserver's cgroup"
like "$out" "in context $(context_of lab)" "which is told whose it is"
vserver lab stop

# ---- nothing is left ----

for p in "${servers[@]}"; do kill "$p"; done
wait "${servers[@]}" 2>/dev/null
chbind --silent --ip 10.66.0.2 true
chbind --silent --ip 10.66.0.3 true
is "$(cgroups)" b0 "what ended is taken away by the next one"
is "$(entries roots)" 1 "its entry as well"
is "$(entries owner)" 1 "and its address"
chbind --silent --ip 10.66.0.2 sh -c '(sleep 2; curl -s http://10.66.0.100:7000/ >/run/late; sleep 60) & echo $! >/run/pid'
chbind --silent --ip 10.66.0.3 true
chbind --silent --ip 10.66.0.3 true
is "$(cgroups)" "b0 b1" "one with a process in the background is not"
succeeds "which goes on" eventually test -s /run/late
is "$(cat /run/late)" 10.66.0.2 "with the address that it had"
kill "$(cat /run/pid)"
succeeds "boot takes away what is left" eventually sh -c "vctx-setup boot && [ -z \"\$(ls $VIEW_CGROUP/vctx | grep ^b)\" ]"
is "$(entries roots)" 0 "all entries"
is "$(entries owner)" 0 "all addresses"

# several with one address
chbind --silent --ip 10.66.0.2 sleep 60 &
long=$!
eventually sh -c "[ -n \"\$(cat $VIEW_CGROUP/vctx/b0/cgroup.procs)\" ]"
for _ in 1 2 3; do seen --ip 10.66.0.2 >/run/short; done
is "$(cat /run/short)" 10.66.0.2 "two at once have one address"
is "$(entries owner)" 1 "which stays as long as one of them runs"
kill $long
wait $long 2>/dev/null
for i in $(seq 20); do
	chbind --silent --ip 10.66.0.2 sh -c 'cat /proc/self/cgroup; until [ -e /run/go ]; do sleep 0.1; done' \
		>"/run/many.$i" &
	pids[i]=$!
done
for i in $(seq 20); do eventually test -s "/run/many.$i"; done
touch /run/go
failed=0
for p in "${pids[@]}"; do wait "$p" || failed=$((failed + 1)); done
is $failed 0 "twenty that start at once all run"
is "$(grep -h ^0:: /run/many.* | sort -u | wc -l)" 20 "in a cgroup each"

# ---- and a vserver that has an address alone ----

mkvserver alone IPROOT=v0:10.66.0.3/24
succeeds "a vserver gets an address that a command under chbind had" vserver alone start
refused "it" "vserver 'alone' has it alone: 10.66.0.3 is in use" --ip 10.66.0.2 --ip 10.66.0.3
is "$(seen --ip 10.66.0.2)" 10.66.0.2 "others can be had"
is "$(entries roots) $(cgroups)" "2 b0" "with nothing left of the attempt"
vserver alone stop
chbind --silent --ip 10.66.0.3 sleep 60 &
long=$!
eventually sh -c "[ -n \"\$(cat $VIEW_CGROUP/vctx/b0/cgroup.procs)\" ]"
like "$(vserver alone start 2>&1)" "10.66.0.3 is in use" "and not one that a command under chbind has"
kill $long
wait $long 2>/dev/null
succeeds "until it ends" vserver alone start
vserver alone stop

# killed at any moment
for ms in $(seq 0 2 60); do
	chbind --silent --ip 10.66.0.2 sleep 60 &
	sleep "0.0$(printf %02d "$ms")"
	kill -KILL $! && wait $! 2>/dev/null
done
succeeds "after kills at any moment the next one runs" chbind --silent --ip 10.66.0.3 true
is "$(cgroups)" b0 "and has taken away what they left"
is "$(entries roots)" 1 "in the map too"
done_testing
