#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# user=create: at the first login the person becomes someone inside, once, as the guest's root.
. "$(dirname "$0")/lib.sh"
mkperson alice 1001
mkperson bob 1002
mkgroup students 6000
for u in $(seq 1101 1108); do mkperson "s$u" "$u" 6000; done
mkgroup club 6100 "$(seq -s, -f 's%g' 1101 1108)"
mkvserver lab
mkvserver strict
map 'alice vserver=lab user=create' '@club vserver=lab user=create' 'bob vserver=strict'
enable_pam
view_sshd
root=/var/lib/vservers/lab
is "$(ssh_as alice 'id -un; pwd; cat .welcome')" $'alice\n/home/alice\nhello from skel' "a home from skel"
is "$(grep ^alice: $root/etc/passwd)" "alice:x:1001:1001:alice of the host:/home/alice:/bin/bash" "a line in passwd"
like "$(grep ^alice: $root/etc/shadow)" "^alice:!:" "a locked one in shadow"
is "$(stat -c %U:%G:%a $root/etc/shadow)" "root:shadow:640" "whose owner and mode stay"
is "$(stat -c %u:%g:%a $root/home/alice)" 1001:1001:700 "the home is hers on disk"
is "$(stat -c %u:%g $root/home/alice/.welcome)" 1001:1001 "and what is in it"
ssh_as alice true
is "$(grep -c ^alice: $root/etc/passwd)" 1 "a second login adds nothing"
sed -i 's/^alice:x:1001:1001/alice:x:1099:1099/' $root/etc/passwd
fails "another id inside is refused, not patched" ssh_as alice true
like "$(last_failure alice)" "1001:1001 on the host and 1099:1099 inside" "and both are named"
fails "user=inside: who is not there is refused" ssh_as bob true
like "$(last_failure bob)" "'bob' is not in /etc/passwd inside" "with the reason"
pids=()
for u in $(seq 1101 1108); do
	ssh_as "s$u" 'id -un' >"/root/got-$u" 2>&1 &
	pids+=($!)
done
wait "${pids[@]}"
is "$(cat /root/got-11* | sort | tr '\n' ' ')" "$(seq -s' ' -f 's%g' 1101 1108) " "eight first logins at once: all are made"
is "$(grep -c '^s110' $root/etc/passwd)" 8 "each once"
# a home that an attempt left half made
mkperson zoe 1300
map 'zoe vserver=lab user=create'
mkdir -p $root/home/zoe
ssh_as zoe true
is "$(stat -c %u $root/home/zoe)$(cat $root/home/zoe/.welcome)" "1300hello from skel" "a half made home is finished"
# what a guest plants where its accounts should be
mkvserver evil
map 'mallory vserver=evil user=create'
mkperson mallory 1200
rm /var/lib/vservers/evil/etc/passwd && mkfifo /var/lib/vservers/evil/etc/passwd
fails "a FIFO as passwd: refused, no waiting" timeout 20 ssh "${SSH_OPTS[@]}" mallory@127.0.0.1 true
like "$(last_failure mallory)" "/etc/passwd inside is not a plain file" "with the reason"
rm /var/lib/vservers/evil/etc/passwd
ln -s /etc/shadow /var/lib/vservers/evil/etc/passwd
fails "a link: never leaves the root" ssh_as mallory true
rm /var/lib/vservers/evil/etc/passwd
cp $root/../base/etc/passwd /var/lib/vservers/evil/etc/passwd
rm -rf /var/lib/vservers/evil/home
ln -s /etc /var/lib/vservers/evil/home
ssh_as mallory true
ok "$([ ! -e /etc/mallory ]; echo $?)" "a home that is a link leads nowhere on the host"
is "$(strays 1001)$(strays 1200)" "" "nobody is left on the host"
done_testing
