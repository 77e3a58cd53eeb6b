#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kill -9 of everything that builds, at many moments: the next login builds it anew, and nothing piles up.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
host_log
enable_pam
for ms in 0 1 2 3 4 5 6 7 8 9 10 12 14 16 18 20 25 30 40 60; do
	timeout 60 su alice -c true </dev/null >/dev/null 2>&1 &
	su=$!
	for _ in $(seq 200); do pgrep -f libexec/vctx/vctx_start >/dev/null && break; sleep 0.002; done
	sleep "0.0$(printf %02d $ms)"
	pkill -9 -f 'libexec/vctx/vctx_start|vctx_shepherd|vctx_init --shepherd'
	wait $su
	is "$(strays 1001)" "" "killed after $ms ms: nobody is on the host"
	is "$(timeout 60 su alice -c 'cat /proc/1/comm' </dev/null 2>/dev/null)" vctx_init "killed after $ms ms: the next login lands"
	[ $((ms % 2)) = 0 ] && /usr/libexec/vctx/vctx_stop lab
done
/usr/libexec/vctx/vctx_stop lab
is "$(find "$VIEW_CGROUP/vctx" -mindepth 1 -type d)" "" "no cgroup is left"
is "$(find /run/vctx/xid /run/vctx/slot /run/vctx/state /run/vctx/public -mindepth 1)" "" "no state is left"
is "$(pgrep -f 'vctx_(init|start)')" "" "no process is left"
done_testing
