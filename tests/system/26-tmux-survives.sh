#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What runs on after the logout keeps the context; LINGER seconds after the last process it ends by itself.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab LINGER=2
enable_pam
view_sshd
ssh_as alice 'tmux new-session -d "sleep 1000"; tmux ls' >/dev/null
keeper=$(keeper_of lab)
sleep 4
is "$(keeper_of lab)" "$keeper" "the context is alive after LINGER, since tmux is"
like "$(ssh_as alice 'tmux ls')" "1 windows" "and a new login finds it"
ssh_as alice 'tmux kill-server'
eventually test ! -e /run/vctx/state/lab/state
ok $? "when the last process is gone it ends by itself"
ok "$([ ! -d "/proc/$keeper" ]; echo $?)" "with its pid 1"
is "$(find "$VIEW_CGROUP/vctx" -mindepth 1 -type d)" "" "and leaves no cgroup"
is "$(find /run/vctx/xid /run/vctx/slot /run/vctx/public -mindepth 1)" "" "nor numbers"
is "$(pgrep -f vctx_shepherd)" "" "nor a shepherd"
is "$(ssh_as alice cat where)" "inside lab" "the next login builds it again"
done_testing
