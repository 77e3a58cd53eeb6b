#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A context trusts its own loopback. An ordinary user of the host, or of a context without addresses, pretends to be there,
# and lies in wait for its connections.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/netlib.sh"
mkwire || skip "no veth devices here"
echo "40000 40399" >/proc/sys/net/ipv4/ip_local_port_range # a thief has so few to try
mkvserver a IPROOT=10.66.1.2/24 IPROOT6=fd66:1::2/64
succeeds "a starts" vserver a start
xid=$(context_of a)
alias=$(perl -e 'printf "127.%d.%d.%d", 128 | $ARGV[0] >> 9, $ARGV[0] >> 1 & 255, ($ARGV[0] & 1) << 7 | 1' "$xid")
alias6=fd76:6374:7800::$(printf %x "$xid")
someone() { setpriv --reuid 1500 --regid 1500 --clear-groups "$@"; }

# ---- to be taken for 127.0.0.1 ----

cat >/root/serve.pl <<'END'
use Socket qw(:all); my ($six, $port) = @ARGV;
my ($t, $u, $c);
for ([\$t, SOCK_STREAM], [\$u, SOCK_DGRAM]) {
	socket(${$_->[0]}, $six ? AF_INET6 : AF_INET, $_->[1], 0) or die $!;
	setsockopt(${$_->[0]}, IPPROTO_IPV6, IPV6_V6ONLY, 1) if $six;
	bind(${$_->[0]}, $six ? pack_sockaddr_in6($port, IN6ADDR_ANY) : pack_sockaddr_in($port, INADDR_ANY)) or die $!;
}
listen($t, 5); $| = 1; print "ready\n";
sub who { my ($e, $h) = getnameinfo($_[0], NI_NUMERICHOST | NI_NUMERICSERV); print "from $h\n" }
if (!fork) { while (my $p = accept($c, $t)) { who($p); close $c } exit }
while (my $p = recv($u, my $m, 9, 0)) { who($p) }
END
for six in 0 1; do
	vserver a exec perl - $six 5000 </root/serve.pl >"/root/heard$six" 2>&1 &
	eventually grep -q ready "/root/heard$six"
done
knock() { # knock PROTOCOL SOURCE DESTINATION: as somebody
	someone timeout 3 python3 -c '
import socket, sys
kind, source, to = sys.argv[1:]
s = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
s.settimeout(1)
s.bind((source, 0))
s.connect((to, 5000))
s.send(b"x")' "$@" >/dev/null 2>&1
	return 0
}
for kind in tcp udp; do
	for source in 127.0.0.1 127.0.0.2 "$alias"; do knock $kind "$source" 10.66.1.2; done
	for source in 127.0.0.1 "$alias"; do knock $kind "$source" "$alias"; done
	for source in ::1 "$alias6"; do knock $kind "$source" fd66:1::2 && knock $kind "$source" "$alias6"; done
done
sleep 0.5
is "$(grep from /root/heard0)" "" "a user of the host is never heard from the loopback"
is "$(grep from /root/heard1)" "" "nor from ::1"
knock tcp $HOST_IP 10.66.1.2
knock udp $HOST_IP 10.66.1.2
is "$(sort /root/heard0 | grep from | uniq -c | tr -s ' ' | paste -sd,)" " 2 from $HOST_IP" "but from the host's address"
vserver a exec perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); connect(S, sockaddr_in(5000, INADDR_LOOPBACK)) or die $!'
eventually grep -q "from 127.0.0.1" /root/heard0
ok $? "and its own from 127.0.0.1"

# ---- to lie in wait ----

# sockets on the alias, each on its way to one port that a client of a may get: they do not give up when they are refused,
# and a connection from that very port meets them
cat >/root/thief.py <<'END'
import resource, select, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (2000, 2000))
own, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
six = ":" in own
ttl = (41, 73) if six else (0, 21) # IPV6_MINHOPCOUNT, IP_MINTTL: what comes by lo has 64
poll, waiting, got = select.epoll(), {}, 0
for port in range(first, last):
	s = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
	s.setblocking(False)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.setsockopt(*ttl, 255)
	try:
		s.bind((own, 5432))
		s.connect_ex((own, port))
	except OSError:
		continue
	waiting[s.fileno()] = s
	poll.register(s.fileno(), select.EPOLLOUT | select.EPOLLIN)
print("ready", len(waiting), flush=True)
began = time.time()
while time.time() < began + 6:
	phase = (time.time() - began) % 1
	for s in waiting.values():
		s.setsockopt(*ttl, 255 if phase > 0.8 or phase < 0.25 else 0)
	for fd, _ in poll.poll(0.02):
		s = waiting.pop(fd)
		poll.unregister(fd)
		if s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
			try:
				s.setblocking(True)
				s.settimeout(1)
				s.send(b"thief")
				got += s.recv(99).startswith(b"secret")
			except OSError:
				pass
		s.close()
print("got", got, flush=True)
END
cat >/root/trusting.pl <<'END'
use Socket qw(:all); my ($to) = @ARGV; my $six = $to =~ /:/; my (%n, $s, $c);
socket($s, $six ? AF_INET6 : AF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
bind($s, $six ? pack_sockaddr_in6(5432, IN6ADDR_ANY) : pack_sockaddr_in(5432, INADDR_ANY)) or die $!; listen($s, 9);
if (!fork) { $SIG{ALRM} = sub { exit }; alarm 12; while (accept($c, $s)) { syswrite($c, "real"); sysread($c, $_, 99); close $c } }
sleep 2; $SIG{ALRM} = sub { die "late" };
for (1 .. 8) {
	my $got = eval { alarm 1; socket(my $k, $six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
		connect($k, $six ? pack_sockaddr_in6(5432, inet_pton(AF_INET6, $to)) : pack_sockaddr_in(5432, inet_aton($to))) or die "$!";
		syswrite($k, "secret"); sysread($k, my $b, 99); alarm 0; $b } // "nobody";
	$n{$got}++;
}
print join(" ", map { "$_=$n{$_}" } sort keys %n), "\n";
END
lie_in_wait() { # lie_in_wait OWN DESTINATION
	vserver a exec perl - "$2" </root/trusting.pl >/root/trusted 2>&1 &
	local client=$!
	sleep 1.2
	someone python3 - "$1" 40000 40400 </root/thief.py >/root/stolen 2>&1
	wait $client
	like "$(head -n 1 /root/stolen)" "ready [1-9]" "somebody waits for connections to $2"
	like "$(tail -n 1 /root/stolen)" "got 0" "and gets none"
	unlike "$(cat /root/trusted)" "thief" "the client talks to no thief ($(cat /root/trusted))"
	sleep 6
}
lie_in_wait "$alias" 127.0.0.1
lie_in_wait "$alias6" ::1
lie_in_wait 10.66.1.2 10.66.1.2
done_testing
