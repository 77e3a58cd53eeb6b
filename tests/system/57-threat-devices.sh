#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Devices: a context opens the few that every program needs, and no other, even where a node is there.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab IPROOT=none
enable_pam
view_sshd
succeeds "the vserver starts" vserver lab start
as_host() { nsenter -t "$(keeper_of lab)" -m "$@"; } # the host's root, where the nodes are

# Nodes that somebody left there; the mount of /dev lets devices be opened.
node() { # node NAME TYPE MAJOR MINOR
	as_host mknod "/dev/$1" "$2" "$3" "$4" && as_host chmod 666 "/dev/$1"
}
node left-null c 1 3
succeeds "a node that a context may open works there" ssh_as alice "echo x >/dev/left-null"
for d in "mem c 1 1" "kmsg c 1 11" "tty1 c 4 1" "serial c 4 64" "console c 5 1" "loop-control c 10 237" "fuse c 10 229" \
	"tun c 10 200" "loop b 7 0" "null-as-disk b 1 3"; do
	# shellcheck disable=SC2086
	set -- $d
	node "left-$1" "$2" "$3" "$4"
	like "$(ssh_as alice "cat </dev/left-$1" 2>&1)" "Operation not permitted" "the person: $1 is not opened to read"
	like "$(ssh_as alice "cat /dev/null >/dev/left-$1" 2>&1)" "Operation not permitted" "the person: $1 is not opened to write"
	like "$(vserver lab exec sh -c "cat </dev/left-$1" 2>&1)" "Operation not permitted" "root inside: $1 is not opened"
done
succeeds "it is no fault of the node: the host opens it" as_host sh -c ': </dev/left-kmsg'

for d in null zero full random urandom; do
	succeeds "$d is there" ssh_as alice "head -c 1 </dev/$d >/dev/null && : >/dev/$d"
done
like "$(on_pty "ssh -tt ${SSH_OPTS[*]} alice@127.0.0.1 'echo by-tty >/dev/tty; tty'")" "by-tty.*/dev/pts/" "tty and ptys are there"
like "$(ssh_as alice "script -qec 'echo in-a-pty' /dev/null")" "in-a-pty" "ptmx gives a pty"
fails "root inside makes no node" vserver lab exec mknod /tmp/node c 1 3
done_testing
