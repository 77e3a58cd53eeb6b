#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job in few logins, for machines that are slow: ssh lands a mapped person inside, su too, what is broken
# refuses, and what a hostile person tries is refused, as the person and as root inside.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson bob 1002
enable_pam
view_sshd
echo "# $(uname -r), $(ssh -V 2>&1)"

is "$(ssh_as bob 'cat /proc/1/comm')" "$(cat /proc/1/comm)" "an unmapped person is on the host"
out=$(ssh_as alice 'cat /proc/1/comm where; hostname; id -un; tty; grep CapBnd /proc/self/status; ps ax | wc -l; exit 37')
is $? 37 "the exit status comes back"
like "$out" "^vctx_init.inside lab.lab.alice" "alice lands inside"
like "$out" "CapBnd:.00000000b00405fb" "under the ceiling"
like "$(SSH_MORE=-tt ssh_as alice 'tty; stat -c %U $(tty)' </dev/null 2>/dev/null)" "/dev/pts/0.*alice" "with a pty of her own"
is "$(ssh_password alice keyboard-interactive cat where)" "inside lab" "by password"
is "$(su alice -c 'cat /proc/1/comm' </dev/null)" vctx_init "su lands"
SSH_MORE="-f -N -L 7100:127.0.0.1:7001" ssh_as alice
is "$(strays 1001)" "" "ssh -N -L leaves nobody on the host"

# shellcheck disable=SC2016
tries='for a in unshare-user clone-user clone3-user unshare-mount int80 io-uring "regain b00405fb" handle mknod mount \
	"tiocsti" "tiocsti 100005412" keyring "exe 1" raise-ns "write /proc/sys/kernel/core_pattern x" "chroot /etc/vctx-marker" \
	"write /proc/sysrq-trigger h" "syscall 321" "socket 17 3 0" "socket 40 1 0" "socket 16 3 9"; do
	attack $a; echo "status $?"; done; ls /etc/vctx-marker'
touch /etc/vctx-marker
out=$(ssh_as alice "$tries" 2>&1)
is "$(grep -c '^status 1' <<<"$out")" 22 "each of 22 attacks is refused"
unlike "$out" WORKED "and none worked"
echo 'root vserver=lab' >>/etc/security/vctx.conf
out=$(su root -c "$tries" </dev/null 2>&1)
is "$(grep -c '^status 1' <<<"$out")" 22 "as root inside too"
unlike "$out" WORKED "and none worked"
rm /etc/vctx-marker

vserver lab stop
mv /var/lib/vservers/lab /var/lib/vservers/away
fails "the root is gone: ssh refuses" ssh_as alice true
fails "and su" su alice -c true
like "$(last_failure alice)" "is not there" "and the log says why"
is "$(strays 1001)" "" "nobody is left on the host"
mv /var/lib/vservers/away /var/lib/vservers/lab
is "$(ssh_as alice cat where)" "inside lab" "the next login builds it again"
done_testing
