#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# People with ids above 65535: their block is mapped, by name, by the login that starts, or by UIDS.
. "$(dirname "$0")/lib.sh"
mkgroup domain 1234500513
mkperson alice 1234501111 1234500513
mkperson bob 1234502222 1234500513
mkperson carol 2000001000 2000001000
mkperson dave 1800000000 1800000000
mkvserver lab
for p in alice bob carol dave; do mkinside lab $p; done
map 'alice vserver=lab' 'bob vserver=lab' 'carol vserver=lab'
mkgroup others 6200 dave
map '@others vserver=lab'
enable_pam
view_sshd
is "$(ssh_as alice 'id -u; id -g; touch mine; stat -c %u mine')" $'1234501111\n1234500513\n1234501111' "alice"
is "$(stat -c %u:%g /var/lib/vservers/lab/home/alice/mine)" 1234501111:1234500513 "on disk her ids are her own"
is "$(ssh_as bob id -u)" 1234502222 "bob is in the same block"
is "$(ssh_as carol id -u)" 2000001000 "carol, mapped by name, was given hers at the start"
is "$(echo x | su alice -c 'cat >/dev/null; echo again >/dev/stdout' | cat)" again "her pipes can be reopened inside"
fails "dave came by a group after the start: refused" ssh_as dave true
like "$(last_failure dave)" 'UIDS="1799946240"' "with the line to write"
echo 'UIDS="1799946240"' >>/etc/vservers/lab.conf
/usr/libexec/vctx/vctx_stop lab
is "$(ssh_as alice id -u)" 1234501111 "started again with it"
is "$(ssh_as dave id -u)" 1800000000 "dave gets in"
is "$(strays 1234501111)$(strays 1800000000)" "" "nobody is left on the host"
done_testing
