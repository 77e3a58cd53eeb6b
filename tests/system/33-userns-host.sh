#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# USERNS=host, the written exception: no user namespace of its own, the ceiling all the same, uid 0 not let in.
. "$(dirname "$0")/lib.sh"
mkperson alice 1001
mkvserver lab USERNS=host
mkinside lab alice
mkdir -p /etc/ssh/keys && cp /etc/ssh/test_user.pub /etc/ssh/keys/root
map 'alice vserver=lab' 'root vserver=lab'
enable_pam
view_sshd
is "$(ssh_as alice 'cat where; id -u; cat /proc/1/comm')" $'inside lab\n1001\nvctx_init' "alice is inside"
like "$(ssh_as alice 'cat /proc/self/uid_map')" "0 +0 +4294967295" "with the host's ids"
like "$(ssh_as alice 'grep CapBnd /proc/self/status')" 00000000b00405fb "under the ceiling"
like "$(ssh_as alice 'attack unshare-user; attack clone3-user')" "unshare.*not permitted.*clone3.*not implemented" "no user namespace"
fails "root is refused" ssh_as root true
like "$(last_failure root)" "allow-root" "with the word to write"
sed -i 's/^root vserver=lab/root vserver=lab allow-root/' /etc/security/vctx.conf
is "$(ssh_as root 'id -u; cat /proc/1/comm')" $'0\nvctx_init' "with allow-root it lands inside"
for knob in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/kernel/hostname; do
	fails "and cannot write $knob" ssh_as root "attack write $knob x"
done
like "$(ssh_as root 'attack regain b00405fb; attack mknod; attack mount; attack handle; attack exe 1')" \
	"regaining.*permitted.*mknod.*mount.*open_by_handle_at.*executable" "tried all"
unlike "$(ssh_as root 'attack regain b00405fb; attack mknod; attack mount; attack handle; attack exe 1; attack keyring')" WORKED "and none worked"
done_testing
