#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that fills what it has: logins fail closed and the neighbour's go on.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
standard bob 1002 other
enable_pam
view_sshd
ssh_as alice 'head -c 1G /dev/zero >/tmp/fill; head -c 1G /dev/zero >/dev/shm/fill; i=0; while : >/tmp/f$i; do i=$((i + 1)); [ $i -lt 100000 ] || break; done' 2>/dev/null
ok "$(ssh_as alice 'test $(stat -c %s /tmp/fill) -le 134217728; echo $?')" "/tmp inside is bounded"
is "$(ssh_as bob cat where)" "inside other" "the neighbour logs in"
ssh_as alice 'for i in $(seq 300); do script -qc "sleep 20" /dev/null </dev/null >/dev/null 2>&1 & done; sleep 1'
is "$(SSH_MORE=-tt ssh_as bob 'tty' </dev/null 2>/dev/null | grep -c /dev/pts)" 1 "all ptys inside taken: the neighbour gets one"
is "$(strays 1001)" "" "nobody is left on the host"
df / >/dev/null
# the host's disk is full: no state can be written
mount -t tmpfs -o size=4k,mode=755 full /run/vctx/state 2>/dev/null
head -c 64k /dev/zero >/run/vctx/state/fill 2>/dev/null
standard carol 1003 third
fails "no room for state: refused" ssh_as carol true
is "$(strays 1003)" "" "and nobody is on the host"
umount /run/vctx/state
is "$(ssh_as carol cat where)" "inside third" "room again: she lands"
done_testing
