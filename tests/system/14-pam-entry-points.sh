#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What each entry point of pam_vctx answers, for whom, in which service; and that a refusal has changed nothing.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
command -v vctx-pam-drive >/dev/null || skip "vctx-pam-drive is not installed beside the module"
cd /root || exit 1
standard alice 1001 lab
mkperson bob 1002
standard carol 1003 other
for u in dora:1004 ada:1005 helper:1006 boss:1007 broken:1008 gone:1009; do mkperson "${u%:*}" "${u#*:}"; done
getent group sudo >/dev/null || mkgroup sudo 27
sed -i 's/^\(sudo:x:[0-9]*:\).*/\1boss/' /etc/group
host_log
host=$(cat /proc/1/comm)
own='dora deny
ada vserver=lab audit
helper vserver=lab may-rescue
broken vserver=lab nonsense
gone vserver=missing
nobody-such vserver=lab'
mapped="alice vserver=lab
carol vserver=other
$own"
conf() { printf '%s\n' "$@" >/etc/security/vctx.conf; }

# libpam makes "denied" of a stack in which everybody said PAM_IGNORE: a line behind the module turns that into a code
# that the module never answers, and drive turns it back.
stack() { # stack SERVICE [WORD...]: the module alone, with the words, in each kind of line
	local s=$1 kind
	shift
	mkdir -p stacks
	for kind in auth account session; do
		echo "$kind [success=done ignore=ignore default=die] pam_vctx.so $*"
		echo "$kind requisite pam_debug.so auth=cred_unavail cred=cred_unavail acct=cred_unavail" \
			"open_session=cred_unavail close_session=cred_unavail"
	done >"stacks/$s"
}
drive() { # drive SERVICE USER STEP...; more options in $DRIVE_MORE, another way to run it in $DRIVE_AS
	# shellcheck disable=SC2086
	${DRIVE_AS:-} vctx-pam-drive --confdir /root/stacks ${DRIVE_MORE:-} "$@" >said 2>&1
	status=$?
	sed 's/PAM_CRED_UNAVAIL/PAM_IGNORE/; /^info: .*=cred_unavail$/d' said
	return $status
}
codes() { # codes SERVICE USER STEP...: the answers alone
	drive "$@" | sed -n 's/^[a-z-]*: \(PAM_.*\)/\1/p' | paste -sd' '
}
changes() { sed -n 's/^changed: //p' said; }

# Each entry point in a transaction of its own. setcred, delete and close do not look at who it is; nobody's auth is ours.
answers() { # answers NAME SERVICE USER ACCT OPEN
	local name=$1 service=$2 user=$3 step
	is "$(codes "$service" "$user" acct)" "$4" "$name: account"
	is "$(codes "$service" "$user" open)" "$5" "$name: session"
	if [ "$5" != PAM_SUCCESS ]; then
		is "$(changes)" nothing "$name: the process is as it was"
		is "$(sed -n 's/^where: //p' said)" "$host" "$name: on the host"
	fi
	is "$(codes "$service" "$user" close)" PAM_SUCCESS "$name: close"
	for step in setcred delete; do
		is "$(codes "$service" "$user" $step)" PAM_IGNORE "$name: $step"
	done
	is "$(codes "$service" "$user" auth)" PAM_SYSTEM_ERR "$name: auth"
	[[ ! $(drive "$service" "$user" acct open) =~ PAM_SESSION_ERR ]]
	ok $? "$name: PAM_SESSION_ERR, after which sudo goes on, is never said"
}
refused() { answers "$1" "$2" "$3" PAM_PERM_DENIED PAM_SYSTEM_ERR; }
for s in su login cron dovecot sudo; do stack $s; done
echo 'AUTH_ONLY="dovecot"' >/etc/vservers.conf

# ---- who ----
conf "$mapped"
answers "unmapped" su bob PAM_IGNORE PAM_IGNORE
answers "mapped" su alice PAM_SUCCESS PAM_SUCCESS
refused "deny" su dora
refused "a broken line" su broken
like "$(last_failure broken)" "vctx.conf:6:[0-9]+: no word 'nonsense'" "a broken line: why"
refused "no such vserver" su gone
answers "audit" su ada PAM_IGNORE PAM_IGNORE
like "$(cat $HOST_LOG)" "audit: ada would land in lab" "audit: is noted"
answers "nobody whom the host knows" su stranger PAM_IGNORE PAM_IGNORE
refused "nobody whom the host knows, with a line" su nobody-such
is "$(codes su '' acct)" PAM_USER_UNKNOWN "an empty name: account"
is "$(codes su '' open)" PAM_USER_UNKNOWN "an empty name: session"
is "$(changes)" nothing "an empty name: the process is as it was"
long=$(printf 'x%.0s' $(seq 300))
is "$(codes su "$long" acct open)" "PAM_SYSTEM_ERR PAM_SYSTEM_ERR" "a name of 300 bytes"
touch /etc/security/vctx.rescue
refused "rescue marker: mapped" su alice
answers "rescue marker: may-rescue" su helper PAM_IGNORE PAM_IGNORE
answers "rescue marker: unmapped" su bob PAM_IGNORE PAM_IGNORE
answers "rescue marker: root" su root PAM_IGNORE PAM_IGNORE
rm /etc/security/vctx.rescue
conf '"unclosed' "$mapped"
refused "a line of nobody's name: mapped" su alice
refused "a line of nobody's name: unmapped" su bob
answers "a line of nobody's name: root" su root PAM_IGNORE PAM_IGNORE
conf 'alice vserver=lab' 'alice vserver=other'
refused "two lines" su alice
conf "$mapped"
chmod 666 /etc/security/vctx.conf
refused "a file that others can write: mapped" su alice
refused "a file that others can write: unmapped" su bob
chmod 644 /etc/security/vctx.conf

