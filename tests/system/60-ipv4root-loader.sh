#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs of IPv4 roots are loaded once and hold through a take-over; where one is missing or foreign nobody starts or
# joins, and vctx-setup boot repairs it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/loader.sh"
prog_ids() {
	awk '$1 == "hook" { print $5 }' /run/vctx/bpf | sort -n
}

# ---- from nothing ----

like "$(drive check "$P")" "ENOENT: .* run: vctx-setup boot" "before a load: refused, with what to do"
is "$(drive load "$P" "$P/12" 12)" fill "a load calls for what runs already"
is "$(drive check "$P")" "" "then all is in force"
is "$(awk '$1 == "hook"' /run/vctx/bpf | wc -l)" "$(($(find "$PINS" -type f | wc -l) - $(grep -c '^map' /run/vctx/bpf)))" \
	"each program is pinned"
is "$(drive check-root "$P/12" 12)" "" "and what runs already was put in"
like "$(drive check-root "$P/10" 10)" "stop it and start it again" "a context that is not there is none"
before=$(cat /run/vctx/bpf; ls -i "$PINS")
is "$(drive load "$P")" "" "a second load has nothing to do"
is "$(cat /run/vctx/bpf; ls -i "$PINS")" "$before" "and changes nothing"
# /, the view's, vctx, the context's
is "$(awk '$1 == "abi" { print $4 }' /run/vctx/bpf)" 3 "the level of contexts is found"
is "$(find "$P" -mindepth 1 -type d | sort | tr '\n' ' ')" "$P/10 $P/11 $P/12 " "and no probe is left"
fresh
is "$(unshare --cgroup vctx-bpf-drive load "$P"; awk '$1 == "abi" { print $4 }' /run/vctx/bpf)" $'fill\n3' \
	"in a cgroup namespace as well"

# ---- roots ----

is "$(binds 10 10.9.0.9)" "socket: Permission denied" "in no context: no socket"
is "$(drive set "$P/10" 10 10.9.0.9 fd00::9)" "" "a root is put in"
is "$(drive entries owner) $(drive entries roots)" "4 1" "with its addresses and its aliases"
is "$(binds 10 10.9.0.9)" "" "its address can be bound"
is "$(binds 10 10.9.0.8)" "Cannot assign requested address" "another one cannot"
is "$(drive set "$P/10" 10 10.9.0.9 fd00::9; drive entries owner)" 4 "the same again is nothing new"
like "$(drive set "$P/11" 11 10.0.0.1 10.9.0.9)" ^$'10\n'"EADDRINUSE: 10.9.0.9 is in use by context 10" "an address of another is refused"
like "$(drive set "$P/11" 11 shared fd00::9)" "fd00::9 is in use by context 10" "to one who would share it as well"
is "$(drive entries owner) $(drive entries roots)" "4 1" "and nothing of that is left"
is "$(drive del 0 10 10.9.0.9 fd00::9)$(drive entries owner) $(drive entries roots)" "0 0" "a root is found by its alias and taken out"
is "$(drive del 0 10 10.9.0.9 fd00::9)" "" "twice does no harm"
is "$(binds 10 10.9.0.9)" "socket: Permission denied" "then there is no socket again"
is "$(drive set "$P/10" 10 shared 10.0.0.5; drive set "$P/11" 11 shared 10.0.0.5; drive entries owner)" 3 "two share an address"
like "$(drive set "$P/12" 12 10.0.0.5)" "10.0.0.5 is in use by others that share it" "no third has it alone"
drive del "$P/10" 10 shared 10.0.0.5
like "$(drive set "$P/12" 12 10.0.0.5)" "10.0.0.5 is in use by others that share it" "nor when one of them is gone"
drive del "$P/11" 11 shared 10.0.0.5
is "$(drive set "$P/12" 12 10.0.0.5)" "" "but after the last"
# what a start that was killed between two steps leaves
id=$(awk '$1 == "map" && $2 == "roots" { print $3 }' /run/vctx/bpf)
# shellcheck disable=SC2046 # the bytes of the key
bpftool map delete id "$id" key $(bpftool -j map dump id "$id" | tr -d '"[], ' | grep -o 'key:0x[0-9a-fx]*' | sed 's/key://; s/0x/ 0x/g')
is "$(drive entries roots)" 0 "a start dies between its steps"
is "$(drive set "$P/11" 11 10.0.0.5)" "" "its address is the next one's"
is "$(drive set "$P/12" 12 10.0.0.6)" "" "and its number as well"
drive del "$P/11" 11 10.0.0.5 && drive del "$P/12" 12 10.0.0.6
mkdir "$P"/r{1..20}
for i in {1..20}; do
	vctx-bpf-drive set "$P/r$i" $((100 + i)) 10.0.0.7 >/dev/null 2>&1 && echo won &
