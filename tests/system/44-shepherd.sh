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
# a shepherd that comes late: its context is gone, another one has the name
vserver lab stop
vserver lab start
eventually pgrep -f vctx_shepherd # the builder says that it is done, and becomes it
late=$(pgrep -f 'vctx_shepherd')
kill -STOP "$late"
vserver lab stop
vserver lab start
su alice -c 'sleep 44.4' </dev/null &
eventually pgrep -f '^sleep 44.4'
kill -CONT "$late"
eventually test ! -d "/proc/$late"
ok $? "a shepherd that comes late goes"
ok "$(pgrep -f '^sleep 44.4' >/dev/null; echo $?)" "and ends no session of the next context"
pkill -f '^sleep 44.4'
echo LINGER=1 >>/etc/vservers/lab.conf
sed -i '/LINGER="3600"/d' /etc/vservers/lab.conf
vserver lab stop
ssh_as alice true
vserver lab start >/dev/null
sleep 3
ok "$([ -e /run/vctx/state/lab/state ]; echo $?)" "started by hand while it ran: it stays, LINGER or not"
sed -i '/LINGER/d' /etc/vservers/lab.conf
# a state that is damaged still has its context ended
sed -i 's/^keeper-start.*/nonsense/' /run/vctx/state/lab/state
succeeds "a damaged state: vserver stop" vserver lab stop
is "$(find "$VIEW_CGROUP/vctx" -mindepth 1 -type d)$(find /run/vctx/public /run/vctx/xid /run/vctx/slot -mindepth 1)" "" "takes all of it down"
# an idle context that is being joined all the time
echo LINGER=0 >>/etc/vservers/lab.conf
/usr/libexec/vctx/vctx_stop lab
bad=0
for _ in $(seq 12); do [ "$(ssh_as alice cat where)" = "inside lab" ] || bad=$((bad + 1)); done
is $bad 0 "LINGER=0: logins one after the other all land"
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
