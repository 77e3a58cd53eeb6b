#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a hostile guest puts where its accounts, libraries and configuration should be: the host neither waits nor loads.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
view_sshd
root=/var/lib/vservers/lab
ssh_as alice true
# a guest's name service: libc of the monitor must not load it
cat >/root/evil.c <<-END
	#include <stdio.h>
	__attribute__((constructor)) static void f(void) { FILE *o = fopen("/tmp/loaded", "a"); if (o) { fprintf(o, "x"); fclose(o); } }
END
gcc -shared -fPIC -o /root/libnss_evil.so.2 /root/evil.c 2>/dev/null || skip "no compiler here"
cp /root/libnss_evil.so.2 $root/lib/x86_64-linux-gnu/libnss_evil.so.2 2>/dev/null || cp /root/libnss_evil.so.2 $root/usr/lib/
sed -i 's/files/evil files/' $root/etc/nsswitch.conf
ssh_as alice true
su alice -c true </dev/null
is "$(ssh_as alice 'ls /tmp/loaded' 2>&1 | grep -c 'No such')" 1 "libnss of the guest is not loaded by who enters" ||
	ssh_as alice 'ls -l /tmp/loaded'
sed -i 's/evil files/files/' $root/etc/nsswitch.conf
# nor by the host's own configuration: a service of the host that is first needed when the root is the guest's already
cp /etc/nsswitch.conf /root/nsswitch.conf
sed -i 's/^\(passwd\|group\|shadow\|initgroups\|hosts\):.*/\1: files evil/' /etc/nsswitch.conf
ssh_as alice true
su -l alice -c true </dev/null
is "$(ssh_as alice 'ls /tmp/loaded' 2>&1 | grep -c 'No such')" 1 "nor where the host's own nsswitch.conf names it"
cp /root/nsswitch.conf /etc/nsswitch.conf
echo /lib/x86_64-linux-gnu/libnss_evil.so.2 >$root/etc/ld.so.preload
ssh_as alice 'rm -f /tmp/loaded; true'
rm $root/etc/ld.so.preload
for file in passwd group; do
	cp $root/etc/$file /root/saved
	rm $root/etc/$file
	mkfifo $root/etc/$file
	began=$SECONDS
	fails "$file a FIFO: refused" timeout 30 ssh "${SSH_OPTS[@]}" alice@127.0.0.1 true
	[ $((SECONDS - began)) -lt 15 ]
	ok $? "$file a FIFO: at once"
	rm $root/etc/$file
	ln -s /etc/$file.elsewhere $root/etc/$file
	if [ $file = passwd ]; then
		fails "$file a dangling link: refused" ssh_as alice true
	else
		is "$(ssh_as alice id -G)" 1001 "$file a dangling link: no groups but her own"
	fi
	rm $root/etc/$file
	# the same name on the host is another file
	cp /etc/$file /srv/$file
	[ $file = passwd ] || echo 'devs:x:7000:alice' >>/srv/$file
	ln -s /srv/$file $root/etc/$file
	if [ $file = passwd ]; then
		fails "$file a link to one of the host's: refused" ssh_as alice true
	else
		is "$(ssh_as alice id -G)" 1001 "$file a link to one of the host's: not read"
	fi
	rm $root/etc/$file /srv/$file
	truncate -s 1T $root/etc/$file 2>/dev/null || truncate -s 100G $root/etc/$file
	began=$SECONDS
	fails "$file huge: refused" timeout 30 ssh "${SSH_OPTS[@]}" alice@127.0.0.1 true
	[ $((SECONDS - began)) -lt 15 ]
	ok $? "$file huge: at once"
	rm $root/etc/$file
	cp /root/saved $root/etc/$file
done
is "$(ssh_as alice cat where)" "inside lab" "all right again"
printf 'alice:x:0:0::/root:/bin/bash\n' >$root/etc/passwd
fails "a line that makes her uid 0: refused" ssh_as alice true
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