done >/tmp/won
wait
is "$(wc -l </tmp/won)" 1 "of twenty at once one gets the address"
for i in {1..20}; do drive del "$P/r$i" $((100 + i)) 10.0.0.7; done
rmdir "$P"/r*
is "$(drive entries owner) $(drive entries roots)" "0 0" "nothing is left of them"

# ---- another build takes over ----

drive set "$P/10" 10 10.9.0.9
# a socket of before; bound afterwards, by the label that it got when it was made
mkfifo /tmp/go
within 10 perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); open(G, "<", "/tmp/go"); <G>;
	bind(S, sockaddr_in(8080, inet_aton("10.9.0.9"))) or die "$!"; print "bound"' >/tmp/old.socket &
waiting=$!
# never a moment without rules, nor with too many
within 10 perl -MSocket -e 'while (-e "/tmp/go") {
		socket(S, AF_INET, SOCK_STREAM, 0) or print "socket: $!\n";
		bind(S, sockaddr_in(0, inet_aton("10.9.0.9"))) or print "own: $!\n";
		socket(S, AF_INET, SOCK_STREAM, 0) or print "socket: $!\n";
		bind(S, sockaddr_in(0, inet_aton("10.9.0.8"))) and print "foreign bound\n"; $n++ }
	print "enough\n" if $n > 1000' >/tmp/hammer &
hammer=$!
(while [ -e /tmp/go ]; do drive check "$P"; done >/tmp/checks) &
checks=$!
drive set "$P/11" 11 10.9.0.11
old=$(prog_ids)
for i in {1..20}; do
	other load "$P"
	drive load "$P"
done >/tmp/loads
is "$(cat /tmp/loads)" "" "twenty times another build takes over, and back"
unlike "$(prog_ids)" "(^|"$'\n'")(${old//$'\n'/|})($|"$'\n'")" "programs are new ones"
echo >/tmp/go
wait $waiting
is "$(cat /tmp/old.socket)" bound "a socket of before is still its context's"
rm /tmp/go
wait $hammer $checks
is "$(cat /tmp/hammer)" enough "no rule was missing for a moment"
is "$(cat /tmp/checks)" "" "nor would a join have been refused"
is "$(drive entries roots)" 2 "contexts are those of before"
other load "$P"
ok "$([ -e $PINS/another_hook ]; echo $?)" "a program that is new comes with it"
drive load "$P"
ok "$([ ! -e $PINS/another_hook ]; echo $?)" "and goes with it"
is "$(bpftool -j cgroup show "$P" | grep -c another_hook)" 0 "from the cgroup as well"

# ---- another version of the maps ----

drive abi 7
like "$(drive check "$P")" "of version 7, not 1: stop all contexts" "another version is not joined"
like "$(drive load "$P")" "EBUSY: .*stop all contexts" "nor taken over while contexts run"
like "$(drive repair "$P")" "EBUSY: .*stop all contexts" "not even at boot"
is "$(binds 10 10.9.0.8)" "Cannot assign requested address" "they keep their rules"
drive abi 1
is "$(drive check "$P")" "" "(it is as before)"
drive del "$P/10" 10 10.9.0.9
drive abi 7
like "$(drive load "$P")" "EBUSY: .*stop all contexts" "one context is enough"
# stopped by tools of this version: its entry stays, its cgroup goes
rmdir "$P"/{10,11,12}
is "$(drive load "$P")" fill "without contexts it is loaded anew"
is "$(drive check "$P")$(drive entries roots)" 0 "and in force"
mkdir "$P"/{10,11,12}

# ---- what was taken away ----

drive set "$P/10" 10 10.9.0.9
rm $PINS/bind4
eventually bash -c '! vctx-bpf-drive check "$0"' "$P"
like "$(drive check "$P")" "bind4 .*not in force: run: vctx-setup boot" "a link is taken away: no join"
like "$(drive load "$P")" "bind4 .*not in force: run: vctx-setup boot" "a link is taken away: no start"
is "$(drive repair "$P")" fill "a link is taken away: vctx-setup boot puts it right"
is "$(drive check "$P")$(drive entries roots)" 1 "and contexts are those of before"
is "$(binds 10 10.9.0.8)" "Cannot assign requested address" "with their rules"
for map in roots owner labels listeners bound counters; do
	rm $PINS/$map
	like "$(drive check "$P")" "$PINS/$map is not there: run: vctx-setup boot" "the pin of $map is taken away: no join"
	like "$(drive load "$P")" "$PINS/$map is not there: run: vctx-setup boot" "the pin of $map is taken away: no start"
	is "$(drive repair "$P")" fill "the pin of $map is taken away: vctx-setup boot puts it back"
	is "$(drive check "$P")$(drive entries roots) $(drive entries owner)" "1 2" "with what was in it"
