#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A person's crontab runs inside, and its output can be reopened.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson bob 1002
enable_pam
host_log
mkdir -p /var/spool/cron/crontabs
printf '* * * * * cat /proc/1/comm >/home/alice/by-cron; echo x >/dev/stderr && echo reopened >>/home/alice/by-cron\n' >/var/spool/cron/crontabs/alice
printf '* * * * * cat /proc/1/comm >/home/bob/by-cron; echo x >/dev/stderr && echo reopened >>/home/bob/by-cron\n' >/var/spool/cron/crontabs/bob
chmod 600 /var/spool/cron/crontabs/*
chown alice:crontab /var/spool/cron/crontabs/alice
chown bob:crontab /var/spool/cron/crontabs/bob
cron -f &
for _ in $(seq 140); do
	[ -s /home/bob/by-cron ] && [ -s /var/lib/vservers/lab/home/alice/by-cron ] && break
	sleep 0.5
done
sleep 0.5
inside=$(cat /var/lib/vservers/lab/home/alice/by-cron)
is "$(head -n 1 <<<"$inside")" vctx_init "alice's job ran inside"
is "$(tail -n +2 <<<"$inside")" "$(tail -n +2 /home/bob/by-cron)" "its stderr can be reopened just as on the host"
ok "$([ ! -e /home/alice/by-cron ]; echo $?)" "and wrote nothing on the host"
is "$(head -n 1 /home/bob/by-cron)" "$(cat /proc/1/comm)" "bob's job ran on the host"
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
