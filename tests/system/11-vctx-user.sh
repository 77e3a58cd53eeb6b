#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vctx-user: lines come and go, what would not work is refused, check and edit. Needs root, a
# throw-away /etc and vctx-user on PATH.
# shellcheck disable=SC2317,SC2089,SC2090 # functions are named to ok; EDIT is for eval
export LC_ALL=C
n=0
failed=0
conf=/etc/security/vctx.conf
user=vctxt1
uid=54711
other=vctxt2
tmp=$(mktemp -d /tmp/vctx-user.XXXXXX) || exit 1
made=
pids=

cleanup()
{
	for p in $pids; do kill -9 "$p" 2>/dev/null; done
	rm -f "/var/lib/systemd/linger/$user" "/var/spool/cron/crontabs/$user" \
		"/var/spool/cron/atjobs/a0vctxt1"
	for d in $made; do rmdir "$d" 2>/dev/null; done
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# ok NAME COMMAND...: the command succeeds
ok()
{
	n=$((n + 1))
	name=$1
	shift
	if "$@" >"$tmp/ok.out" 2>&1; then
		printf 'ok %d - %s\n' "$n" "$name"
	else
		printf 'not ok %d - %s\n' "$n" "$name"
		sed 's/^/# /' "$tmp/ok.out" "$tmp/out" "$tmp/err" 2>/dev/null
		failed=1
	fi
}

skip()
{
	n=$((n + 1))
	printf 'ok %d - %s # SKIP %s\n' "$n" "$1" "$2"
}

# Runs vctx-user; status, stdout and stderr are kept.
v()
{
	vctx-user "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
}

# gives STATUS [WORDS-ON-STDERR]
gives()
{
	[ "$status" -eq "$1" ] && { [ -z "$2" ] || grep -qF -- "$2" "$tmp/err"; }
}

says()
{
	grep -qF -- "$1" "$tmp/out"
}

silent_about()
{
	! grep -qF -- "$1" "$tmp/out"
}

line_is()
{
	grep -qxF -- "$1" "$conf"
}

no_line()
{
	! grep -q "^$1[ 	]" "$conf" 2>/dev/null
}

make_dir()
{
	[ -d "$1" ] || { mkdir -p "$1" && made="$1 $made"; }
}

as_person()
{
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
}

# A view of one's own: lines, vservers and PAM files as a test wants them.
begin()
{
	rm -rf "$conf" /etc/security/vctx.conf.d /etc/security/vctx.rescue /etc/vservers \
		/etc/vservers.conf
	mkdir /etc/vservers
	chmod 755 /etc/vservers
	printf 'ROOT=%s/s1\nIPROOT=any\n' "$tmp" >/etc/vservers/student1.conf
}

if [ "$(id -u)" -ne 0 ] || ! command -v vctx-user >/dev/null; then
	printf '1..0 # SKIP needs root and vctx-user\n'
	exit 0
fi
useradd -M -u "$uid" -s /bin/sh "$user" && useradd -M -s /bin/sh "$other" || exit 1
groupadd -f vctxtg
usermod -aG vctxtg "$other"
chmod 700 "$tmp"
mkdir -p "$tmp/s1/etc" "$tmp/s2/etc"
chmod 755 "$tmp/s1" "$tmp/s2"
printf 'root:x:0:0::/root:/bin/sh\n%s:x:%s:%s::/home/%s:/bin/sh\n' \
	"$user" "$uid" "$(id -g "$user")" "$user" >"$tmp/s1/etc/passwd"
begin

# usage
v --help
ok "--help is on stdout and succeeds" gives 0
ok "--help names the verbs" says explain
for verb in add mod del list show explain check edit; do
	v "$verb" --help
	ok "$verb --help succeeds" sh -c "[ $status -eq 0 ] && grep -q '^Usage: vctx-user $verb' '$tmp/out'"
done
v
ok "no verb is wrong usage" gives 2 "Try 'vctx-user --help'"
for verb in import export sessions why strays kick; do
	v "$verb"
	ok "$verb is no verb" gives 2 "no verb '$verb'"
done
v add --frob "$user"
ok "an unknown option is wrong usage" gives 2 "Try 'vctx-user add --help'"
v add "$user"
ok "add without a target is wrong usage" gives 2
v add "$user" --deny --host
ok "two targets are wrong usage" gives 2
v add "$user" --deny --drop audit
ok "add has no --drop" gives 2
v mod "$user"
ok "mod with nothing to change is wrong usage" gives 2
v add @vctxtg --deny --kick
ok "--kick is for one person" gives 2
v add "$user" --vserver student1 --caps ''
ok "an empty value is wrong usage" gives 2

# add
v add "$user" --vserver nowhere
ok "add refuses a vserver that is not there" gives 1 "no vserver 'nowhere'"
ok "and writes nothing" test ! -e "$conf"
v add "$user" --vserver nowhere --force
ok "add --force writes it all the same" gives 0 "warning: no vserver 'nowhere'"
ok "as one line" line_is "$user vserver=nowhere"
v add "$user" --vserver student1
ok "add refuses a second line" gives 1 "has a line already"
v del "$user"
ok "del removes the line" no_line "$user"
v del "$user"
ok "del of no line fails" gives 1 "no line for $user"
v add "$user" --vserver student1
ok "add maps a person" line_is "$user vserver=student1"
ok "readable by all, writable by root" test "$(stat -c %a:%u "$conf")" = 644:0
v add @vctxtg --vserver 'lab-%u' --include-admins --may-rescue
ok "add maps a group by a pattern" line_is "@vctxtg vserver=lab-%u include-admins may-rescue"
v add '*' --host
ok "add maps everyone" line_is "* host"
begin
v add "$other" --context 204 --root "$tmp/s2" --ip none --user create --uids 70000
ok "add takes a context with a root" \
	line_is "$other context=204 root=$tmp/s2 ip=none uids=70000 user=create"
v add "$user" --context 204 --root "$tmp/s2" --ip none --user create
ok "add refuses another line's context number" gives 1 "context 204 is in use"
begin
v add "$user" --context 204 --root "$tmp/s1"
ok "add has the parser's rules: context= needs ip=" gives 1 "context= without ip="
v add "$user" --context abc --root "$tmp/s1" --ip any
ok "add has the parser's rules: a number" gives 1 "not a static context number"
v add "$user" --vserver student1 --uids abc
ok "add has the parser's rules: uids" gives 1 "only ids above 65535"
v add "$user" --vserver student1 --caps CAP_SYS_ADMIN
ok "add refuses a capability that opens the host" gives 1 "allow-unsafe-caps"
v add "$user" --vserver student1 --caps CAP_SYS_ADMIN --allow-unsafe-caps
ok "add takes it with --allow-unsafe-caps" \
	line_is "$user vserver=student1 caps=CAP_SYS_ADMIN allow-unsafe-caps"
begin
v add "vctx nobody" --deny
ok "add refuses a person whom the host does not know" gives 1 "nobody called"
v add @vctxnogroup --deny
ok "add refuses a group that the host does not know" gives 1 "no group"
v add "$(printf 'a\nb')" --deny --force
ok "add refuses a subject of two lines" gives 1
printf 'S_CONTEXT=300\nROOT=%s/s2\nIPROOT=any\n' "$tmp" >/etc/vservers/s2.conf
v add "$user" --context 300 --root "$tmp/s1" --ip any
ok "add refuses a vserver's context number" gives 1 "in use by vserver s2"
ln -s s1 "$tmp/link"
v add "$user" --context 301 --root "$tmp/link" --ip any
ok "add refuses a root that is a link" gives 1 "symbolic link"
v add "$other" --vserver student1
ok "add refuses who is not in the guest's passwd" gives 1 "not in $tmp/s1/etc/passwd"
sed -i "s/:$uid:/:1234:/" "$tmp/s1/etc/passwd"
v add "$user" --vserver student1
ok "add refuses other ids inside and names both" gives 1 "but 1234 and"
sed -i "s/:1234:/:$uid:/" "$tmp/s1/etc/passwd"
v add '*' --deny
ok "add notes that administrators are passed over" gives 0 "include-admins"
begin
setpriv --reuid "$uid" --clear-groups vctx-user add "$user" --deny >"$tmp/out" 2>"$tmp/err"
status=$?
ok "add needs root and says so" gives 1 "only root can change"
ok "in one line" test "$(wc -l <"$tmp/err")" -eq 1

# mod
printf '# teachers\n%s   vserver=student1   # since May\n\n@vctxtg deny\n  # end' "$user" >"$conf"
v mod "$user" --caps 'secure CAP_NET_RAW' --audit
ok "mod changes words and keeps the comment" \
	line_is "$user vserver=student1 \"caps=secure CAP_NET_RAW\" audit   # since May"
printf '# teachers\n\n@vctxtg deny\n  # end' >"$tmp/rest"
grep -v "^$user" "$conf" >"$tmp/now"
ok "mod leaves all other lines" sh -c "printf '\n' >>'$tmp/rest'; cmp '$tmp/rest' '$tmp/now'"
v mod "$user" --drop audit --ip none
ok "mod drops a word, the others stay" \
	line_is "$user vserver=student1 ip=none \"caps=secure CAP_NET_RAW\"   # since May"
v mod "$user" --drop audit
ok "mod cannot drop what is not there" gives 1 "no word 'audit'"
v mod "$user" --deny
ok "mod --deny drops the words of a context" line_is "$user deny   # since May"
ok "and names them" gives 0 "note: caps cannot stand beside deny"
v mod "$other" --deny
ok "mod of no line fails" gives 1 "no line for $other"
v add "$other" --deny
ok "add after a last line without newline" sh -c "tail -2 $conf | head -1 | grep -qx '  # end'"
printf '%s vserver=\n' "$user" >"$conf"
v mod "$user" --deny
ok "mod refuses a broken line and says where" gives 1 "$conf:1:"
begin
mkdir /etc/security/vctx.conf.d
printf '%s deny\n' "$user" >/etc/security/vctx.conf.d/a.conf
v del "$user"
ok "del leaves other files alone" gives 1 "vctx.conf.d/a.conf:1"
begin
printf '%s deny\n' "$user" >"$conf"
chmod 666 "$conf"
v add "$other" --deny
ok "a file that others can write is refused" gives 1 "writable by root alone"
begin
i=0
: >"$tmp/pids"
while [ $i -lt 20 ]; do
	i=$((i + 1))
	vctx-user add "p$i" --deny --force 2>/dev/null &
	echo $! >>"$tmp/pids"
done
while read -r p; do wait "$p"; done <"$tmp/pids"
ok "twenty at once are twenty lines" test "$(wc -l <"$conf")" -eq 20

# doors
begin
setpriv --reuid "$uid" --regid "$uid" --clear-groups sleep 600 &
sleeper=$!
pids="$pids $sleeper"
sleep 0.3
v add "$user" --vserver student1
ok "add refuses who has a process on the host" gives 1 "process on the host ($sleeper sleep)"
v add "$user" --deny
ok "denying only warns of it" gives 0 "warning: $user has 1 process"
begin
v add "$user" --vserver student1 --audit
ok "an audit line does not mind" gives 0
begin
v add "$user" --vserver student1 --kick
ok "--kick ends the process and names it" says "SIGTERM sent to process $sleeper (sleep)"
ok "it is gone" sh -c "! kill -0 $sleeper 2>/dev/null || grep -q '^State:.Z' /proc/$sleeper/status"
ok "and the line is there" line_is "$user vserver=student1"
begin
setpriv --reuid "$uid" --regid "$uid" --clear-groups sh -c 'trap "" TERM; while :; do sleep 1; done' &
pids="$pids $!"
sleep 0.3
v add "$user" --vserver student1 --kick
ok "--kick ends by SIGKILL who ignores SIGTERM" says "SIGKILL sent"
begin
make_dir /var/lib/systemd/linger
: >"/var/lib/systemd/linger/$user"
v add "$user" --vserver student1
ok "add refuses who lingers" gives 1 "lingers"
v add "$user" --vserver student1 --kick
ok "--kick removes linger and says so" \
	sh -c "grep -q linger '$tmp/out' && [ ! -e /var/lib/systemd/linger/$user ]"
begin
make_dir /var/spool/cron/atjobs
: >/var/spool/cron/atjobs/a0vctxt1
chown "$uid" /var/spool/cron/atjobs/a0vctxt1
v add "$user" --vserver student1
ok "add refuses who has an at job" gives 1 "at job"
v add "$user" --vserver student1 --kick
ok "--kick removes the job and says so" \
	sh -c "grep -q 'at job a0vctxt1 removed' '$tmp/out' && [ ! -e /var/spool/cron/atjobs/a0vctxt1 ]"
begin
make_dir /var/spool/cron/crontabs
: >"/var/spool/cron/crontabs/$user"
printf 'session required pam_permit.so\n#session requisite pam_vctx.so\n' >/etc/pam.d/cron
v add "$user" --vserver student1 --kick
ok "a crontab is refused where cron has no line of ours" gives 1 "has a crontab"
printf 'session requisite pam_vctx.so\n' >>/etc/pam.d/cron
v add "$user" --vserver student1
ok "and is none where it has" gives 0
rm "/var/spool/cron/crontabs/$user"
begin
printf '%s   vserver=student1\n' "$user" >"$conf"
setpriv --reuid "$uid" --regid "$uid" --clear-groups sleep 600 &
pids="$pids $!"
sleep 0.3
v mod "$user" --kick
ok "mod --kick alone ends the process" says "SIGTERM sent to process $!"
ok "and leaves the line as it is" line_is "$user   vserver=student1"
v mod "$user" --audit --kick
ok "--kick does not go with --audit" gives 2
printf '%s host\n' "$user" >"$conf"
v mod "$user" --kick
ok "--kick ends nothing of who stays on the host" gives 1 "nothing is ended"
begin
v add root --vserver student1 --kick --force
ok "--kick is never for root" gives 1 "not for uid 0"

# list, show, explain
begin
printf '%s vserver=student1 audit\n%s deny\nbroken vserver=a b\n' "$user" "$other" >"$conf"
v list
ok "list shows broken lines with the reason" says "no word 'b'"
v list -o subject,target --noheadings --raw
ok "list has the columns that are asked for" test "$(cat "$tmp/out")" = "$user student1
$other deny
broken broken"
v list -o nothing
ok "a column that there is not is wrong usage" gives 2 "no column 'nothing'"
v list --json
ok "list --json is versioned" says '"version": 1'
ok "with null for what is not there" says '"root": null'
v show "$user"
ok "show has a word a row" sh -c "grep -q '^vserver *student1' '$tmp/out' && grep -q ^audit '$tmp/out'"
v show "$user" --json
ok "show --json has the flags" says '"audit"'
v show nobodyatall
ok "show of no line fails" gives 1
printf '%s vserver=student1\n@vctxtg deny\n' "$user" >"$conf"
v explain "$user"
ok "explain says which line" says "$conf:1"
ok "explain says where it leads" says "sshd lands in student1"
ok "explain shows the plan" says "$tmp/s1"
v explain "$other"
ok "explain says through which group" says "group vctxtg"
ok "explain says why" says "says deny"
v explain "$user" --service sudo
ok "explain refuses a service that opens no session" says "sudo is refused"
v explain "$user" --plan
ok "--plan is the builder's text alone" \
	sh -c "head -1 '$tmp/out' | grep -qx name=student1 && ! grep -qv = '$tmp/out'"
v explain "$other" --plan
ok "--plan of nobody who lands fails" gives 1
v explain "$user" --json
ok "explain --json has the verdict" says '"verdict": "enter"'
v explain "$user" --json --plan
ok "--json and --plan exclude one another" gives 2
v explain root
ok "explain root" says "lands on the host"
v explain nobodyatall
ok "explain of nobody fails" gives 1 "nobody called"
printf '@vctxtg vserver=lab-%%u\n' >"$conf"
v check
ok "check warns of a member whose vserver is not there" \
	says "warning: $conf:1: $other is refused: no vserver 'lab-$other'"
printf '%s vserver=student1\n' "$user" >"$conf"
as_person vctx-user explain "$user" >"$tmp/out" 2>"$tmp/err" </dev/null
ok "explain works without root" says "sshd lands in student1"

# addresses
begin
# a machine of its own: an address on the way out, and devices to name
if [ -z "$(ip route show default 2>/dev/null)" ]; then
	ip link set lo up
	ip addr add 10.66.9.1/24 dev lo
	ip route add default dev lo src 10.66.9.1
fi
printf 'ROOT=%s/s1\nIPROOT=10.0.0.4/24\nIPROOTDEV=lo\n' "$tmp" >/etc/vservers/student1.conf
v add "$user" --context 204 --root "$tmp/s1" --ip 10.0.0.5/24,lo:10.0.0.6 --ip6 fd00::5 --ports 3000-3999
ok "add takes addresses" \
	line_is "$user context=204 root=$tmp/s1 ip=10.0.0.5/24,lo:10.0.0.6 ip6=fd00::5 ports=3000-3999"
v explain "$user"
ok "explain shows addresses" says "10.0.0.5/24 lo:10.0.0.6/24"
ok "and IPv6 ones" says "fd00::5/64"
ok "and the range of ports" says "3000-3999"
v explain "$user" --json
ok "explain --json has them as a list" sh -c "tr -d ' \n' <'$tmp/out' | grep -qF '\"addresses\":[\"10.0.0.5/24\",\"lo:10.0.0.6/24\"]'"
v show "$user"
ok "show has the words" sh -c "grep -q '^ip6 *fd00::5' '$tmp/out' && grep -q '^ports *3000-3999' '$tmp/out'"
v show "$user" --json
ok "show --json too" says '"ip6": "fd00::5"'
v list -o subject,ip,ports --noheadings --raw
ok "list has columns for them" says "$user 10.0.0.5/24,lo:10.0.0.6 3000-3999"
for bad in 127.0.0.1 0.0.0.0 224.0.0.1 10.0.0.1/33 localhost 10.0.0.1,10.0.0.1; do
	v add "$other" --vserver student1 --user create --ip "$bad"
	ok "add has the parser's rules: --ip $bad" gives 1
done
v add "$other" --vserver student1 --user create --ports 80
ok "add has the parser's rules: --ports" gives 1 "not a range of ports"
v add "$other" --context 205 --root "$tmp/s2" --user create --ip 10.0.0.5
ok "add refuses an address of another line" gives 1 "address 10.0.0.5 is in use by context 204 ($conf:1)"
v add "$other" --context 205 --root "$tmp/s2" --user create --ip6 FD00:0::5
ok "add refuses an IPv6 address of another line" gives 1 "address fd00::5 is in use by context 204"
v add "$other" --context 205 --root "$tmp/s2" --user create --ip 10.0.0.4
ok "add refuses an address of a vserver's file" gives 1 "in use by vserver student1 (/etc/vservers/student1.conf)"
v add "$other" --context 205 --root "$tmp/s2" --user create --ip 10.0.0.5 --ports 3999-4000
ok "ranges of ports that meet are no help" gives 1 "in use by context 204"
v add "$other" --context 205 --root "$tmp/s2" --user create --ip 10.0.0.5 --ports 4000-4999
ok "with ports of its own each may have the address" gives 0
v mod "$other" --ports 4000-5999
ok "a line is not in its own way" gives 0
v mod "$other" --drop ports
ok "mod refuses to give the range up" gives 1 "in use by context 204"
v mod "$other" --drop ports --force
ok "--force writes it" line_is "$other context=205 root=$tmp/s2 ip=10.0.0.5 user=create"
v check
ok "check finds an address that two have" says "error: $conf:2: address 10.0.0.5 is context 204 ($conf:1)'s too"
begin
printf 'ROOT=%s/s2\nIPROOT=10.0.0.4\n' "$tmp" >/etc/vservers/s2.conf
printf 'ROOT=%s/s1\nIPROOT=10.0.0.4\n' "$tmp" >/etc/vservers/student1.conf
v check
ok "check finds it in two files" says "address 10.0.0.4 is vserver"
printf 'PORTS=1000-1999\n' >>/etc/vservers/s2.conf
printf 'PORTS=2000-2999\n' >>/etc/vservers/student1.conf
v check
ok "and minds none with ports of their own" silent_about "address 10.0.0.4"
begin
v add @vctxtg --vserver 'lab-%u' --ip 10.0.0.7
ok "add refuses one address for many vservers" gives 1 "use --ip pool:NAME"
v add @vctxtg --vserver 'lab-%u' --ip 10.0.0.7 --force
v check
ok "check finds one" says "error: $conf:1: every vserver of lab-%u would have the same address"
begin
printf 'POOL_lab="10.66.0.0/22 dev=lo masquerade=eth9"\nPOOL_b=10.66.3.0/24\nIPROOTDEV=eth8\n' >/etc/vservers.conf
v check
ok "check finds a pool's device that is not there" says "error: /etc/vservers.conf:1: masquerade=eth9: there is no such"
ok "check finds pools that overlap" says "error: /etc/vservers.conf:2: pool b overlaps pool lab"
ok "check finds IPROOTDEV that is not there" says "error: /etc/vservers.conf:3: IPROOTDEV=eth8: there is no such"
v add "$other" --context 205 --root "$tmp/s2" --user create --ip pool:lab
ok "add refuses a pool that overlaps" gives 1 "pool lab overlaps pool b"
printf 'POOL_lab=10.66.0.0/22\n' >/etc/vservers.conf
v add "$other" --context 205 --root "$tmp/s2" --user create --ip pool:nolab
ok "add refuses an unknown pool and names the line" gives 1 'write POOL_nolab="'
v add "$other" --context 205 --root "$tmp/s2" --user create --ip 10.66.0.9
ok "add refuses an address of a pool" gives 1 "address 10.66.0.9 is of pool lab"
v add "$other" --context 205 --root "$tmp/s2" --user create --ip eth9:10.0.0.9
ok "add refuses a device that is not there" gives 1 "eth9: there is no such network device"
v add "$other" --context 205 --root "$tmp/s2" --user create --ip pool:lab --ip6 auto
ok "add takes an address of a pool" gives 0
v explain "$other"
ok "explain says the next free address of a pool" says "10\.[0-9.]* of pool lab \(next free\)"
ok "and that IPv6 comes by itself" says "one of its own"
v explain "$other" --json
ok "explain --json has the pool" says '"network": "10.66.0.0/22"'
printf 'ROOT=%s/s1\nIPROOT=10.66.1.1\n' "$tmp" >/etc/vservers/student1.conf
v check
ok "check finds an address of a pool" says "error: /etc/vservers/student1.conf: address 10.66.1.1 is of pool lab"
begin
if ip route get 198.51.100.1 2>/dev/null | grep -q 'src 10\.66\.9\.1'; then
	v add "$other" --context 205 --root "$tmp/s2" --user create --ip 10.66.9.1
	ok "add refuses the host's own address" gives 1 "the host would no longer answer there"
	v add "$other" --context 205 --root "$tmp/s2" --user create --ip 10.66.9.1 --ports 3000-3999
	ok "and warns of it with a range of ports" gives 0 "on ports 3000-3999"
	v check
	ok "check warns of it" says "warning: $conf:1: address 10.66.9.1 is the host's own"
else
	skip "the host's own address" "no route could be made"
fi
printf 'ROOT=%s/s1\nIPROOT=any\nIPROOT6=auto\n' "$tmp" >/etc/vservers/student1.conf
v check
ok "check finds what has no effect beside any" says "addresses beside ip=any"
rm -f /etc/vservers.conf

# check: files
begin
cp -a /etc/pam.d "$tmp/pam.d"
printf '%s vserver=student1\n%s nonsense\n%s deny\n' "$user" "$other" "$user" >"$conf"
v check
ok "check finds a broken line with its place" says "error: $conf:2:8: no word 'nonsense'"
ok "check finds a second line" says "error: $conf:3: a second line for $user"
ok "and fails" gives 1
v check --json
ok "check --json is versioned" says '"version": 1'
ok "with lines as numbers" says '"line": 3'
printf 'nobodyatall deny\n@vctxnogroup deny\n%s vserver=nowhere\n* deny\n' "$user" >"$conf"
v check
ok "check finds people who are not there" says "warning: $conf:1: the host knows nobody"
ok "check finds groups that are not there" says "warning: $conf:2: the host knows no group"
ok "check finds vservers that are not there" says "error: $conf:3: no vserver 'nowhere'"
ok "check warns that administrators stay" says "warning: $conf:4: root and the members"
printf '%s deny\n' "$user" >"$conf"
chown "$uid" "$conf"
v check
ok "check finds a file that is not root's" says "has to be root's"
chown 0 "$conf"
v check
ok "check notes what the kernel has" says "note: idmapped mounts:"
printf 'FROB=1\n' >/etc/vservers.conf
printf 'S_CONTEXT=x\n' >/etc/vservers/bad.conf
v check
ok "check finds a bad vservers.conf" says "error: /etc/vservers.conf"
ok "check finds a bad vserver's file" says "error: /etc/vservers/bad.conf"
begin
printf 'ROOT=%s/s1\nIPROOT=any\nS_CONTEXT=5\nUSERNS=host\n' "$tmp" >/etc/vservers/a.conf
printf 'ROOT=%s/s2\nIPROOT=any\nS_CONTEXT=5\nS_CAPS="CAP_SYS_ADMIN allow-unsafe-caps"\n' "$tmp" >/etc/vservers/b.conf
printf 'ROOT=%s/link\nIPROOT=any\n' "$tmp" >/etc/vservers/c.conf
v check
ok "check finds two vservers with one number" says "context 5 is a's"
ok "check finds two vservers with one root" says "root $tmp/s1 is"
ok "check warns of USERNS=host" says "warning: /etc/vservers/a.conf:4: USERNS=host"
ok "check warns of capabilities that open the host" says "b.conf:4: CAP_SYS_ADMIN"
ok "check finds a root that is a link" says "error: /etc/vservers/c.conf:1: root"
begin
printf 'VSERVERDIR=%s\n' "$tmp/s1" >/etc/vservers.conf
v check
ok "check wants VSERVERDIR at 0700" says "VSERVERDIR has to be root's with mode 0700"

# check: PAM
begin
printf '%s vserver=student1\n' "$user" >"$conf"
for s in /etc/pam.d/*; do
	case ${s##*/} in
	common-*) ;;
	*) printf 'account required pam_vctx.so\nsession requisite pam_vctx.so\n' >"$s" ;;
	esac
