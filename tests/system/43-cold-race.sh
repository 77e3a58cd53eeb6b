#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fifty logins at once from cold: one context, all inside.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
view_sshd
pids=()
for i in $(seq 50); do
	ssh_as alice 'cat /proc/1/comm; readlink /proc/self/ns/pid' >"/root/got-$i" 2>&1 &
	pids+=($!)
done
wait "${pids[@]}"
is "$(cat /root/got-* | grep -c vctx_init)" 50 "all are inside"
is "$(grep -h pid: /root/got-* | sort -u | wc -l)" 1 "in one context"
is "$(find "$VIEW_CGROUP/vctx" -mindepth 1 -maxdepth 1 -type d | wc -l)" 1 "of one cgroup"
is "$(pgrep -fc 'vctx_init --keeper')" 1 "with one pid 1"
is "$(pgrep -fc vctx_shepherd)" 1 "and one shepherd"
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
