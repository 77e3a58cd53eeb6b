#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ip=none: UNIX sockets alone.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab IPROOT=none
standard bob 1002 open
enable_pam
view_sshd
is "$(ssh_as alice cat where)" "inside lab" "a login works"
for s in "2 1 0" "2 2 0" "10 1 0" "16 3 0" "16 3 9" "17 3 0" "38 5 0" "40 1 0"; do
	fails "none: socket($s)" ssh_as alice "attack socket $s"
done
succeeds "none: socket(AF_UNIX)" ssh_as alice "attack socket 1 1 0"
for s in "2 1 0" "2 2 0" "10 1 0" "16 3 0"; do succeeds "any: socket($s)" ssh_as bob "attack socket $s"; done
fails "none: the interfaces by ioctl" ssh_as alice \
	'perl -e '"'"'socket(S,1,2,0); my $b = pack("x40"); exit(defined(ioctl(S, 0x8912, $b)) ? 0 : 1)'"'"
for s in "16 3 9" "17 3 0" "38 5 0" "40 1 0" "2 1 132" "2 1 262" "2 2 136" "2 3 255"; do
	fails "any: socket($s)" ssh_as bob "attack socket $s"
done
done_testing