done
v check
ok "check finds nothing wrong with right stacks" silent_about pam.d
printf 'account required pam_vctx.so\n#session requisite pam_vctx.so\n' >/etc/pam.d/su
v check
ok "a commented session line is none" says "/etc/pam.d/su: no session line"
printf 'session requisite pam_vctx.so\n' >/etc/pam.d/su
v check
ok "check finds a missing account line" says "error: /etc/pam.d/su: no account line"
printf 'account required pam_vctx.so\nsession include su-our\n' >/etc/pam.d/su
printf 'session requisite pam_vctx.so\nsession optional \\\npam_mail.so\n' >/etc/pam.d/su-our
v check
ok "check follows include, and wants the line last" \
	says "error: /etc/pam.d/su-our:2: su: pam_mail.so comes after"
printf 'account required pam_vctx.so\nsession optional pam_vctx.so\n' >/etc/pam.d/su
v check
ok "check finds a line that does not guard" says "error: /etc/pam.d/su:2: su: pam_vctx.so is optional"
printf 'account required pam_vctx.so\n@include common-session\nsession requisite pam_vctx.so\n' >/etc/pam.d/su
v check
ok "check wants the gate before common-session" says "without the gate"
printf 'account required pam_vctx.so\nsession [success=1 default=ignore] pam_vctx.so gate\nsession substack common-session\nsession requisite pam_vctx.so\n' >/etc/pam.d/su
v check
ok "and is content with it" silent_about "without the gate"
printf 'session requisite pam_vctx.so\n' >/etc/pam.d/sudo
v check
ok "check warns of a door without account line" says "warning: /etc/pam.d/sudo: no account line"
printf 'SERVICES=vctxt\n' >/etc/vservers.conf
printf 'account required pam_vctx.so\n' >/etc/pam.d/vctxt
v check
ok "check looks at more SERVICES" says "error: /etc/pam.d/vctxt: no session line"
rm -rf /etc/pam.d
cp -a "$tmp/pam.d" /etc/pam.d