# ---- groups are asked for only where a line needs them ----
asks_group() { # asks_group USER: does the file of groups get opened?
	strace -f -o trace -e trace=%file vctx-pam-drive --confdir /root/stacks su "$1" acct open >/dev/null 2>&1
	grep -q pam_vctx trace || echo "no trace"
	grep -c '"/etc/group"' trace
}
if command -v strace >/dev/null; then
	is "$(asks_group bob)" 0 "no group line: an unmapped person's groups are not looked up"
	conf '* host' "$mapped"
	is "$(asks_group bob)" 0 "nor where * stays on the host"
	conf '@sudo deny' "$mapped"
	isnt=$(asks_group bob)
	[ "$isnt" -gt 0 ]
	ok $? "a group line: they are (the trap works)" || echo "# $isnt"
else
	skip_one "no group line: no look-up" "strace is not here"
fi
conf '@sudo vserver=lab' "$mapped"
answers "an administrator whom a group line passes over" su boss PAM_IGNORE PAM_IGNORE
conf '@sudo vserver=lab include-admins' "$mapped"
refused "an administrator who is not inside" su boss
conf "$mapped"

# ---- in which service ----
refused "a service that is not listed" sudo alice
like "$(last_failure alice)" "service 'sudo' does not land in a vserver" "a service that is not listed: why"
like "$(drive sudo alice acct)" "error: vctx: your vserver lab cannot be entered \(ref [2-9A-Z]{4}\)" \
	"a service that is not listed: the person is told"
answers "a service that is not listed, unmapped" sudo bob PAM_IGNORE PAM_IGNORE
answers "AUTH_ONLY" dovecot alice PAM_SUCCESS PAM_SYSTEM_ERR
refused "AUTH_ONLY, deny" dovecot dora
echo 'SERVICES="dovecot"' >/etc/vservers.conf
answers "SERVICES" dovecot alice PAM_SUCCESS PAM_SUCCESS
rm /etc/vservers.conf

# ---- words of the line ----
stack su nonsense
is "$(codes su bob acct) $(codes su bob open)" "PAM_SYSTEM_ERR PAM_SYSTEM_ERR" "an unknown word refuses everybody"
is "$(codes su alice acct) $(codes su alice open)" "PAM_SYSTEM_ERR PAM_SYSTEM_ERR" "mapped people too"
is "$(changes)" nothing "and changes nothing"
stack su gate
is "$(codes su alice open)" PAM_SUCCESS "gate: mapped"
is "$(changes)" nothing "gate: and nothing else"
is "$(codes su dora open)" PAM_SUCCESS "gate: deny is mapped too (the last line refuses)"
is "$(codes su bob open)" PAM_IGNORE "gate: unmapped"
is "$(codes su ada open)" PAM_IGNORE "gate: audit"
stack su guard
is "$(codes su alice acct)" PAM_PERM_DENIED "guard: a listed service that is not enabled"
like "$(last_failure alice)" "not enabled: vctx-setup enable su" "guard: why"
is "$(codes su bob acct)" PAM_IGNORE "guard: unmapped"
stack su debug
answers "debug: unmapped" su bob PAM_IGNORE PAM_IGNORE
answers "debug: mapped" su alice PAM_SUCCESS PAM_SUCCESS
conf '@sudo vserver=lab'
is "$(codes su boss acct)" PAM_IGNORE "debug: passed over"
eventually grep -q 'boss stays on the host: .*lacks include-admins' $HOST_LOG
ok $? "debug: and the log says why"
conf "$mapped"
stack su

# ---- the calling program ----
DRIVE_MORE=--threads
is "$(codes su alice acct)" PAM_PERM_DENIED "threads: account refuses, before a context is built"
is "$(codes su alice open)" PAM_SYSTEM_ERR "threads: session"
is "$(changes)" nothing "threads: nothing is changed"
is "$(sed -n 's/^where: //p' said)" "$host" "threads: still on the host"
like "$(last_failure alice)" "has [0-9]+ threads: it cannot enter" "threads: why"
is "$(codes su bob open)" PAM_IGNORE "threads: unmapped"
DRIVE_MORE=
chmod 711 /root
chmod 755 /root/stacks
: >said && chmod 666 said
DRIVE_AS="setpriv --reuid 1002 --regid 1002 --clear-groups"
is "$(codes su alice acct)" PAM_PERM_DENIED "not root: account"
is "$(codes su alice open)" PAM_SYSTEM_ERR "not root: session"
is "$(changes)" nothing "not root: nothing is changed"
is "$(codes su bob acct) $(codes su bob open)" "PAM_IGNORE PAM_IGNORE" "not root: unmapped"
DRIVE_AS=
chmod 700 /root
is "$(DRIVE_MORE=--silent drive su dora acct)" "acct: PAM_PERM_DENIED" "PAM_SILENT: account says nothing"
unlike "$(DRIVE_MORE=--silent drive su dora open)" "error|info" "PAM_SILENT: nor does session"
like "$(drive su dora open)" "error: vctx: you cannot log in here \(ref" "without it there is a line"

