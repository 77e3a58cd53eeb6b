#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Forwards, agent, X11, ControlMaster, unix forwards: what sshd opens for the person is opened inside.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
view_sshd "StreamLocalBindUnlink yes" "X11UseLocalhost yes"
keeper() { keeper_of lab; }

# a server inside on a port of the loopback (one network with the host until there are IPv4 roots)
ssh_as alice 'nohup nc -lk 127.0.0.1 7001 </dev/null >/tmp/got 2>&1 & sleep 0.3; echo started' >/dev/null
SSH_MORE="-f -N -L 7100:127.0.0.1:7001 -o ExitOnForwardFailure=yes" ssh_as alice
echo via-L | timeout 5 nc -q 1 127.0.0.1 7100
sleep 0.3
is "$(ssh_as alice cat /tmp/got)" via-L "-L reaches what runs inside"
ns=$(readlink "/proc/$(pgrep -u "$(($(sed -n 's/^bases=//p' /run/vctx/state/lab/state) + 1001))" -f 'sshd: alice' | head -n 1)/ns/mnt")
isnt_host=$([ "$ns" != "$(readlink /proc/self/ns/mnt)" ] && echo apart)
is "$isnt_host" apart "the process that forwards is in the guest's mount namespace"
is "$(strays 1001)" "" "ssh -N -L leaves nobody on the host"
SSH_MORE="-f -N -R 7200:127.0.0.1:7300 -o ExitOnForwardFailure=yes" ssh_as alice
(timeout 5 nc -l 127.0.0.1 7300 >/root/got-R) &
sleep 0.3
ssh_as alice 'echo via-R | nc -q 1 127.0.0.1 7200'
eventually grep -q via-R /root/got-R
is "$(cat /root/got-R)" via-R "-R listens inside"
SSH_MORE="-f -N -D 7400" ssh_as alice
is "$(timeout 10 nc -X 5 -x 127.0.0.1:7400 -q 1 127.0.0.1 $SSH_PORT </dev/null | head -c 4)" "SSH-" "-D"
is "$(SSH_MORE="-W 127.0.0.1:$SSH_PORT" ssh_as alice </dev/null | head -c 4)" "SSH-" "-W"
# unix sockets: the path is the guest's
SSH_MORE="-f -N -R /tmp/unix-sock:127.0.0.1:7300" ssh_as alice
ok "$(ssh_as alice 'test -S /tmp/unix-sock; echo $?')" "-R of a unix socket makes it inside"
ok "$([ ! -e /tmp/unix-sock ]; echo $?)" "and not on the host"
# agent
eval "$(ssh-agent)" >/dev/null
ssh-add -q /etc/ssh/test_user
like "$(SSH_MORE=-A ssh_as alice 'ls -l $SSH_AUTH_SOCK; ssh-add -l')" "alice.*ED25519" "the agent's socket is inside and works"
# X11: the cookie goes into the person's file inside
like "$(DISPLAY=:9 SSH_MORE="-Y" ssh_as alice 'echo $DISPLAY; xauth list' 2>&1)" "localhost:10.*MIT-MAGIC-COOKIE-1" "X11: display and cookie inside"
ok "$([ -s /var/lib/vservers/lab/home/alice/.Xauthority ]; echo $?)" "in the guest's home"
# one connection, many sessions
SSH_MORE="-f -N -M -S /root/master" ssh_as alice
is "$(SSH_MORE="-S /root/master" ssh_as alice cat where)" "inside lab" "ControlMaster: a second session"
is "$(SSH_MORE="-S /root/master" ssh_as alice 'echo $PPID; cat /proc/1/comm' | tail -n 1)" vctx_init "and a third"
SSH_MORE="-S /root/master -O exit" ssh_as alice 2>/dev/null
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
