#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whoever loads the programs of IPv4 roots may be killed at any moment, or have any bpf(2) fail: what was in force stays in
# force or is known not to be, and the next load goes on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/loader.sh"
drive load "$P" >/dev/null && drive set "$P/10" 10 10.9.0.9

command -v strace >/dev/null || skip "strace is not here"
killed() { # killed FAULT COMMAND...: dies there, or (this step is not reached) does its work
	local fault=$1
	shift
	{ timeout 60 strace -D -f -o /dev/null -e "inject=$fault" "$@"; } >/dev/null 2>&1
}
faults=""
for n in 1 3 5 7 9 12 16 20 25 30 35 40 45 50 55 60 65 70 75 80 85 90 95 100 105 110 120 130 140 150; do
	faults="$faults bpf:signal=KILL:when=$n"
done
for n in 1 2 3 4 5 6; do faults="$faults unlink:signal=KILL:when=$n unlinkat:signal=KILL:when=$n renameat:signal=KILL:when=$n"; done
faults="$faults mkdir:signal=KILL:when=1 mkdirat:signal=KILL:when=1 fsync:signal=KILL:when=1 fsync:signal=KILL:when=3"
died=0 bad=""
for fault in $faults; do
	# the other build takes over, or we do
	if [ -e $PINS/another_hook ]; then build=vctx-bpf-drive; else build=vctx-bpf-other; fi
	killed "$fault" $build load "$P" || died=$((died + 1))
	out=$(drive check "$P")$(drive entries roots)$(binds 10 10.9.0.8)
	[ "$out" = "1Cannot assign requested address" ] || bad="$bad"$'\n'"$fault: $out"
	out=$($build load "$P" 2>&1)$(drive check "$P")$(binds 10 10.9.0.8)
	[ "$out" = "Cannot assign requested address" ] || bad="$bad"$'\n'"then, $fault: $out"
done
is "$bad" "" "killed while taking over: rules hold, joins go on, the next load ends it"
[ $died -ge 20 ]
ok $? "(at $died moments)"
died=0 bad=""
for fault in $faults; do
	fresh
	killed "$fault" vctx-bpf-drive load "$P" || died=$((died + 1))
	out=$(drive check "$P")
	[ -z "$out" ] || [[ $out == *"run: vctx-setup boot"* ]] || bad="$bad"$'\n'"$fault: $out"
	out=$(drive load "$P" | grep -v '^fill$')$(drive check "$P")$(bpftool -j cgroup show "$P" | grep -o '"name":"bind4"' | wc -l)
	[ "$out" = "1" ] || bad="$bad"$'\n'"then, $fault: $out"
done
is "$bad" "" "killed while loading: nobody joins, the next load ends it"
[ $died -ge 20 ]
ok $? "(at $died moments)"
died=0 bad=""
drive set "$P/10" 10 10.9.0.9
for fault in $faults; do
	rm $PINS/bind4 $PINS/owner
	killed "$fault" vctx-bpf-drive repair "$P" || died=$((died + 1))
	out=$(drive repair "$P" | grep -v '^fill$')$(drive check "$P")$(drive entries owner)$(binds 10 10.9.0.8)
	[ "$out" = "2Cannot assign requested address" ] || bad="$bad"$'\n'"$fault: $out"
done
is "$bad" "" "killed while repairing: the next one ends it"
[ $died -ge 20 ]
ok $? "(at $died moments)"
# a system call that fails is as good as a death, and says why
bad=""
for n in 1 3 6 10 15 20 25 30 40 50 60 70 80 90 100 110 120; do
	fresh
	out=$(strace -D -f -o /dev/null -e "inject=bpf:error=ENOMEM:when=$n" vctx-bpf-drive load "$P" 2>&1 | grep -v '^fill$')
	check=$(drive check "$P")
	[ -z "$check" ] || [ -n "$out" ] || bad="$bad"$'\n'"$n: loaded, but $check"
	out=$(drive load "$P" | grep -v '^fill$')$(drive check "$P")
	[ -z "$out" ] || bad="$bad"$'\n'"then, $n: $out"
done
is "$bad" "" "a load that fails says so, and the next one ends it"
done_testing
