#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A login with a terminal: a pty of the guest's own, window size, owner, tmux, job control.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
view_sshd
export TERM=xterm

pty() { # runs a command with a terminal of 97x31 on our side
	on_pty "stty cols 97 rows 31; TERM=xterm ssh ${SSH_OPTS[*]} -tt alice@127.0.0.1 '$1'"
}
like "$(pty tty)" "^/dev/pts/[0-9]" "tty names a pty"
like "$(pty 'stty size')" "31 97" "the window's size is passed on"
like "$(pty 'stat -c %U:%G:%a $(tty)')" "alice:tty:620" "it is the person's, group tty"
like "$(pty 'ls /dev/pts')" "^[0-9] *ptmx" "only the guest's ptys are seen"
like "$(pty 'test -t 0 && test -t 1 && test -t 2 && echo all')" all "all three descriptors are it"
like "$(pty 'echo $TERM $SSH_TTY')" "xterm /dev/pts/" "TERM and SSH_TTY are set"
like "$(pty 'tmux new-session -d "echo in tmux >/tmp/t; sleep 60"; sleep 1; cat /tmp/t; tmux ls')" "in tmux.*1 windows" "tmux runs"
like "$(pty 'script -qc tty /dev/null')" "/dev/pts/" "script makes another pty"
like "$(pty 'sleep 50 & jobs; kill %1; echo done')" "Running.*done" "job control works"
like "$(pty 'echo x >/dev/tty && echo wrote')" "x.*wrote" "/dev/tty is it"
like "$(pty 'mesg n && mesg; stty -a')" "speed" "mesg and stty can change it"
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
