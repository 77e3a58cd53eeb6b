#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The shepherd may be killed, pid 1 may be killed, a pid may be reused: nothing is lost, nothing is trusted.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab LINGER=3600
enable_pam
view_sshd
ssh_as alice true
keeper=$(keeper_of lab)
pkill -9 -f vctx_shepherd
is "$(ssh_as alice cat where)" "inside lab" "shepherd killed: logins go on"
is "$(keeper_of lab)" "$keeper" "in the same context"
/usr/libexec/vctx/vctx_stop lab
ok $? "shepherd killed: a stop takes it down"
is "$(find "$VIEW_CGROUP/vctx" -mindepth 1 -type d)" "" "whole"
ssh_as alice 'sleep 1000' &
eventually pgrep -f '^sleep 1000'
eventually test -s /run/vctx/state/lab/state
keeper=$(keeper_of lab)
kill -9 "$keeper"
eventually test ! -e /run/vctx/state/lab/state
ok $? "pid 1 killed: the shepherd takes it down"
is "$(pgrep -f '^sleep 1000')" "" "with all that ran in it"
is "$(pgrep -fc 'sshd: alice')" 0 "monitors included"
is "$(ssh_as alice cat where)" "inside lab" "and the next login builds it anew"
pkill -9 -f vctx_shepherd
kill -9 "$(keeper_of lab)"
sleep 0.3
is "$(ssh_as alice cat where)" "inside lab" "both killed: the next login builds it anew"
# a state that names another process: a keeper's pid that was reused
pkill -9 -f vctx_shepherd
old=$(keeper_of lab)
sleep 500 &
sed -i "s/^keeper=.*/keeper=$!/" /run/vctx/state/lab/state
is "$(ssh_as alice cat where)" "inside lab" "a reused pid is not joined"
ok "$(kill -0 $! 2>/dev/null; echo $?)" "nor killed"
ok "$([ ! -d "/proc/$old" ]; echo $?)" "what was left of the old context is gone"
# an idle context that is being joined all the time
echo LINGER=0 >>/etc/vservers/lab.conf
sed -i '/LINGER="3600"/d' /etc/vservers/lab.conf
/usr/libexec/vctx/vctx_stop lab
bad=0
for _ in $(seq 12); do [ "$(ssh_as alice cat where)" = "inside lab" ] || bad=$((bad + 1)); done
is $bad 0 "LINGER=0: logins one after the other all land"
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