# check: sshd and doors
if [ -x /usr/sbin/sshd ]; then
	make_dir /run/sshd
	[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -A >/dev/null 2>&1
	printf 'UsePAM yes\n' >/etc/ssh/sshd_config
	usermod -s /bin/not-here "$user"
	v check
	ok "check warns of a shell that the host lacks" says "the shell of $user, /bin/not-here"
	ok "UsePAM yes is right" silent_about UsePAM
	printf 'UsePAM no\nMatch User %s\nChrootDirectory /\n' "$user" >/etc/ssh/sshd_config
	v check
	ok "UsePAM no is an error" says "error: sshd has UsePAM no"
	ok "ChrootDirectory skips the shell" silent_about "the shell of"
	ok "and suits a ceiling with CAP_SYS_CHROOT" silent_about ChrootDirectory
	printf '%s vserver=student1 caps=!CAP_SYS_CHROOT\n' "$user" >"$conf"
	v check
	ok "but not one without" says "error: sshd has ChrootDirectory / for $user"
	usermod -s /bin/sh "$user"
else
	skip "sshd" "no sshd here"
fi
mkdir "$tmp/home"
usermod -d "$tmp/home" "$user"
printf '"|/usr/bin/procmail"\n' >"$tmp/home/.forward"
mkdir -p /etc/systemd/system/vctxt.service.d
printf '[Service]\nUser = %s\n' "$user" >/etc/systemd/system/vctxt.service.d/x.conf
: >"/var/lib/systemd/linger/$user"
v check
ok "check warns of a pipe in .forward" says "$tmp/home/.forward: mail to $user"
ok "check warns of a unit that runs as the person" says "vctxt.service.d/x.conf:2: a unit runs as"
ok "check warns of linger" says "warning: $user lingers"
rm "/var/lib/systemd/linger/$user" "$tmp/home/.forward"
mkfifo "$tmp/home/.forward"
ok "check does not wait for a FIFO" sh -c "timeout 20 vctx-user check; [ \$? -ne 124 ]"

# edit
begin
printf '# mine\n%s deny\n' "$user" >"$conf"
chmod 600 "$conf"
unset VISUAL
cat >"$tmp/ed" <<'EOF'
#!/bin/sh
eval "$EDIT"
EOF
chmod 755 "$tmp/ed"
EDITOR="$tmp/ed with words"
export EDITOR
export EDIT="printf '$other deny\n' >>\"\$3\""
v edit
ok "edit saves what can be read" sh -c "tail -1 $conf | grep -qx '$other deny'"
ok "and keeps the mode" test "$(stat -c %a "$conf")" = 600
ok "and leaves no copy" sh -c "! ls -A /etc/security | grep -q edit"
cp "$conf" "$tmp/before"
export EDIT="echo '$user vserver=a nonsense' >>\"\$3\""
v edit
ok "without a terminal broken lines are refused" gives 1 "no word 'nonsense'"
ok "and the file is as before" cmp "$conf" "$tmp/before"
export EDIT="echo '$user deny' >>\"\$3\""
v edit
ok "so is a second line for a person" gives 1 "a second line"
export EDIT=true
v edit
ok "edit without a change succeeds" gives 0
export EDIT=false
v edit
ok "an editor that fails changes nothing" gives 1 "editor"
if command -v script >/dev/null; then
	export EDIT="echo '$user vserver=a nonsense' >>\"\$3\""
	(sleep 1; echo x) | script -qec "vctx-user edit" /dev/null >"$tmp/out" 2>&1
	ok "edit asks on a terminal" says "What now?"
	ok "x leaves the file" cmp "$conf" "$tmp/before"
	(sleep 1; echo Q) | script -qec "vctx-user edit" /dev/null >"$tmp/out" 2>&1
	ok "Q saves it anyway" grep -q nonsense "$conf"
	cp "$tmp/before" "$conf"
	# shellcheck disable=SC2016
	export EDIT='if [ -e '"$tmp"'/again ]; then sed -i /nonsense/d "$3"; else : >'"$tmp"'/again; echo x nonsense >>"$3"; fi'
	(sleep 1; echo e; sleep 1) | script -qec "vctx-user edit" /dev/null >"$tmp/out" 2>&1
	ok "e edits again" sh -c "[ -e '$tmp/again' ] && ! grep -q nonsense $conf"
else
	skip "asking" "no script(1)"
fi
export EDIT="sleep 8"
vctx-user edit >/dev/null 2>&1 </dev/null &
editing=$!
sleep 0.5
v add vctxt3 --deny --force
ok "edit holds the lock" gives 1 "being changed by another"
wait $editing
printf '1..%d\n' "$n"
exit $failed
