#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of an IPv4 root: addresses come and go with contexts, leases last, masquerading and published ports
# seen from another machine (a network namespace behind a veth pair), name servers inside.
. "$(dirname "$0")/lib.sh"
host_log

# ---- the wire: 10.9.0.1 on e0 is the host, 10.9.0.2 the machine behind it ----
ip link add e0 type veth peer name e1
unshare --net sleep 600 &
far=$!
eventually ip link set e1 netns $far
ip addr add 10.9.0.1/24 dev e0
ip link set e0 up
on_far() { nsenter -t $far --net "$@"; }
on_far ip addr add 10.9.0.2/24 dev e1
on_far ip link set e1 up
on_far ip link set lo up
ip route add default via 10.9.0.2

# A server that tells each client its name and the client's address; a child of this shell.
server=$(cat <<-'END'
	use IO::Socket; $SIG{ALRM} = sub { exit }; alarm 150;
	my ($name, $addr, $port) = @ARGV;
	my $s = IO::Socket::INET->new(LocalAddr => $addr, LocalPort => $port, Listen => 5, ReuseAddr => 1) or die "$!";
	while (my $c = $s->accept) { print $c "$name ", $c->peerhost, "\n"; close $c }
END
)
serve() { # serve NAME ADDRESS PORT [VSERVER]: in the vserver or on the host
	${4:+vserver "$4" exec} perl -e "$server" "$1" "$2" "$3" </dev/null >/dev/null 2>&1 &
}
# What a server says; "" where there is none.
ask() { # ask ADDRESS PORT
	timeout 5 perl -e 'use IO::Socket; my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1],
		Timeout => 2) or exit 1; print <$s>' "$1" "$2"
}
on_far_ask() { on_far timeout 5 bash -c 'exec 3<>/dev/tcp/$0/$1 && cat <&3' "$1" "$2" 2>/dev/null; }
answers() { [ -n "$("$@")" ]; }
has_address() { ip -o addr show dev "$1" | grep -q " $2 "; }
log() { tail -n 50 "$HOST_LOG"; }
# What a context leaves that has ended: nothing.
leftovers() {
	ip -o addr show | grep -E 'inet 10\.(9\.0\.[^12]/|66)|inet6 fd'
	find /run/vctx/addr -mindepth 1
	nft list table ip vctx 2>/dev/null | grep elements
	bpftool map dump pinned /sys/fs/bpf/vctx/roots | grep key
	bpftool map dump pinned /sys/fs/bpf/vctx/owner | grep key
}

# ---- addresses ----

mkvserver lab IPROOT=10.9.0.4/24 IPROOT6=auto
mkvserver twin IPROOT=10.9.0.4/24
mkvserver host IPROOT=10.9.0.7/24
succeeds "a vserver with an address starts" vserver lab start
has_address e0 10.9.0.4/24
ok $? "its address is on the default route's device"
ula=$(sed -n 's/^addresses6=e0@\(.*\)\/128$/\1/p' /run/vctx/state/lab/state)
like "$ula" '^fd[0-9a-f:]+$' "IPROOT6=auto gave it a unique local address"
has_address e0 "$ula/128"
ok $? "which is on the device too"
serve lab 0.0.0.0 80 lab
eventually answers ask 10.9.0.4 80
is "$(on_far_ask 10.9.0.4 80)" "lab 10.9.0.2" "the other machine reaches it there"
out=$(vserver twin start 2>&1)
like "$out" "10\.9\.0\.4 is in use by context [0-9]+ \('lab'\)" "another one with that address is refused, and told whose it is"
has_address e0 10.9.0.4/24
ok $? "and took nothing away"
ip addr add 10.9.0.7/24 dev e0
succeeds "an address that the host has may be used" vserver host start
vserver host stop >/dev/null
has_address e0 10.9.0.7/24
ok $? "and stays"
ip addr del 10.9.0.7/24 dev e0
vserver lab stop >/dev/null
is "$(leftovers)" "" "nothing is left on the devices"
vserver lab start >/dev/null
is "$(sed -n 's/^addresses6=e0@\(.*\)\/128$/\1/p' /run/vctx/state/lab/state)" "$ula" "the unique local address is the same again"
vserver lab stop >/dev/null

