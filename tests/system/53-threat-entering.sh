#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# While people enter, someone inside looks for a way out through them: /proc/PID/root, exe, fd of who is on the way in.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson eve 1002
mkinside lab eve
map 'eve vserver=lab'
cp /etc/ssh/test_user.pub /etc/ssh/keys/root
enable_pam
view_sshd
touch /etc/vctx-host-marker
map 'root vserver=lab'
ssh_as root 'attack watch 12' >/root/watch 2>&1 &
watcher=$!
ssh_as eve 'attack watch 12' >/root/watch-eve 2>&1 &
watcher2=$!
for _ in $(seq 15); do
	ssh_as alice true
	su alice -c true </dev/null
done
wait $watcher $watcher2
like "$(cat /root/watch)" "on its way in: No such file" "root inside saw nothing of the host"
like "$(cat /root/watch-eve)" "on its way in: No such file" "nor did a person"
# monitors are not in the guest's process tree
ssh_as alice 'sleep 66' &
eventually pgrep -f '^sleep 66'
unlike "$(ssh_as root 'ps ax -o args=')" "sshd: alice \[priv\]" "the monitor is not seen inside"
monitor=$(pgrep -f 'sshd: alice \[priv\]')
is "$(stat -c %u "/proc/$monitor/mem" 2>/dev/null)" 0 "and is not dumpable: its /proc is root's alone"
pkill -f '^sleep 66'
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
