#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a context does with its listeners neither takes the room of its neighbours' nor the ports of the host's services.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/netlib.sh"
mkwire || skip "no veth devices here"
mkvserver a IPROOT=10.66.1.2/24
mkvserver b IPROOT=10.66.1.3/24
succeeds "a starts" vserver a start
succeeds "b starts" vserver b start
counted() { bpftool map dump pinned /sys/fs/bpf/vctx/bound 2>/dev/null | grep -oE '"?value"?: ?[0-9]+' | grep -oE '[0-9]+$' | sort -n | tail -n 1; }
listener() { # listener VSERVER PORT TEXT: answers one connection after the other
	vserver "$1" exec perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in($ARGV[0], INADDR_ANY)) or die $!;
		listen(S, 5) or die $!; while (accept(C, S)) { syswrite(C, "$ARGV[1]\n"); close(C) }' "$2" "$3" </dev/null >/dev/null 2>&1 &
}
said() { timeout 5 nc -w 3 "$1" "$2" </dev/null 2>/dev/null; }

# ---- room ----

vserver a exec perl -MSocket -e 'use strict; my @s; my $n = 0;
	for my $p (10000 .. 14000) { my $s; socket($s, AF_INET, SOCK_STREAM, 0) or last; bind($s, sockaddr_in($p, INADDR_ANY)) or last;
		listen($s, 1) or last; push @s, $s; $n++ } $| = 1; print "$n\n"; sleep 60' </dev/null >/root/opened 2>/root/opened.err &
greedy=$!
eventually grep -q . /root/opened
like "$(cat /root/opened)" "^2048$" "a opens as many listeners as one context may"
is "$(counted)" 2048 "so many are counted"
listener b 80 b
eventually said 10.66.1.3 80
is "$(said 10.66.1.3 80)" b "its neighbour's are"
kill $greedy
wait $greedy 2>/dev/null
vserver a exec sh -c 'kill -9 -1' 2>/dev/null
eventually sh -c '! nc -z -w 1 10.66.1.2 10000'
listener a 80 a
eventually said 10.66.1.2 80
is "$(said 10.66.1.2 80)" a "and its own again, when it has given up the others"
is "$(counted)" 1 "which are not counted any more"

# ---- ten thousand neighbours ----

succeeds "10,000 contexts more in the kernel's tables" vctx-bpf-drive crowd 10000
is "$(vctx-bpf-drive entries roots)" 10002 "they are there"
mkvserver c IPROOT=10.66.1.4/24
succeeds "one more starts" vserver c start
listener c 80 c
eventually said 10.66.1.4 80
is "$(said 10.66.1.2 80) $(said 10.66.1.3 80) $(said 10.66.1.4 80)" "a b c" "each answers on its own address"
is "$(vserver c exec nc -N -w 2 127.0.0.1 80 </dev/null) $(vserver b exec nc -N -w 2 127.0.0.1 80 </dev/null)" "c b" "and to itself"
like "$(vserver c exec perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0);
	bind(S, sockaddr_in(0, inet_aton("10.66.1.3"))) or print $!' 2>&1)" "Cannot assign" "none has another's"
succeeds "and it stops" vserver c stop
is "$(vctx-bpf-drive entries roots)" 10002 "alone"

# ---- the host's ports ----

# an accepted connection on port 22, its listener gone; neither lets the port be shared
vserver a exec perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(22, INADDR_ANY)) or die $!;
	setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 0); listen(S, 5) or die $!; $| = 1; print "listens\n"; accept(C, S); close(S);
	setsockopt(C, SOL_SOCKET, SO_REUSEADDR, 0); print "accepted\n"; sleep 60' </dev/null >/root/held 2>&1 &
eventually grep -q listens /root/held
nc 10.66.1.2 22 </dev/zero >/dev/null 2>&1 &
client=$!
eventually grep -q accepted /root/held
succeeds "a connection that a context keeps on port 22 does not keep the host's service from it" perl -MSocket -e '
	socket(S, AF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
	bind(S, sockaddr_in(22, INADDR_ANY)) && listen(S, 5) or die $!'
kill $client
for how in "22 INADDR_ANY" "8080 INADDR_ANY" "443 inet_aton('10.66.1.2')"; do
	port=${how%% *}
	vserver a exec perl -MSocket -e "socket(S, AF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in($port, ${how#* })) or die \$!;
		listen(S, 5) or die \$!; \$| = 1; print qq(listens\n); sleep 30" </dev/null >"/root/on-$port" 2>&1 &
	eventually grep -q listens "/root/on-$port"
	succeeds "a listener of a context does not either: $how" perl -MSocket -e '
		socket(S, AF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
		bind(S, sockaddr_in($ARGV[0], INADDR_ANY)) && listen(S, 5) or die $!' "$port"
done
done_testing