done
rm /run/vctx/bpf
like "$(drive check "$P")" "ENOENT: .*run: vctx-setup boot" "the record is taken away: no join"
like "$(drive load "$P")" "run: vctx-setup boot" "the record is taken away: no start"
is "$(drive repair "$P")" fill "the record is taken away: vctx-setup boot puts it right"
is "$(drive check "$P")$(drive entries roots) $(drive entries owner)" "1 2" "on the maps that are there"
is "$(bpftool -j cgroup show "$P" | grep -o '"name":"bind4"' | wc -l)" 1 "each program is there once"
echo nonsense >/run/vctx/bpf
like "$(drive check "$P")" "cannot be read" "the record is damaged: no join"
like "$(drive load "$P")" "cannot be read" "the record is damaged: no start"
is "$(drive repair "$P")$(drive check "$P")" fill "the record is damaged: vctx-setup boot puts it right"
rm -r $PINS
eventually bash -c '[ -z "$(bpftool cgroup show "$0")" ]' "$P"
like "$(drive check "$P")" "run: vctx-setup boot" "all pins are taken away: no join"
like "$(drive load "$P")" "run: vctx-setup boot" "all pins are taken away: no start"
is "$(binds 10 10.9.0.8)" "" "(no rule holds any more)"
is "$(drive repair "$P" "$P/10" 10)$(drive check "$P")" fill "all pins are taken away: vctx-setup boot loads anew"
is "$(drive check-root "$P/10" 10)" "" "with the roots of those who run"
is "$(binds 11 10.9.0.8)" "socket: Permission denied" "and the rules"

# ---- what somebody else put there ----

prog=$(awk '$2 == "device" { print $5 }' /run/vctx/bpf)
rm $PINS/bind4 && bpftool prog pin id "$prog" $PINS/bind4
eventually bash -c '! vctx-bpf-drive check "$0"' "$P"
like "$(drive check "$P")" "bind4 .*not in force" "a foreign program at the path of a link: no join"
like "$(drive load "$P")" "bind4 .*not in force" "a foreign program at the path of a link: no start"
is "$(drive repair "$P")$(drive check "$P")" fill "a foreign program at the path of a link: vctx-setup boot replaces it"
rm $PINS/roots && bpftool map create $PINS/roots type hash key 8 value 492 entries 65536 flags 1 name roots
like "$(drive check "$P")" "$PINS/roots is not what was put there: run: vctx-setup boot" "a foreign map at the path of ours: no join"
like "$(drive load "$P")" "$PINS/roots is not what was put there" "a foreign map at the path of ours: no start"
is "$(drive repair "$P")$(drive check "$P")$(drive entries roots)" fill1 "a foreign map at the path of ours: vctx-setup boot replaces it"
prog=$(awk '$2 == "device" { print $5 }' /run/vctx/bpf)
rm /run/vctx/bpf $PINS/owner && bpftool map create $PINS/owner type hash key 4 value 4 entries 9 name owner
rm $PINS/roots && bpftool prog pin id "$prog" $PINS/roots
like "$(drive load "$P")" "run: vctx-setup boot" "foreign maps without a record: no start"
is "$(drive repair "$P")$(drive check "$P")" fill "foreign maps without a record: vctx-setup boot replaces them"
drive set "$P/10" 10 10.9.0.9

# ---- the wrong place ----

like "$(unshare --net vctx-bpf-drive check "$P" 2>&1)" "EXDEV: .*another network namespace" "another network namespace: no join"
like "$(unshare --net vctx-bpf-drive load "$P" 2>&1)" "EXDEV: .*another network namespace" "another network namespace: no start"
like "$(unshare --net vctx-bpf-drive repair "$P" 2>&1)" "EXDEV: .*another network namespace" "another network namespace: not even vctx-setup boot"
mkdir -p "$VIEW_CGROUP/else/vctx"
like "$(drive check "$VIEW_CGROUP/else/vctx")" "attached to another cgroup" "another cgroup: no join"
like "$(drive load "$VIEW_CGROUP/else/vctx")" "attached to another cgroup" "another cgroup: no start"
is "$(drive check "$P")" "" "(it is as before)"
is "$(drive repair "$VIEW_CGROUP/else/vctx")$(drive check "$VIEW_CGROUP/else/vctx")" fill "another cgroup: vctx-setup boot moves there"
is "$(bpftool cgroup show "$P")" "" "and leaves the old one"
is "$(awk '$1 == "abi" { print $4 }' /run/vctx/bpf)" 4 "whose level it finds"
is "$(drive repair "$P")$(drive check "$P")" fill "(and back)"
rmdir "$VIEW_CGROUP/else/vctx" "$VIEW_CGROUP/else"