# ---- a whole session, and what comes twice ----
out=$(drive su alice setcred acct open close delete)
is "$out" "$(printf '%s\n' 'setcred: PAM_IGNORE' 'acct: PAM_SUCCESS' 'open: PAM_SUCCESS' 'where: vctx_init' \
	'ids: 0 1879048192 65536' 'caps: 0 b00405fb b00405fb b00405fb 0' 'changed: mnt pid_for_children ipc uts cgroup user cwd cgroup Groups: Seccomp:' \
	'close: PAM_SUCCESS' 'delete: PAM_IGNORE')" "as a login program does it"
is "$(codes su alice acct open open)" "PAM_SUCCESS PAM_SUCCESS PAM_SUCCESS" "a second open"
is "$(changes | tail -n 1)" nothing "changes nothing"
is "$(codes su alice acct acct open)" "PAM_SUCCESS PAM_SUCCESS PAM_SUCCESS" "a second account"
is "$(codes su alice acct open close close)" "PAM_SUCCESS PAM_SUCCESS PAM_SUCCESS PAM_SUCCESS" "a second close"
is "$(codes su alice acct open close-forked close)" "PAM_SUCCESS PAM_SUCCESS PAM_SUCCESS PAM_SUCCESS" "close in another process"
is "$(codes su alice close open)" "PAM_SUCCESS PAM_SUCCESS" "close before open"
for kind in account session; do
	printf "$kind required pam_vctx.so\n%.0s" 1 2
done >stacks/su-l
is "$(codes su-l alice acct open)" "PAM_SUCCESS PAM_SUCCESS" "named twice in one stack: mapped"
is "$(sed -n 's/^where: //p' said)" vctx_init "named twice in one stack: inside"
is "$(drive su-l dora acct | grep -c error:)" 1 "named twice in one stack: one refusal is said once"

# ---- PAM_USER becomes another between account and session ----
DRIVE_MORE="--user-change bob"
is "$(codes su alice acct open)" "PAM_SUCCESS PAM_IGNORE" "mapped, then unmapped"
is "$(changes)" nothing "mapped, then unmapped: on the host"
DRIVE_MORE="--user-change alice"
is "$(codes su bob acct open)" "PAM_IGNORE PAM_SUCCESS" "unmapped, then mapped"
is "$(sed -n 's/^where: //p' said)" vctx_init "unmapped, then mapped: inside"
DRIVE_MORE="--user-change dora"
is "$(codes su alice acct open)" "PAM_SUCCESS PAM_SYSTEM_ERR" "mapped, then denied"
is "$(changes)" nothing "mapped, then denied: on the host"
DRIVE_MORE="--user-change carol"
is "$(codes su alice acct open)" "PAM_SUCCESS PAM_SUCCESS" "mapped, then mapped elsewhere"
is "$(sed -n 's/^ids: //p' said)" "0 $(sed -n 's/^bases=//p' /run/vctx/state/other/state) 65536" "mapped, then mapped elsewhere: there"
DRIVE_MORE=

# ---- sshd goes on after a session that could not be opened: its process ends ----
stack sshd
drive sshd dora open >/dev/null
is $? 254 "sshd: a refused session ends the process with 254"
is "$(grep -c ^open: said)" 0 "sshd: before libpam returns"
stack sshd nonsense
drive sshd bob open >/dev/null
is $? 254 "sshd: whatever the failure"
stack sshd
is "$(codes sshd dora acct)" PAM_PERM_DENIED "sshd: account returns"
is "$(codes sshd bob open)" PAM_IGNORE "sshd: unmapped people are not touched"
is "$(codes sshd alice open)" PAM_SUCCESS "sshd: mapped people land"
is "$(codes login dora open)" PAM_SYSTEM_ERR "login: returns"
# a real sshd whose account line is missing: without a command there is no shell that could fail
printf 'account required pam_permit.so\nauth required pam_permit.so\nsession requisite pam_vctx.so\n' >/etc/pam.d/sshd
# shellcheck disable=SC2119
view_sshd
SSH_MORE="-N -L 7500:127.0.0.1:$SSH_PORT" ssh_as dora &
ssh=$!
sleep 1.5
is "$(timeout 5 nc -q 1 127.0.0.1 7500 </dev/null 2>/dev/null | head -c 4)" "" "ssh -N -L of who is refused forwards nothing"
is "$(strays 1004)" "" "and leaves nobody on the host"
kill $ssh 2>/dev/null
is "$(strays 1001)$(strays 1003)" "" "nobody is left on the host"
done_testing
