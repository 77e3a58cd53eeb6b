#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vserver starts, stops and asks one vserver; exec runs inside as its root and passes on status, pipes and signals.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

guest=${VCTX_GUEST:-lab}
[ -e "/etc/vservers/$guest.conf" ] || mkvserver "$guest"
status_of() { # status_of COMMAND...: its exit status alone
	"$@" >/dev/null 2>&1 </dev/null
	echo $?
}

# ---- usage, and what there is not ----
is "$(status_of vserver)" 2 "no name is wrong usage"
is "$(status_of vserver "$guest")" 2 "no command is wrong usage"
is "$(status_of vserver "$guest" frob)" 2 "an unknown command is wrong usage"
is "$(status_of vserver "$guest" start now)" 2 "a word too many is wrong usage"
is "$(status_of vserver "$guest" exec)" 2 "exec without a command is wrong usage"
like "$(vserver "$guest" frob 2>&1)" "Try 'vserver --help'" "and points at --help"
like "$(vserver --help)" "start.*stop.*status.*exec" "--help names the commands"
is "$(status_of vserver no-such status)" 5 "status of an unknown one: 5"
is "$(status_of vserver no-such start)" 5 "start of an unknown one: 5"
is "$(status_of vserver no-such exec true)" 125 "exec in an unknown one: 125"
is "$(status_of vserver ../x status)" 5 "a path is no vserver"

# ---- stopped ----
is "$(vserver "$guest" status)" "Vserver '$guest' is not running" "status says that it is not running"
is "$(status_of vserver "$guest" status)" 3 "with 3"
is "$(status_of vserver "$guest" stop)" 0 "stop of a stopped one is done"
is "$(status_of vserver "$guest" exec true)" 125 "exec in a stopped one: 125"

# ---- start ----
is "$(vserver "$guest" start 2>&1)" "" "start prints nothing"
number=$(context_of "$guest")
is "$(vserver "$guest" status)" "Vserver '$guest' is running at context '$number'" "status says where it is running"
is "$(status_of vserver "$guest" status)" 0 "with 0"
is "$(vserver "#$number" status)" "Vserver '$guest' is running at context '$number'" "its number leads to it"
keeper=$(keeper_of "$guest")
like "$(vserver "$guest" start)" "running already" "a second start says so"
is "$(status_of vserver "$guest" start)" 0 "and is done"
is "$(keeper_of "$guest")" "$keeper" "and starts nothing"
like "$(cat "/run/vctx/state/$guest/state")" "stay=1" "it is to stay however idle"

# ---- exec: who and where ----
is "$(vserver "$guest" exec id -u)" 0 "exec runs as root inside"
is "$(vserver "$guest" exec id -G)" 0 "with no other group"
unlike "$(vserver "$guest" exec cat /proc/self/uid_map)" "^ *0 +0 " "who is nobody on the host"
is "$(vserver "$guest" exec cat /proc/1/comm | wc -l)" 1 "in its own /proc"
unlike "$(vserver "$guest" exec readlink /proc/self/ns/pid)" "$(readlink /proc/self/ns/pid)" "in its pid namespace"
like "$(vserver "$guest" exec cat /proc/self/status)" "Seccomp:.2" "under the system call filter"
is "$(vserver "$guest" exec sh -c 'grep CapBnd /proc/self/status')" "$(printf 'CapBnd:\t00000000b00405fb')" "under the ceiling"
is "$(vserver "$guest" exec pwd)" / "in its root directory"
is "$(FOO=1 TERM=vt52 LD_PRELOAD='' vserver "$guest" exec env | sort | cut -d= -f1 | paste -sd' ')" "HOME PATH TERM" \
	"with a new environment"
# shellcheck disable=SC2016
is "$(FOO=1 TERM=vt52 vserver "$guest" exec sh -c 'echo $TERM')" vt52 "but for TERM"
is "$(vserver "$guest" exec sh -c 'ls /proc/self/fd | wc -l' 7</)" 4 "and no descriptor but 0, 1, 2 (and ls' own)"
vserver "$guest" exec true </etc 2>/dev/null
is $? 125 "a directory on stdin is refused"

# ---- exec: status, pipes, signals ----
is "$(status_of vserver "$guest" exec sh -c 'exit 7')" 7 "the exit status is passed"
is "$(status_of vserver "$guest" exec sh -c 'exit 254')" 254 "whatever it is"
is "$(status_of vserver "$guest" exec no-such-program)" 127 "no such program: 127"
is "$(status_of vserver "$guest" exec /etc/passwd)" 126 "no program: 126"
# shellcheck disable=SC2016
is "$(status_of vserver "$guest" exec sh -c 'kill -TERM $$')" 143 "killed by SIGTERM: 143"
is "$(seq 100000 | vserver "$guest" exec cat | vserver "$guest" exec wc -l)" 100000 "it works in pipes"
is "$(vserver "$guest" exec sh -c 'echo out; echo err >&2' 2>/dev/null)" out "stdout and stderr are two"
is "$(echo x | vserver "$guest" exec sh -c 'cat >/dev/stdout; echo y >/dev/stderr' 2>&1 | tr '\n' ' ')" "x y " \
	"/dev/stdout and /dev/stderr can be opened"
# shellcheck disable=SC2016
vserver "$guest" exec sh -c 'trap "echo got; exit 9" USR1; echo ready; while :; do sleep 0.1; done' >/run/trap &
pid=$!
eventually grep -q ready /run/trap
kill -USR1 $pid
wait $pid
is $? 9 "a signal is passed on"
is "$(tail -n 1 /run/trap)" got "and arrives"
vserver "$guest" exec sleep 60 &
pid=$!
eventually sh -c "vserver '$guest' exec pgrep -x sleep"
vserver "$guest" stop
wait $pid
is $? 137 "stop ends it: 137"

# ---- stop ----
is "$(status_of vserver "$guest" status)" 3 "it is stopped"
fails "nothing of it is left" test -e "/run/vctx/state/$guest/state"
# reaped by its shepherd a moment later
succeeds "not even its pid 1" eventually test ! -d "/proc/$keeper"
vserver "$guest" start
sed -i '$a NO_SUCH_KEY=1' "/etc/vservers/$guest.conf"
is "$(status_of vserver "$guest" status)" 0 "a broken file changes nothing for one that is running"
is "$(status_of vserver "$guest" exec true)" 0 "which can be entered"
is "$(status_of vserver "$guest" stop)" 0 "and stopped"
is "$(status_of vserver "$guest" start)" 1 "it cannot be started"
like "$(vserver "$guest" start 2>&1)" "$guest.conf:[0-9]+: no key 'NO_SUCH_KEY'" "and says why"
done_testing