mkvserver one IPROOT=10.9.0.5/24 PORTS=30000-30099 PUBLISH=tcp:2080:30000
mkvserver two IPROOT=10.9.0.5/24 PORTS=30100-30199
vserver one start >/dev/null
succeeds "two with ranges of ports share an address" vserver two start
is "$(find /run/vctx/addr/10.9.0.5 -name '[a-z]*' -printf '%f\n' | sort | tr '\n' ' ')" "one two " "which is counted"
serve one 0.0.0.0 30000 one
eventually answers ask 10.9.0.5 30000
is "$(on_far_ask 10.9.0.1 2080)$(on_far_ask 10.9.0.5 2080)" "one 10.9.0.2one 10.9.0.2" "a port is published on both addresses of the host"
vserver one stop >/dev/null
has_address e0 10.9.0.5/24
ok $? "it stays for the second"
vserver two stop >/dev/null
is "$(leftovers)" "" "and goes with it"

# a state that cannot be read: by name and number
vserver lab start >/dev/null
echo damaged >/run/vctx/state/lab/state
vserver lab stop >/dev/null 2>&1
is "$(leftovers)" "" "a damaged state is taken down too"

mkvserver nodev IPROOT=none0:10.9.0.4/24
out=$(vserver nodev start 2>&1)
like "$out" "10\.9\.0\.4: there is no device none0" "a device that is not there is named"
is "$(leftovers)" "" "and nothing is left"

# ---- pools, masquerading, published ports ----

cat >>/etc/vservers.conf <<-END
	POOL_lab="10.66.0.0/29 dev=lo masquerade=e0"
END
nft 'add table ip theirs; add chain ip theirs c; add rule ip theirs c counter'
theirs=$(nft list table ip theirs)
mkvserver p1 IPROOT=pool:lab "PUBLISH=tcp:2001:22 udp:2053:53"
mkvserver p2 IPROOT=pool:lab
mkvserver p3 IPROOT=pool:lab PUBLISH=tcp:2001:80
succeeds "a vserver starts with a lease" vserver p1 start
vserver p2 start >/dev/null
has_address lo 10.66.0.1/32 && has_address lo 10.66.0.2/32
ok $? "the leases are on lo, one address each"
serve p1 0.0.0.0 22 p1
on_far perl -e "$server" far 0.0.0.0 99 </dev/null >/dev/null 2>&1 &
eventually answers ask 10.66.0.1 22
is "$(vserver p2 exec perl -e 'use IO::Socket; $s = IO::Socket::INET->new("10.9.0.2:99") or die; print <$s>')" "far 10.9.0.1" \
	"masqueraded: the other machine sees the host"
is "$(on_far_ask 10.9.0.1 2001)" "p1 10.9.0.2" "published: the other machine reaches it at the host's address"
is "$(ask 10.9.0.1 2001 | cut -d ' ' -f 1)" p1 "so does the host itself"
is "$(ask 127.0.0.1 2001)" "" "but not at its loopback"
serve p2 0.0.0.0 2001 p2
eventually answers ask 10.66.0.2 2001
is "$(ask 10.66.0.2 2001 | cut -d ' ' -f 1)" p2 "a neighbour's port of that number stays the neighbour's"
out=$(vserver p3 start 2>&1)
like "$out" "tcp:2001 is published by 'p1'" "a port that is published already is refused with the vserver's name"
is "$(on_far_ask 10.9.0.1 2001)" "p1 10.9.0.2" "and stays the first one's"
nft flush ruleset
nft 'add table ip theirs; add chain ip theirs c; add rule ip theirs c counter'
is "$(on_far_ask 10.9.0.1 2001)" "" "a firewall flushes all rules"
vserver p2 stop >/dev/null
succeeds "the next start" vserver p2 start
is "$(on_far_ask 10.9.0.1 2001)" "p1 10.9.0.2" "puts in what all running contexts have"
is "$(nft list table ip theirs)" "$theirs" "nobody else's rules were touched"
vserver p1 stop >/dev/null
vserver p2 stop >/dev/null
is "$(leftovers)" "" "nothing of them is left"
vserver p2 start >/dev/null
vserver p1 start >/dev/null
like "$(cat /run/vctx/state/p1/state)" 'addresses=lo:10\.66\.0\.1/' "leases last, whoever starts first"
is "$(cat /var/lib/vctx/pools/lab)" $'10.66.0.1 p1\n10.66.0.2 p2\n10.66.0.3 p3' "and are written down"
vserver p1 stop >/dev/null
vserver p2 stop >/dev/null
sed -i s/10.66.0.1/10.66/ /var/lib/vctx/pools/lab
like "$(vserver p2 start 2>&1)" '/var/lib/vctx/pools/lab:1: damaged' "a damaged pool refuses"
printf '10.66.0.%d v%d\n' 1 1 2 2 3 3 4 4 5 5 6 6 >/var/lib/vctx/pools/lab
like "$(vserver p2 start 2>&1)" 'pool lab is exhausted: all of its 6 addresses' "so does an exhausted one"
printf '10.66.0.1 p1\n' >/var/lib/vctx/pools/lab

