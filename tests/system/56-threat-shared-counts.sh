#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel counts for each user (inotify, timers, message queues): who uses it all up hurts nobody outside.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
standard bob 1002 other
enable_pam
view_sshd
install -m 755 /var/lib/vservers/base/usr/local/bin/attack /usr/local/bin/attack
for what in inotify timer mq; do
	ssh_as alice "attack use-up $what 200000 60" >"/root/got-$what" 2>&1 &
	ssh=$!
	eventually grep -q got "/root/got-$what"
	like "$(cat "/root/got-$what")" "got [1-9]" "$what: alice takes all that she gets"
	is "$(attack use-up $what 1 0)" "got 1" "$what: the host's root is not touched"
	is "$(ssh_as bob "attack use-up $what 1 0")" "got 1" "$what: nor a neighbour"
	kill $ssh
	vserver lab stop
done
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
