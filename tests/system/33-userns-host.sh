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
# ids are the host's here: the other walls have to stand alone
setpriv --reuid 1001 --regid 1001 --clear-groups sleep 4444 &
victim=$!
ssh_as alice 'kill -9 -1' >/dev/null 2>&1
succeeds "kill(-1) spares a process of hers on the host" kill -0 $victim
ssh_as root 'kill -9 -1' >/dev/null 2>&1
succeeds "root's as well" kill -0 $victim
fails "nor is it there to be traced" ssh_as alice "attack trace $victim"
kill $victim
if command -v vctx-pam-drive >/dev/null; then
	mkdir /root/stacks && echo 'session required pam_vctx.so' >/root/stacks/su
	vctx-pam-drive --confdir /root/stacks su alice open hold >/root/held &
	eventually grep -q holds /root/held
	out=$(ssh_as root 'for p in $(pgrep -x vctx-pam-drive); do attack exe $p; attack trace $p; done' 2>&1)
	like "$out" "executable: Permission denied.*tracing:" "who has just entered: neither its executable nor its memory" || echo "# $out"
	unlike "$out" WORKED "are the guest's root's"
	is "$(setpriv --inh-caps +net_admin,+sys_admin --ambient-caps +net_admin,+sys_admin vctx-pam-drive --confdir /root/stacks su alice open | grep ^caps:)" \
		"caps: 0 b00405fb b00405fb b00405fb 0" "all five sets are lowered, whatever the caller had in them"
fi
for knob in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/kernel/hostname; do
	fails "and cannot write $knob" ssh_as root "attack write $knob x"
done
like "$(ssh_as root 'attack regain b00405fb; attack mknod; attack mknod /root/disk; attack mount; attack handle; attack exe 1')" \
	"regaining.*permitted.*mknod.*mount.*open_by_handle_at.*executable" "tried all"
like "$(ssh_as root 'attack mknod /root/disk')" "^mknod: Operation not permitted" "nor a device be made where it could be opened"
unlike "$(ssh_as root 'attack regain b00405fb; attack mknod; attack mknod /root/disk; attack mount; attack handle; attack exe 1; attack keyring')" WORKED "and none worked"
done_testing