# ---- killed at any moment ----

bad=0
for ms in 0 2 4 6 8 10 12 14 16 18 20 23 26 30 35 40 50 60; do
	timeout 30 vserver p1 start >/dev/null 2>&1 &
	start=$!
	for _ in $(seq 200); do pgrep -f libexec/vctx/vctx_start >/dev/null && break; sleep 0.001; done
	sleep "0.0$(printf %02d $ms)"
	pkill -9 -f 'libexec/vctx/vctx_start|vctx_shepherd|vctx_init --shepherd'
	wait $start
	[ $((ms % 4)) = 0 ] && { vserver p1 start >/dev/null 2>&1 || bad=$((bad + 1)); }
	/usr/libexec/vctx/vctx_stop p1 || bad=$((bad + 1))
	left=$(leftovers)
	[ -z "$left" ] || { bad=$((bad + 1)); echo "# after $ms ms: $left"; }
done
is "$bad" 0 "builders that are killed leave nothing that the next start or stop does not put right"

# and at each step, by a real system call that kills or fails
mv /usr/libexec/vctx/vctx_start /usr/libexec/vctx/vctx_start.real
cat >/usr/libexec/vctx/vctx_start <<-'END'
	#!/bin/sh
	export PATH=/usr/bin:/bin
	exec strace -D -f -o /root/trace -e "inject=$(cat /root/fault)" /usr/libexec/vctx/vctx_start.real "$@"
END
chmod 755 /usr/libexec/vctx/vctx_start
bad=0 hit=0
for how in signal=KILL error=ENOBUFS; do
	# the addresses' netlink, the nftables' netlink, the rules, the counts
	for fault in sendto:$how:when={1..8} sendmsg:$how:when={1..6} bpf:$how:when={1,20,30,33,34,35,36,37,38,39,40} \
		mkdir:$how:when={4..12} symlink:$how:when={1,2} fsync:$how:when={1..3}; do
		echo "$fault" >/root/fault
		timeout 30 vserver p1 start >/dev/null 2>&1 || hit=$((hit + 1))
		/usr/libexec/vctx/vctx_stop p1 >/dev/null || bad=$((bad + 1))
		left=$(leftovers)
		[ -z "$left" ] || { bad=$((bad + 1)); echo "# $fault: $left"; }
	done
done
mv /usr/libexec/vctx/vctx_start.real /usr/libexec/vctx/vctx_start
is "$bad" 0 "nor do those that die or fail at one of their steps"
[ "$hit" -gt 20 ]
ok $? "of which $hit starts were hit"
succeeds "the next start works" vserver p1 start
is "$(ask 10.9.0.1 2001)$(cut -d ' ' -f 1 /run/vctx/addr/10.66.0.1/.dev)" lo "with the same address"
vserver p1 stop >/dev/null
is "$(leftovers)" "" "and nothing is left behind it"

# ---- name servers ----

conf=/var/lib/vservers/lab/etc/resolv.conf
inside() { grep -v '^#' $conf 2>/dev/null; }
restart() { vserver lab stop >/dev/null 2>&1; vserver lab start >/dev/null; }
mkdir -p /run/systemd/resolve
rm -f /etc/resolv.conf
printf 'nameserver 127.0.0.53\noptions edns0\nsearch example.org\n' >/run/systemd/resolve/stub-resolv.conf
printf 'nameserver 10.9.0.2\nnameserver 10.9.0.3\nsearch example.org\n' >/run/systemd/resolve/resolv.conf
ln -s /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
rm -f $conf
restart
is "$(inside)" $'nameserver 10.9.0.2\nnameserver 10.9.0.3\nsearch example.org' "the servers behind a local resolver are written"
is "$(stat -c '%u %g %a' $conf)" "0 0 644" "root's"
mkvserver lab IPROOT=10.9.0.4/24 HOST_SERVICES=127.0.0.53:53
restart
is "$(inside)" $'nameserver 127.0.0.53\noptions edns0\nsearch example.org' "or the local one, with a written exception"
mkvserver lab IPROOT=10.9.0.4/24
rm /run/systemd/resolve/resolv.conf
restart
is "$(inside)" $'options edns0\nsearch example.org' "no server that cannot be reached"
like "$(log)" "lab: no name server of /etc/resolv.conf can be reached" "which the host's log says"
printf '# vctx: keep\nnameserver 10.9.0.99\n' >$conf
restart
is "$(inside)" "nameserver 10.9.0.99" "a file that says keep stays"
rm -f /etc/resolv.conf
echo "nameserver 10.9.0.2" >/etc/resolv.conf
rm -f $conf
ln -s /etc/passwd $conf
restart
is "$(inside) $(grep -c vctx /etc/passwd /var/lib/vservers/lab/etc/passwd | cut -d : -f 2 | tr '\n' ' ')" \
	"nameserver 10.9.0.2 0 0 " "a link is replaced, not followed"
