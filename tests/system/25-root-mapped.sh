#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# uid 0 mapped: root of the host lands as root inside, nobody on the host.
. "$(dirname "$0")/lib.sh"
mkvserver lab
mkdir -p /etc/ssh/keys
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/test_user
cp /etc/ssh/test_user.pub /etc/ssh/keys/root
map 'root vserver=lab'
enable_pam
view_sshd
is "$(ssh_as root 'id -u; hostname; cat /proc/1/comm')" $'0\nlab\nvctx_init' "root lands inside"
like "$(ssh_as root 'grep CapBnd /proc/self/status')" "00000000b00405fb" "under the ceiling"
like "$(ssh_as root 'grep CapEff /proc/self/status')" "00000000b00405fb" "with what it allows"
like "$(ssh_as root 'cat /proc/self/uid_map')" "0 +1879048192 +65536" "its ids are others on the host"
ssh_as root 'touch /root/made' && is "$(stat -c %u /var/lib/vservers/lab/root/made)" 0 "on disk its files are root's"
fails "it cannot write a knob of the host" ssh_as root 'echo x >/proc/sys/kernel/core_pattern'
fails "nor sysrq" ssh_as root 'echo h >/proc/sysrq-trigger'
is "$(ssh_as root 'attack regain b00405fb' | tail -n 1)" "regaining a capability: Operation not permitted" "nor get a capability back"
printf 'get /etc/hostname /root/hn\nput /etc/hostname /root/put\n' >/root/batch
kill "$SSHD_PID"; wait "$SSHD_PID" 2>/dev/null
SFTP_SERVER=internal-sftp view_sshd
sftp -q -b /root/batch -F none -P "$SSH_PORT" -i /etc/ssh/test_user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 >/dev/null 2>&1
is "$(cat /root/hn)" guest "internal-sftp, which never execs, is inside too"
eventually grep -q . /var/lib/vservers/lab/root/put
ok $? "and writes inside"
done_testing
