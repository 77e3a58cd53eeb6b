#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The builder fails at each of its steps in turn (a real system call is made to fail): refused, cleaned up, and the next
# start works.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
host_log
enable_pam
command -v strace >/dev/null || skip "strace is not here"
mv /usr/libexec/vctx/vctx_start /usr/libexec/vctx/vctx_start.real
# the fault comes from a file, since the module gives its helper no environment
cat >/usr/libexec/vctx/vctx_start <<-'END'
	#!/bin/sh
	export PATH=/usr/bin:/bin
	exec strace -D -f -o /dev/null -e "inject=$(cat /root/fault)" /usr/libexec/vctx/vctx_start.real "$@"
END
chmod 755 /usr/libexec/vctx/vctx_start
for fault in mkdir:error=ENOSPC:when=3+ symlink:error=ENOSPC:when=1 symlink:error=ENOSPC:when=2 rename:error=ENOSPC:when=1 \
	renameat:error=ENOSPC:when=1 renameat:error=ENOSPC:when=2 renameat:error=ENOSPC:when=3 fsync:error=EIO:when=1 \
	pipe2:error=EMFILE:when=2 pipe2:error=EMFILE:when=4 unshare:error=ENOSPC:when=1 unshare:error=ENOSPC:when=2 \
	unshare:error=ENOSPC:when=3 open_tree:error=ENOMEM:when=1 mount_setattr:error=EINVAL:when=1 mount:error=ENOMEM:when=1 \
	move_mount:error=EBUSY:when=1 move_mount:error=EBUSY:when=3 fsopen:error=ENOMEM:when=1 fsopen:error=ENOMEM:when=5 \
	fsmount:error=ENOSPC:when=2 mknodat:error=ENOSPC:when=4 symlinkat:error=ENOSPC:when=1 pivot_root:error=EBUSY:when=1 \
	umount2:error=EBUSY:when=1 setns:error=EPERM:when=1 setns:error=EPERM:when=2 setresuid:error=EAGAIN:when=1 \
	setsid:error=EPERM:when=2 sethostname:error=EPERM:when=1 seccomp:error=ENOMEM:when=1 capset:error=EPERM:when=1 \
	prctl:error=EINVAL:when=10 execveat:error=ENOMEM:when=1 clone:error=EAGAIN:when=1 clone:error=EAGAIN:when=2 \
	clone:error=EAGAIN:when=3 write:error=EIO:when=5 flock:error=ENOLCK:when=1 openat2:error=EACCES:when=2 \
	execveat:signal=KILL:when=1 pivot_root:signal=KILL:when=1 sethostname:signal=KILL:when=1 capset:signal=SEGV:when=1; do
	echo "$fault" >/root/fault
	before=$SECONDS
	out=$(timeout 90 su alice -c 'echo landed; cat /proc/1/comm' </dev/null 2>/dev/null)
	if [ "$out" = $'landed\nvctx_init' ]; then
		# this step is not reached, or its failure is one that does not matter
		ok 0 "$fault: did no harm"
		/usr/libexec/vctx/vctx_stop lab
		continue
	fi
	is "$out" "" "$fault: nothing ran"
	[ $((SECONDS - before)) -lt 40 ]
	ok $? "$fault: in time"
	eventually test ! -e /run/vctx/state/lab/state || /usr/libexec/vctx/vctx_stop lab
	is "$(find "$VIEW_CGROUP/vctx" -mindepth 1 -type d)$(find /run/vctx/xid /run/vctx/slot -mindepth 1)$(strays 1001)" "" \
		"$fault: nothing is left ($(last_failure alice))"
done
mv /usr/libexec/vctx/vctx_start.real /usr/libexec/vctx/vctx_start
is "$(su alice -c 'cat /proc/1/comm' </dev/null)" vctx_init "without faults she lands"
done_testing
