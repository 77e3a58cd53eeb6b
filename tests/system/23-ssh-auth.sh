#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Key, password and keyboard-interactive: each lands inside; what is wrong stays out.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
view_sshd
is "$(ssh_as alice cat where)" "inside lab" "key"
is "$(ssh_password alice password cat where)" "inside lab" "password"
is "$(ssh_password alice keyboard-interactive cat where)" "inside lab" "keyboard-interactive (PAM in a process of its own)"
fails "a wrong password" timeout 30 sshpass -p wrong ssh -F none -p "$SSH_PORT" -o StrictHostKeyChecking=no \
	-o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 alice@127.0.0.1 true
usermod -e 1 alice
fails "an expired account of the host" ssh_as alice true
usermod -e '' alice
touch /etc/nologin
fails "nologin" ssh_as alice true
rm -f /etc/nologin
is "$(ssh_as alice cat where)" "inside lab" "and again"
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