# ---- tables that are full ----

fresh && drive load "$P" >/dev/null
drive set "$P/10" 10 10.9.0.9
drive cram owner
n=$(drive entries owner)
like "$(drive set "$P/11" 11 10.0.0.2 10.0.0.3)" "ENOSPC: .*table of addresses is full" "no room for an address: refused"
is "$(drive entries owner) $(drive entries roots)" "$n 1" "and nothing of it is left"
fresh && drive load "$P" >/dev/null
drive cram roots
like "$(drive set "$P/11" 11 10.0.0.2 10.0.0.3)" "ENOSPC: .*table of IPv4 roots is full" "no room for a root: refused"
is "$(drive entries owner)" 0 "and nothing of it is left"

# ---- what the kernel lacks ----

fault() { # fault INJECT COMMAND...
	strace -D -f -o /dev/null -e "inject=$1" vctx-bpf-drive "${@:2}" 2>&1
}
fresh && drive load "$P" >/dev/null
like "$(fault bpf:error=EPERM check "$P")" "bpf\(2\) .*Operation not permitted" "bpf(2) is refused: no join"
like "$(fault bpf:error=EPERM set "$P/10" 10 10.9.0.9)" "Operation not permitted" "bpf(2) is refused: no root"
fresh
like "$(fault bpf:error=EPERM load "$P")" "bpf\(2\) is refused to this process" "bpf(2) is refused: no start"
like "$(fault bpf:error=ENOSYS load "$P")" "EOPNOTSUPP: the kernel lacks programs on cgroups" "no bpf(2), no programs on cgroups: no start"
like "$(fault bpf:error=EINVAL:when=2 load "$P")" "EOPNOTSUPP: the kernel lacks sk_lookup" "no sk_lookup: no start"
mount -t tmpfs none /sys/kernel/btf
like "$(drive load "$P")" "EOPNOTSUPP: the kernel lacks its own type information" "no type information: no start"
umount /sys/kernel/btf
mount -t tmpfs none /sys/fs/bpf
like "$(drive load "$P")" "EOPNOTSUPP: no bpf filesystem is mounted on /sys/fs/bpf: run: vctx-setup boot" "no bpf filesystem: no start"
umount /sys/fs/bpf
is "$(drive load "$P")$(drive check "$P")" fill "without faults all is in force"

# ---- vctx-setup boot ----

fresh
is "$(vctx-setup boot 2>&1)$(drive check "$P")" "" "vctx-setup boot loads"
drive set "$P/10" 10 10.9.0.9
rm $PINS/bind4 $PINS/owner
is "$(vctx-setup boot 2>&1)$(drive check "$P")$(drive entries owner)" 2 "and repairs"
mount -t tmpfs none /sys/fs/bpf
like "$(drive check "$P")" "run: vctx-setup boot" "without the filesystem that pins are in: no join"
is "$(vctx-setup boot 2>&1)$(drive check "$P")$(drive entries owner)" 2 "it mounts one, and pins what is alive"
id=$(awk '$1 == "map" && $2 == "owner" { print $3 }' /run/vctx/bpf)
umount /sys/fs/bpf && umount /sys/fs/bpf && umount /sys/fs/bpf
# what nothing holds any more goes a moment later
eventually bash -c '! bpftool map show id "$0"' "$id"
like "$(drive check "$P")" "run: vctx-setup boot" "with all that was pinned gone: no join"
is "$(vctx-setup boot 2>&1)$(drive check "$P")$(drive entries owner)" 0 "it loads anew"
fresh
mount -t tmpfs none /sys/kernel/btf
like "$(vctx-setup boot 2>&1 && echo status 0)" "no context with an IPv4 root can start: the kernel lacks .*status 0" \
	"a kernel that lacks something does not fail the unit"
umount /sys/kernel/btf

# ---- the cgroup is made anew, as systemd may take an empty one away ----

fresh
drive load "$P" >/dev/null
find "$P" -mindepth 1 -depth -type d -exec rmdir {} +
rmdir "$P"
mkdir -p "$P/10"
like "$(drive check "$P")" "attached to another cgroup" "the cgroup is another one: no join"
is "$(drive load "$P")" fill "the next load attaches to it"
is "$(drive check "$P")" "" "then all is in force"
drive set "$P/10" 10 10.9.0.9
is "$(binds 10 10.9.0.8)" "Cannot assign requested address" "with the rules"
done_testing
