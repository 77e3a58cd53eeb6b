#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# MEMORY_MAX: who takes more is killed inside, and neither the host nor the neighbour notices.
. "$(dirname "$0")/lib.sh"
grep -qw memory "$(findmnt -fnt cgroup2 -o TARGET | head -n 1)/cgroup.controllers" ||
	skip "cgroup2 has no memory controller here"
standard alice 1001 lab MEMORY_MAX=96M LINGER=3600
standard bob 1002 other
enable_pam
view_sshd

is "$(ssh_as alice cat where)" "inside lab" "a login below the limit"
keeper=$(keeper_of lab)
guest=$(cgroup_of lab)/guest
is "$(cat "$guest/memory.max")" $((96 << 20)) "the limit is on what people run"

taken=$(ssh_as alice "perl -e '\$x = \"x\" x (30 << 20); print length \$x'")
is "$taken" $((30 << 20)) "memory below the limit is there"
said=$(ssh_as alice "perl -e '\$x = \"x\" x (200 << 20); print length \$x'; echo status \$?" 2>&1)
like "$said" "status 137" "who takes more is killed"
like "$(cat "$guest/memory.events")" "oom_kill [1-9]" "by the limit of the context"
[ "$(cat "$guest/memory.peak" 2>/dev/null || echo 0)" -le $((96 << 20)) ]
ok $? "which was never exceeded"
is "$(keeper_of lab)" "$keeper" "the context lives on"
is "$(ssh_as alice cat where)" "inside lab" "and can be entered"
is "$(ssh_as bob "perl -e '\$x = \"x\" x (200 << 20); print length \$x'")" $((200 << 20)) \
	"the neighbour, who has no limit, takes as much"
done_testing
