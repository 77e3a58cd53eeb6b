#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vctx-setup puts its lines in once, takes them out byte for byte, and leaves no way for a mapped person to be
# on the host in between.
# shellcheck source-path=SCRIPTDIR disable=SC2317
. "$(dirname "$0")/lib.sh"

guest=${VCTX_GUEST:-lab}
[ -e "/etc/vservers/$guest.conf" ] || mkvserver "$guest"
mkperson amy 1601
mkperson bob 1602
mkinside "$guest" bob
before=/run/pam-before
cp -a /etc/pam.d $before
same() { diff -r "$before" /etc/pam.d; }
column() { # column SERVICE N: of status
	vctx-setup status | awk -v s="$1" -v n="$2" '$1 == s { print $n }'
}
on_host() { # on_host USER COMMAND...: does it run with that uid outside of every vserver?
	local user=$1
	shift
	[ "$("$@" 2>/dev/null </dev/null | tail -n 1)" = "$(id -u "$user") $(readlink /proc/self/ns/mnt)" ]
}
where='id -u | tr "\n" " "; readlink /proc/self/ns/mnt'

# ---- usage ----
vctx-setup >/dev/null 2>&1
is $? 2 "no command is wrong usage"
like "$(vctx-setup frob 2>&1)" "Try 'vctx-setup --help'" "an unknown command points at --help"
vctx-setup enable --deny >/dev/null 2>&1
is $? 2 "an option of another command is wrong usage"
like "$(vctx-setup --help)" "enable.*disable.*status.*boot" "--help names the commands"
vctx-setup enable no-such-service >/dev/null 2>&1
is $? 1 "a service that does not exist fails"
vctx-setup enable ../passwd >/dev/null 2>&1
is $? 1 "a path is not a service"
succeeds "none of that has changed a file" same

# ---- enable ----
vctx-setup status >/dev/null
is $? 1 "status: before enable something is missing"
succeeds "enable" vctx-setup enable
succeeds "status: nothing is missing" vctx-setup status
cp -a /etc/pam.d /run/pam-once
is "$(vctx-setup enable | head -n 1)" "Nothing to change." "a second enable finds nothing to do"
succeeds "and has written nothing" diff -r /run/pam-once /etc/pam.d
is "$(stat -c '%a %u %g' /etc/pam.d/su)" "$(stat -c '%a %u %g' $before/su)" "mode and owner are kept"
is "$(tail -n 2 /etc/pam.d/su | head -n 1)" "$(printf 'session\trequisite\tpam_vctx.so')" "session is the last line of su"
is "$(grep -c 'substack.*common-session' /etc/pam.d/su)" 1 "common-session is a substack"
is "$(grep -A1 'pam_vctx.so gate' /etc/pam.d/su | tail -n 1)" "$(printf 'session\tsubstack\tcommon-session')" \
	"the gate stands right before it"
is "$(column su-l 3)" su "su-l lands through su"
[ ! -e /etc/pam.d/runuser ] || is "$(column runuser 2)" other "runuser has no account line, and gets none"
is "$(column common-account 2)" guard "common-account is guarded"
if command -v pam-auth-update >/dev/null; then
	DEBIAN_FRONTEND=noninteractive pam-auth-update --package </dev/null >/run/pau 2>&1
	unlike "$(cat /run/pau)" "[Ll]ocal modification" "pam-auth-update takes common-account as its own still"
	is "$(column common-account 2)" guard "and leaves the guard in"
	cp -a /etc/pam.d/common-* $before/
	sed -i '/^# vctx begin/,/^# vctx end/d' $before/common-account
fi

# ---- people ----
is "$(su -s /bin/sh -c 'id -u' amy)" 1601 "an unmapped person is not touched (su)"
is "$(su -s /bin/sh - amy -c 'id -u')" 1601 "nor by su -l"
is "$(runuser -u amy -- id -u)" 1601 "nor by runuser"
succeeds "the test for being on the host works" on_host amy su -s /bin/sh amy -c "$where"
map "bob vserver=$guest"
unlike "$(su -s /bin/sh bob -c "$where")" "$(readlink /proc/self/ns/mnt)" "a mapped person is not on the host"
is "$(su -s /bin/sh bob -c 'id -u')" 1602 "but inside"

