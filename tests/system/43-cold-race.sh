#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fifty logins at once from cold: one context, all inside.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
view_sshd
fifty() { # fifty NAME COMMAND...: at once
	local name=$1 i pids=()
	shift
	rm -f /root/got-*
	for i in $(seq 50); do
		"$@" 'cat /proc/1/comm; readlink /proc/self/ns/pid' >"/root/got-$i" 2>&1 </dev/null &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "$(cat /root/got-* | grep -c vctx_init)" 50 "$name: all are inside"
	is "$(grep -h pid: /root/got-* | sort -u | wc -l)" 1 "$name: in one context"
	is "$(find "$VIEW_CGROUP/vctx" -mindepth 1 -maxdepth 1 -type d | wc -l)" 1 "$name: of one cgroup"
	is "$(pgrep -fc 'vctx_init --keeper')" 1 "$name: with one pid 1"
	is "$(pgrep -fc vctx_shepherd)" 1 "$name: and one shepherd"
	/usr/libexec/vctx/vctx_stop lab
}
fifty ssh ssh_as alice
# without key exchanges they come closer together
for round in 1 2 3; do fifty "su, round $round" su alice -c; done
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
