#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever is wrong with root, mapping or configuration: refused, with the reason, and nobody lands on the host.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson bob 1002
enable_pam
view_sshd
root=/var/lib/vservers/lab

refused() { # refused REGEX NAME: alice is refused at once, the reason is logged, nothing is left
	local began=$SECONDS
	fails "$2: ssh" ssh_as alice true
	fails "$2: su" timeout 60 su alice -c true </dev/null
	[ $((SECONDS - began)) -lt 20 ]
	ok $? "$2: at once"
	like "$(last_failure alice)" "$1" "$2: the log says why"
	is "$(strays 1001)" "" "$2: nobody is on the host"
	is "$(find "$VIEW_CGROUP/vctx" -mindepth 1 -type d 2>/dev/null)" "" "$2: nothing is half done"
	is "$(find /run/vctx/state /run/vctx/xid /run/vctx/slot -mindepth 1 2>/dev/null)" "" "$2: no state is left"
}
mv $root $root.away
refused "root $root is not there" "root missing"
ln -s lab.away $root
refused "a part of it is a symbolic link" "root a symbolic link"
rm $root && touch $root
refused "is not a directory" "root a file"
rm $root && mv $root.away $root
chown alice $root
refused "not owned by root" "root another's"
chown 0 $root && chmod 777 $root
refused "writable by others" "root writable"
chmod 755 $root
chmod 755 /var/lib/vservers
refused "can be reached by people of the host" "VSERVERDIR open"
chmod 700 /var/lib/vservers
mkdir -m 700 /srv/closed
mkdir /srv/closed/onoverlay
cp -a $root/etc /srv/closed/onoverlay/
echo 'ROOT=/srv/closed/onoverlay' >>/etc/vservers/lab.conf
refused "is on overlay, which cannot be idmapped.*ext4" "a filesystem that cannot be idmapped"
sed -i '/^ROOT=/d' /etc/vservers/lab.conf
mv $root/dev $root/dev.away && ln -s /etc $root/dev
refused "/dev inside is not a directory" "/dev a link"
rm $root/dev && mv $root/dev.away $root/dev
echo 'NONSENSE=1' >>/etc/vservers/lab.conf
refused "lab.conf:2: no key 'NONSENSE'" "an unknown key"
sed -i '/NONSENSE/d' /etc/vservers/lab.conf
echo 'DISK_MAX=1G' >>/etc/vservers/lab.conf
refused "DISK_MAX is not supported yet" "a key of later"
sed -i '/DISK_MAX/d' /etc/vservers/lab.conf
sed -i '/IPROOT/d' /etc/vservers/lab.conf
refused "has no address" "no address"
echo 'IPROOT=any' >>/etc/vservers/lab.conf
[ -e "$VIEW_CGROUP/cgroup.controllers" ] && grep -q pids "$VIEW_CGROUP/cgroup.controllers" || {
	echo 'PIDS_MAX=100' >>/etc/vservers/lab.conf
	refused "pids.max=100 cannot take effect" "a limit without its controller"
	sed -i '/PIDS_MAX/d' /etc/vservers/lab.conf
}
mv /etc/vservers/lab.conf /root/
refused "no vserver 'lab'" "no file"
mv /root/lab.conf /etc/vservers/
chmod 666 /etc/vservers/lab.conf
refused "writable by root alone" "a file that others can write"
chmod 644 /etc/vservers/lab.conf
echo 'BROKEN' >/etc/vservers.conf
refused "vservers.conf:1: no KEY=value" "vservers.conf broken"
is "$(ssh_as bob id -un)" bob "vservers.conf broken: an unmapped person gets in"
rm /etc/vservers.conf
map 'alice vserver=lab'
refused "a second line for alice" "two lines"
sed -i '$d' /etc/security/vctx.conf
sed -i 's/vserver=lab/vserver=lab nonsense/' /etc/security/vctx.conf
refused "vctx.conf:1:[0-9]*: no word 'nonsense'" "a line that does not parse"
is "$(ssh_as bob id -un)" bob "another's broken line: bob gets in"
echo '"unclosed vserver=lab' >>/etc/security/vctx.conf
fails "a line whose subject cannot be read refuses bob as well" ssh_as bob true
is "$(su root -c 'id -u')" 0 "but never root"
printf 'alice vserver=lab\n' >/etc/security/vctx.conf
chmod 666 /etc/security/vctx.conf
fails "a vctx.conf that others can write refuses bob" ssh_as bob true
refused "writable by root alone" "vctx.conf writable"
is "$(su root -c 'id -u')" 0 "but never root"
chmod 644 /etc/security/vctx.conf
mv /etc/security/vctx.conf /root/
refused "vctx.conf is not there" "no vctx.conf"
fails "no vctx.conf refuses bob too" ssh_as bob true
is "$(su root -c 'id -u')" 0 "but never root"
mv /root/vctx.conf /etc/security/
mv /usr/libexec/vctx/vctx_start /root/
refused "vctx_start ended with 127" "no builder"
mv /root/vctx_start /usr/libexec/vctx/
mv /usr/libexec/vctx/vctx_init /root/
refused "vctx_init: No such file" "no pid 1"
mv /root/vctx_init /usr/libexec/vctx/
rm -rf /run/vctx.away; mv /run/vctx /run/vctx.away; echo x >/run/vctx
fails "no state directory" ssh_as alice true
rm /run/vctx; mv /run/vctx.away /run/vctx
is "$(ssh_as alice cat where)" "inside lab" "everything right again: alice lands"
done_testing