# ---- disable with people mapped ----
vctx-setup disable >/run/out 2>&1
is $? 1 "disable asks what shall become of mapped people"
like "$(cat /run/out)" "--deny.*--release" "and names both answers"
succeeds "nothing has changed" diff -r /run/pam-once /etc/pam.d
vctx-setup disable --release su >/dev/null 2>&1
is $? 1 "one service alone cannot be released"
succeeds "disable --deny" vctx-setup disable --deny
for how in "su -s /bin/sh bob -c" "su -s /bin/sh - bob -c" "runuser -s /bin/sh bob -c" "runuser -s /bin/sh -l bob -c" \
	"sudo -u bob sh -c"; do
	command -v "${how%% *}" >/dev/null || continue
	# shellcheck disable=SC2086
	fails "denied: ${how% -c}" on_host bob $how "$where"
	# shellcheck disable=SC2086
	unlike "$($how 'id -u' 2>/dev/null)" 1602 "and not anywhere else either"
done
is "$(su -s /bin/sh -c 'id -u' amy)" 1601 "unmapped people still get in"
is "$(cat /etc/security/vctx.conf)" "bob vserver=$guest" "the mappings are as they were"
vctx-setup status >/dev/null
is $? 1 "status: not enabled"
succeeds "enable again" vctx-setup enable
is "$(su -s /bin/sh bob -c 'id -u')" 1602 "and the person lands again"
succeeds "disable --release" vctx-setup disable --release
succeeds "every file is as before, byte for byte" same
succeeds "and the person lands on the host" on_host bob su -s /bin/sh bob -c "$where"

# ---- one service alone guards the others ----
succeeds "enable su" vctx-setup enable su
is "$(column login 2)" guard "login is not enabled and refuses mapped people"
printf 'account required pam_permit.so\n@include common-account\nsession required pam_permit.so\n' >/etc/pam.d/fake-ftp
is "$(column fake-ftp 2)" "" "a service without marks is no business of status"
is "$(vctx-setup status fake-ftp | awk 'NR == 2 { print $2 }')" guard "but guarded by common-account"
vctx-setup disable --release >/dev/null
rm /etc/pam.d/fake-ftp

# ---- stacks that would pass the lines by ----
: >/etc/security/vctx.conf
try() { # try LINE NAME: the line as the first session line of a service
	printf 'account required pam_permit.so\n%s\nsession required pam_permit.so\nsession required pam_permit.so' \
		"$1" >/etc/pam.d/odd
	cp /etc/pam.d/odd /run/odd
	fails "$2 is refused" vctx-setup enable odd
	succeeds "and the file is as it was" cmp /run/odd /etc/pam.d/odd
}
try 'session sufficient pam_permit.so' "sufficient"
try 'session [success=done default=ignore] pam_permit.so' "an action done"
try 'session [default=3] pam_permit.so' "a jump over the last line"
try 'session include no-such-file' "an include of nothing"
try 'session required pam_vctx.so' "a line of ours outside the marks"
try "$(printf 'session required pam_permit.so %s\n# a comment' "\\")" "a line that is continued by a comment"
printf 'account required pam_permit.so\nsession [success=1 default=ignore] pam_permit.so\nsession required pam_deny.so\nsession required pam_permit.so' \
	>/etc/pam.d/odd
cp /etc/pam.d/odd /run/odd
succeeds "a short jump is not, nor a missing newline" vctx-setup enable odd
succeeds "disable" vctx-setup disable odd
succeeds "gives the missing newline back" cmp /run/odd /etc/pam.d/odd
vctx-setup enable odd >/dev/null
sed -i 's/^session\trequisite/session optional/' /etc/pam.d/odd
fails "a line of ours that was changed by hand is not thrown away" vctx-setup disable odd
ln -s odd /etc/pam.d/link
fails "a symbolic link is not written through" vctx-setup enable link
rm /etc/pam.d/odd /etc/pam.d/link

# ---- a module that cannot be loaded ----
module=$(find /usr/lib /lib -name pam_vctx.so -path '*security*' 2>/dev/null | head -n 1)
mv "$module" "$module.away"
vctx-setup disable >/dev/null
fails "without the module nothing is enabled: everybody would be locked out" vctx-setup enable
succeeds "and nothing is written" same
mv "$module.away" "$module"

# ---- boot ----
top=$(cat /run/vctx/cgroup)
succeeds "boot" vctx-setup boot
is "$(cat /run/vctx/cgroup)" "$top" "boot keeps a place that is there"
succeeds "boot makes what contexts need" test -d "$top/vctx" -a -d "$top/host" -a -d /run/vctx/state
done_testing
