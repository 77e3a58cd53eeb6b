#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sftp by the server's own code and by a program of the guest, and scp, old and new.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
echo payload >/root/payload

transfer() { # transfer KIND
	local o="${SSH_OPTS[*]}" sftp
	sftp="${o/-p $SSH_PORT/-P $SSH_PORT}"
	# shellcheck disable=SC2086
	printf 'put /root/payload up-$1\nget where /root/where-$1\nls /\n' >/root/batch
	sed -i "s/\$1/$1/g" /root/batch
	# shellcheck disable=SC2086
	like "$(sftp -b /root/batch ${sftp/-o BatchMode=yes/} alice@127.0.0.1 2>&1)" "up-$1" "$1: a session"
	is "$(cat /var/lib/vservers/lab/home/alice/up-$1)" payload "$1: put lands inside"
	is "$(stat -c %u /var/lib/vservers/lab/home/alice/up-$1)" 1001 "$1: and is the person's on disk"
	is "$(cat /root/where-$1)" "inside lab" "$1: get comes from inside"
	# shellcheck disable=SC2086
	succeeds "$1: scp" scp $sftp /root/payload alice@127.0.0.1:by-scp-$1
	# shellcheck disable=SC2086
	succeeds "$1: scp -O (rcp protocol)" scp -O $sftp /root/payload alice@127.0.0.1:by-rcp-$1
	is "$(cat /var/lib/vservers/lab/home/alice/by-{scp,rcp}-$1)" $'payload\npayload' "$1: both landed inside"
}
view_sshd
transfer external
kill "$SSHD_PID"
wait "$SSHD_PID" 2>/dev/null
SFTP_SERVER=internal-sftp view_sshd
transfer internal
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
