#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# PIDS_MAX: a fork bomb stops there, logins then fail closed and say why, the neighbour's go on.
. "$(dirname "$0")/lib.sh"
grep -qw pids "$(findmnt -fnt cgroup2 -o TARGET | head -n 1)/cgroup.controllers" ||
	skip "cgroup2 has no pids controller here"
standard alice 1001 lab PIDS_MAX=40 LINGER=3600
standard bob 1002 other
enable_pam
view_sshd

is "$(ssh_as alice cat where)" "inside lab" "a login below the limit"
guest=$(cgroup_of lab)/guest
is "$(cat "$guest/pids.max")" 40 "the limit is on what people run"

bomb='$| = 1; $n = 0;
	while (defined($pid = fork)) { if (!$pid) { sleep 1000; exit } $n++ }
	print "stopped: $!\n"; sleep 1000'
ssh_as alice "exec perl -e '$bomb'" >/tmp/bomb 2>&1 &
ssh=$!
eventually grep -q stopped /tmp/bomb
is "$(cat /tmp/bomb)" "stopped: Resource temporarily unavailable" "a fork bomb stops"
is "$(cat "$guest/pids.current")" 40 "at the limit"
like "$(cat "$guest/pids.events")" "max [1-9]" "which the kernel counted"

# ssh shows what sshd passes on at this level only
said=$(timeout 60 ssh -o LogLevel=INFO "${SSH_OPTS[@]}" alice@127.0.0.1 true 2>&1)
ok $((!$?)) "a login at the limit is refused"
like "$said" "vctx: your vserver lab cannot be entered" "the person is told"
like "$(last_failure alice)" "processes: no room for a login" "the log says why"
is "$(strays 1001)" "" "nobody is left on the host"
is "$(ssh_as bob cat where)" "inside other" "the neighbour logs in"

pkill -9 -f '^perl -e'
kill "$ssh" 2>/dev/null
eventually bash -c "[ \$(cat $guest/pids.current) -lt 30 ]"
is "$(ssh_as alice cat where)" "inside lab" "the bomb gone: logins land again"
done_testing
