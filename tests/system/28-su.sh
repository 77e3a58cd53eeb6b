#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# su, su -l, su --pty, runuser and runuser -l land inside with the guest's groups and the caller's terminal.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson bob 1002
printf 'devs:x:7000:alice\n' >>/var/lib/vservers/lab/etc/group
mkgroup hosts-only 7100 alice
enable_pam
host_log
for how in "su alice -c" "su -l alice -c" "su -P alice -c" "runuser -u alice -- bash -c" "runuser -l alice -c"; do
	is "$($how 'cat /proc/1/comm' </dev/null 2>&1 | tr -d '\r')" vctx_init "$how: inside"
	is "$($how 'id -Gn' </dev/null 2>&1 | tr -d '\r')" "alice devs" "$how: the groups are the guest's"
	$how 'exit 41' </dev/null
	is $? 41 "$how: the exit status comes back"
done
is "$(su bob -c 'cat /proc/1/comm')" "$(cat /proc/1/comm)" "an unmapped person stays on the host"
is "$(su -l alice -c pwd)" /home/alice "su -l: her home inside"
is "$(su alice -c 'grep CapBnd /proc/self/status')" $'CapBnd:\t00000000b00405fb' "under the ceiling"
like "$(on_pty 'su alice -c "tty; stty size; ls -l /dev/console"')" "/dev/console" "on a terminal: tty knows it"
like "$(on_pty 'su alice -c "stty cols 77 rows 22; stty size"')" "22 77" "on a terminal: stty works"
like "$(on_pty 'su -P alice -c tty')" "/dev/pts/[0-9]" "su --pty: a pty of the guest's"
like "$(on_pty 'su alice -c "tmux new-session -d sleep 9; tmux ls"')" "1 windows" "on a terminal: tmux"
is "$(ls -l /dev/console 2>&1 | wc -l)" 1 "the host's own /dev is as it was"
su alice -c 'sleep 31.5 & exit' </dev/null >/dev/null
is "$(su alice -c 'pgrep -fc "^sleep 31.5"')" 1 "what was left running is inside"
is "$(strays 1001)" "" "nobody is left on the host"
# four hundred groups of the host, as a directory gives them
for g in $(seq 30000 30399); do echo "g$g:x:$g:alice"; done >>/etc/group
is "$(su alice -c 'cat /proc/1/comm' </dev/null)" vctx_init "with 400 groups she lands"
sed -i '/^g30[0-9]*:/d' /etc/group
# a terminal of another mount namespace
like "$(on_pty "unshare -m su alice -c 'cat /proc/1/comm'")" vctx_init "su in a mount namespace of its own lands"
# what limits the first login does not limit pid 1
vserver lab stop
(ulimit -S -t 300 -f 5000; nice -n 7 su alice -c true </dev/null)
is "$(grep -E 'Max (cpu time|file size)' "/proc/$(keeper_of lab)/limits" | grep -c unlimited)" 2 "pid 1 has limits of its own"
is "$(ps -o ni= -p "$(keeper_of lab)" | tr -d ' ')" 0 "and niceness"
# a person of the host becomes a mapped one with the password
is "$(printf 'secret\n' | su bob -c 'su alice -c "cat /proc/1/comm"' 2>/dev/null)" vctx_init "from bob by password: inside"
done_testing
