#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With systemd contexts live below a unit that has been delegated to us, and nothing that
# systemd does to that unit ends one.
. "$(dirname "$0")/lib.sh"
[ -d /run/systemd/system ] || skip "systemd is not pid 1"
top=/sys/fs/cgroup/system.slice/vctx.service
standard alice 1001 lab LINGER=3600
enable_pam sshd
view_sshd

lives_on() { # lives_on NAME: the context is the one it was, and can be entered
	is "$(keeper_of lab)" "$keeper" "$1: the same context"
	pgrep -f '^sleep 1234' >/dev/null
	ok $? "$1: with what ran in it"
	is "$(ssh_as alice cat where)" "inside lab" "$1: logins land"
}

systemctl stop vctx.service 2>/dev/null
succeeds "the unit starts" systemctl start vctx.service
is "$(systemctl show -P Delegate vctx.service)" yes "it is delegated"
is "$(systemctl is-active vctx.service)" active "it stays"
is "$(cat /run/vctx/cgroup)" $top "it is the place of contexts"

ssh_as alice 'exec sleep 1234' &
eventually pgrep -f '^sleep 1234'
keeper=$(keeper_of lab)
like "$(cgroup_of lab)" "^$top/vctx/[0-9]+\$" "a login's context is below it"
like "$(cat "/proc/$(pgrep -f '^sleep 1234')/cgroup")" \
	"^0::/system.slice/vctx.service/vctx/[0-9]+/guest\$" "and so is the person"
like "$(cat "$top/cgroup.controllers")" "memory.*pids" "controllers are there"

systemctl daemon-reload
lives_on "systemctl daemon-reload"
systemctl daemon-reexec
lives_on "systemctl daemon-reexec"
# refused or not
systemctl restart vctx.service 2>/dev/null
lives_on "systemctl restart vctx.service"
systemctl stop vctx.service 2>/dev/null
lives_on "systemctl stop vctx.service"
systemctl start vctx.service 2>/dev/null
lives_on "systemctl start vctx.service again"

/usr/libexec/vctx/vctx_stop lab
ok $? "the context is stopped"
is "$(pgrep -f '^sleep 1234')" "" "and all that ran in it"
[ -d $top/vctx ]
ok $? "the place stays"
is "$(ssh_as alice cat where)" "inside lab" "and the next login builds it anew"
like "$(cgroup_of lab)" "^$top/vctx/[0-9]+\$" "there"
/usr/libexec/vctx/vctx_stop lab
done_testing
