#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host's terminal that su lends: it cannot be typed into, nor opened again by root inside, nor signalled through.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
host_log
echo 'root vserver=lab' >>/etc/security/vctx.conf
if command -v vctx-pam-drive >/dev/null; then
	# login gives its terminal to root inside: in this session alone
	mkdir /root/stacks && echo 'session required pam_vctx.so' >/root/stacks/login
	script -qefc "vctx-pam-drive --confdir /root/stacks login alice open hold" /root/typed </dev/null >/dev/null &
	holder=$!
	eventually grep -q holds /root/typed
	like "$(su root -c 'exec 5<>/dev/console && echo OPENED' </dev/null 2>&1)" "Permission denied" \
		"a terminal that login has given away is root's inside, but not in another session"
	wait $holder
fi
like "$(on_pty 'su alice -c "attack tiocsti; attack tiocsti 541c"')" "TIOCSTI: Operation not permitted.*TIOCSTI: Operation not permitted" "TIOCSTI and TIOCLINUX"
cat >/root/kill0.sh <<-'END'
	sleep 55.5 &
	runuser -u alice -- attack kill 0 15 >/dev/null 2>&1
	sleep 0.2
	kill -0 $! && echo alive
	kill $!
END
like "$(setsid bash /root/kill0.sh 2>&1)" alive "kill(0) from inside spares the host's process group"
like "$(on_pty 'su alice -c "tty; exec 5<>/dev/console && echo OPENED"')" "/dev/console" "the person sees the terminal"
like "$(su root -c 'cat /dev/console' </dev/null 2>&1)" "Permission denied" "another session, root inside, does not"
is "$(stat -c %a /dev/pts/ptmx)" 666 "the host's /dev/pts is as it was"
done_testing
