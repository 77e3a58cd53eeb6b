#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Beside pam_systemd: people of the host get logind's session as ever, mapped people none, and
# nothing takes them out of their context's cgroup.
. "$(dirname "$0")/lib.sh"
[ -d /run/systemd/system ] || skip "systemd is not pid 1"
grep -qs '^session.*pam_systemd' /etc/pam.d/common-session ||
	skip "pam_systemd is not in common-session"
systemctl start vctx.service
standard alice 1001 lab LINGER=3600
mkperson bob 1002
enable_pam sshd
view_sshd

said=$(ssh_as bob 'cat /proc/self/cgroup; echo "id=$XDG_SESSION_ID dir=$XDG_RUNTIME_DIR"
	loginctl list-sessions --no-legend')
like "$said" "0::/user.slice/user-1002.slice/session-[^/]*\.scope" "unmapped: a scope of logind"
like "$said" "id=[^ ]+ dir=/run/user/1002" "unmapped: its variables"
like "$said" " 1002 bob " "unmapped: a session that loginctl lists"

ssh_as alice 'echo "<$XDG_SESSION_ID$XDG_RUNTIME_DIR$DBUS_SESSION_BUS_ADDRESS>"; exec sleep 1234' \
	>/tmp/alice &
eventually pgrep -f '^sleep 1234'
shell=$(pgrep -f '^sleep 1234')
guest="/vctx/[0-9]+/guest\$"
like "$(cat "/proc/$shell/cgroup")" "$guest" "mapped: in the context's cgroup"
is "$(cat /tmp/alice)" "<>" "mapped: no variables of logind"
unlike "$(loginctl list-sessions --no-legend)" "alice" "mapped: no session"
is "$(systemctl is-active user@1001.service)" inactive "mapped: no user manager on the host"
[ ! -e /run/user/1001 ]
ok $? "mapped: no runtime directory on the host"
is "$(strays 1001)" "" "mapped: nobody is on the host"

systemctl restart systemd-logind
systemctl daemon-reexec
like "$(cat "/proc/$shell/cgroup")" "$guest" "logind and systemd restarted: still there"
is "$(ssh_as alice cat where)" "inside lab" "and logins land"
ssh_as bob true
ok $? "and people of the host log in"
/usr/libexec/vctx/vctx_stop lab
done_testing