rm -f $conf
mkfifo $conf
restart
is "$(inside)" "nameserver 10.9.0.2" "a FIFO keeps nobody waiting"
rm -f $conf
mkdir $conf
succeeds "a directory in its place: it starts all the same" restart
like "$(log)" "/etc/resolv.conf inside cannot be written" "and the host's log says so"
rmdir $conf
vserver lab stop >/dev/null
mv /var/lib/vservers/lab/etc /var/lib/vservers/lab/etc2
mkdir /root/elsewhere
ln -s /root/elsewhere /var/lib/vservers/lab/etc
restart 2>/dev/null
is "$(ls -A /root/elsewhere)" "" "an /etc that leads elsewhere: nothing is written there"
vserver lab stop >/dev/null
rm /var/lib/vservers/lab/etc
mv /var/lib/vservers/lab/etc2 /var/lib/vservers/lab/etc

# ---- sockets of the host's services ----

mkdir -p /run/service /var/lib/service
unix_server=$(cat <<-'END'
	use IO::Socket::UNIX; $SIG{ALRM} = sub { exit }; alarm 100; unlink $ARGV[0];
	my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 5) or die; chmod 0777, $ARGV[0];
	while (my $c = $s->accept) { print $c "$ARGV[0]\n"; close $c }
END
)
unix_client='use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new($ARGV[0]) or exit 1; print <$s>'
for s in /run/service/a.sock /run/service/b.sock /var/lib/service/c.sock; do
	perl -e "$unix_server" $s </dev/null >/dev/null 2>&1 &
	eventually test -S $s
done
mkvserver lab IPROOT=10.9.0.4/24 "HOST_SERVICES=a=/run/service/a.sock b=/run/service/b.sock c=/var/lib/service/c.sock"
succeeds "a vserver with sockets of the host's services starts" restart
for s in /run/service/a.sock /run/service/b.sock /var/lib/service/c.sock; do
	is "$(vserver lab exec perl -e "$unix_client" $s)" "$s" "$s answers inside"
done
perl -e "$unix_server" /run/service/a.sock </dev/null >/dev/null 2>&1 &
again=$!
eventually test -S /run/service/a.sock
is "$(vserver lab exec perl -e "$unix_client" /run/service/a.sock)" /run/service/a.sock "so does a service that was started again"
fails "nothing can be written there" vserver lab exec touch /run/service/x
fails "nor removed" vserver lab exec rm /run/service/b.sock
kill $again
echo 1 >/run/service/pid
out=$(restart 2>&1)
like "$out" "/run/service is mounted inside, so it may hold sockets only, and 'pid' in it is none" "a directory with a file in it is refused"
is "$(leftovers)" "" "and nothing is left of that start"
rm -rf /run/service
like "$(restart 2>&1)" "HOST_SERVICES: /run/service of the host.*No such file" "so is one that is not there"
rm /etc/vservers/lab.conf
mkvserver lab IPROOT=10.9.0.4/24

# ---- where the kernel's side is missing ----

mkvserver open
umount /sys/fs/bpf
out=$(restart 2>&1)
like "$out" "'lab' cannot have addresses of its own: " "without the programs' place a vserver with addresses does not start ($out)"
has_address e0 10.9.0.4/24
[ $? = 1 ]
ok $? "and its address is on no device"
succeeds "one with IPROOT=any does" vserver open start
like "$(log)" "open: " "and the host's log says what is missing"
kill $far
done_testing
