#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# login on a terminal of the host: it is handed to the guest, and login inside gives it to the person.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson bob 1002
enable_pam
host_log
console() { # console USER COMMAND: types them into login on a pty
	cat >/root/login.exp <<-END
		log_user 1
		set timeout 20
		spawn login $1
		expect "assword:"
		send "secret\r"
		expect -re {[0] }
		send "$2; echo E''ND\r"
		expect "END"
		send "exit\r"
		expect eof
	END
	expect -f /root/login.exp | tr -d '\r\000'
}
out=$(console alice 'cat where /proc/1/comm; id -un; tty; tty | xargs stat -L -c owner=%U; stty size; ls -di /')
like "$out" "inside lab" "alice lands inside"
like "$out" "vctx_init" "in the guest's process tree"
like "$out" "/dev/(console|pts/)" "tty names her terminal"
like "$out" "owner=alice" "which is hers"
like "$(console bob 'cat /etc/ssh/test_sshd.none /etc/vservers/lab.conf')" "IPROOT=any" "bob is on the host"
is "$(strays 1001)" "" "nobody is left on the host"
like "$(cat $HOST_LOG)" "pam_vctx\(login\): alice lands in lab" "the host's log says so"
done_testing
