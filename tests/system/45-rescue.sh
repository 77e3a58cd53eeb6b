#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How to get back in: root is never locked out by a typing error, and the rescue marker opens the host to root and
# may-rescue alone.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson helper 1002
mkvserver help
mkinside help helper
mkperson bob 1003
cp /etc/ssh/test_user.pub /etc/ssh/keys/root
map 'helper vserver=help may-rescue' 'root vserver=gone'
enable_pam
view_sshd
fails "root is mapped to what is not there: refused" ssh_as root true
touch /etc/security/vctx.rescue
is "$(ssh_as root 'cat /proc/1/comm')" "$(cat /proc/1/comm)" "with the marker root gets in, on the host"
is "$(ssh_as helper 'cat /proc/1/comm')" "$(cat /proc/1/comm)" "and who may rescue"
fails "a mapped person does not" ssh_as alice true
like "$(last_failure alice)" "rescue marker" "and the log says why"
is "$(ssh_as bob id -un)" bob "an unmapped one does"
rm /etc/security/vctx.rescue
is "$(ssh_as alice cat where)" "inside lab" "without it all is as before"
fails "root too" ssh_as root true
sed -i 's/^root .*/root vserver=gone nonsense/' /etc/security/vctx.conf
is "$(ssh_as root id -u)" 0 "a broken line of root's is passed over"
printf '"\n@ x\n\n* nonsense\n' >/etc/security/vctx.conf
is "$(ssh_as root id -u)" 0 "a file of nonsense locks root out of nothing"
fails "but everyone else" ssh_as bob true
done_testing
