#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who lands where: own line, group, *, host, deny, audit, administrators, names that are hard to write.
. "$(dirname "$0")/lib.sh"
mkperson alice 1001
mkperson bob 1002
mkperson carol 1003
mkperson adm 1004
mkperson "dotted.name" 1005
mkgroup students 6000 alice,bob,adm,dotted.name
mkgroup sudo2 6001 carol
getent group sudo >/dev/null || mkgroup sudo 27
sed -i 's/^sudo:x:\([0-9]*\):.*/sudo:x:\1:adm/' /etc/group
mkvserver one
mkvserver two
for p in alice bob carol adm dotted.name; do mkinside one $p; mkinside two $p; done
mkvserver lab-dotted.name
mkinside lab-dotted.name dotted.name
enable_pam
view_sshd
where() { ssh_as "$1" hostname 2>/dev/null || echo refused; }
host=$(hostname)
conf() { printf '%s\n' "$@" >/etc/security/vctx.conf; }
conf '@students vserver=one' 'alice vserver=two'
is "$(where alice)" two "the own line goes before the group's"
is "$(where bob)" one "the group's line"
is "$(where carol)" "$host" "no line: the host"
is "$(where adm)" "$host" "an administrator is not caught by a group line"
conf '@students vserver=one include-admins' '@sudo2 deny' '* vserver=two'
is "$(where adm)" one "but by one that includes administrators"
is "$(where carol)" refused "deny"
like "$(last_failure carol)" "vctx.conf:2 says deny" "with the line"
conf '@students host' '* vserver=two'
is "$(where alice)" "$host" "host is explicit"
is "$(where carol)" two "* catches the rest"
is "$(su root -c hostname)" "$host" "but not root"
conf '@nosuchgroup deny' 'alice vserver=one audit'
is "$(where alice)" "$host" "audit lands on the host"
like "$(cat $HOST_LOG)" "audit: alice would land in one" "and logs what would have been"
conf '@students vserver=lab-%u'
is "$(where dotted.name)" "lab-dotted-name-$(printf lab-dotted.name | sha256sum | head -c 8)" "%u, and a host name that fits"
mkdir -p /etc/security/vctx.conf.d
conf '@students vserver=one'
echo 'bob vserver=two' >/etc/security/vctx.conf.d/10-bob.conf
is "$(where bob)" two "vctx.conf.d is read too"
echo 'nonsense' >/etc/security/vctx.conf.d/notes.txt
is "$(where alice)" one "but .conf alone"
done_testing
