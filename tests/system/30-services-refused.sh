#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Doors that do not land inside refuse a mapped person; none passes one on to the host.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson bob 1002
enable_pam
host_log
mkdir -p /etc/sudoers.d
printf 'bob ALL=(ALL) NOPASSWD: ALL\nalice ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/test
chmod 440 /etc/sudoers.d/test
out=$(su bob -c 'sudo -n -u alice id' 2>&1)
like "$out" "vctx|PAM|denied|session" "sudo -u alice: says why"
unlike "$out" "uid=1001" "sudo -u alice: does not run on the host"
unlike "$(su bob -c 'sudo -n -i -u alice id' 2>&1)" "uid=1001" "sudo -i -u alice: nor as a login"
unlike "$(sudo -n -u alice id 2>&1)" "uid=1001" "not even by root"
like "$(su bob -c 'sudo -n id -u' 2>&1)" "^0" "sudo for unmapped people works"
like "$(cat $HOST_LOG)" "alice refused: service 'sudo" "the host's log names the service"

# dropbear never opens a session: its account phase has to refuse
dropbearkey -t ed25519 -f /root/dropbear_key >/dev/null 2>&1
mkdir -p /home/alice/.ssh /home/bob/.ssh
for p in alice bob; do
	cp /etc/ssh/test_user.pub /home/$p/.ssh/authorized_keys
	chown -R $p /home/$p/.ssh
	chmod 700 /home/$p/.ssh
done
printf 'account required pam_vctx.so\nauth required pam_unix.so\naccount required pam_unix.so\nsession required pam_unix.so\n' >/etc/pam.d/dropbear
dropbear -F -E -r /root/dropbear_key -p 127.0.0.1:2223 -P /root/dropbear.pid 2>/root/dropbear.log &
sleep 0.5
if strings "$(command -v dropbear)" 2>/dev/null | grep -q pam_start || ldd "$(command -v dropbear)" | grep -q libpam; then
	unlike "$(SSH_PORT=2223 timeout 20 ssh "${SSH_OPTS[@]/2222/2223}" alice@127.0.0.1 id 2>&1)" "uid=1001" "dropbear refuses alice"
else
	skip_one "dropbear refuses alice" "this dropbear is built without PAM: check reports the door"
fi

# a threaded program that opens a session is refused before anything happened
if command -v vctx-pam-drive >/dev/null; then
	like "$(vctx-pam-drive --threads sshd alice open 2>&1; echo "status $?")" "error: vctx: .*status 254" "a threaded caller"
	like "$(last_failure alice)" "has [0-9]+ threads" "with the reason"
fi
# AUTH_ONLY: may ask for a password, may not open a session
printf 'AUTH_ONLY="dovecot"\n' >/etc/vservers.conf
printf 'auth required pam_unix.so\naccount required pam_vctx.so\naccount required pam_unix.so\nsession required pam_vctx.so\n' >/etc/pam.d/dovecot
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
