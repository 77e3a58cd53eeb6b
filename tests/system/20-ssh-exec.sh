#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A key login with a command lands inside, with the command's status, its streams and the person's groups.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkperson bob 1002
mkgroup staff-inside 5000
printf 'devs:x:7000:alice\n' >>/var/lib/vservers/lab/etc/group
enable_pam
view_sshd

is "$(ssh_as bob 'cat /proc/1/comm')" "$(cat /proc/1/comm)" "an unmapped person is on the host"
is "$(ssh_as alice 'cat /proc/1/comm; cat where; hostname')" $'vctx_init\ninside lab\nlab' "a mapped one is inside"
is "$(ssh_as alice 'id -u; id -g; id -un')" $'1001\n1001\nalice' "with uid, gid and name"
is "$(ssh_as alice id -Gn)" "alice devs" "with the groups of the guest's /etc/group"
ssh_as alice 'exit 37'
is $? 37 "the exit status comes back"
ssh_as alice 'kill -TERM $$' 2>/dev/null
is $? 255 "death by a signal is reported as sshd does"
is "$(echo data | ssh_as alice 'cat | tr a-z A-Z')" DATA "stdin and stdout are pipes"
is "$(ssh_as alice 'echo out; echo err >&2; echo again >/dev/stderr' 2>&1 >/dev/null)" $'err\nagain' "stderr is apart and can be reopened"
is "$(ssh_as alice 'head -c 5000000 /dev/zero' | wc -c)" 5000000 "five megabytes come through whole"
is "$(ssh_as alice 'echo $HOME $USER $SHELL; pwd')" $'/home/alice alice /bin/bash\n/home/alice' "the environment is the person's"
like "$(ssh_as alice 'env')" "SSH_CONNECTION=127.0.0.1" "sshd's variables are there"
is "$(ssh_as alice 'cat /proc/self/loginuid')" 4294967295 "no login uid of the host is shown"
is "$(ssh_as alice 'ls /var/lib/vservers /etc/security/vctx.conf' 2>/dev/null)" "" "the host's files are not there"
is "$(strays 1001)" "" "nobody is left on the host"
like "$(cat $HOST_LOG)" "alice lands in lab" "the host's log says who went where"
done_testing
