#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# As the person and as root inside: the host's files, processes, knobs, names, IPC and devices are out of reach.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
mkinside lab root 2>/dev/null
cp /etc/ssh/test_user.pub /etc/ssh/keys/root
standard mallory 1002 other
enable_pam
view_sshd
touch /etc/vctx-host-marker
sleep 7777 &
victim=$!
ipcmk -M 4096 -p 0666 >/dev/null
key=$(ipcs -m | awk '$1 ~ /^0x/ { print $1 }' | tail -n 1)
# as a root that was copied from another machine may hold
mknod -m 666 /var/lib/vservers/lab/home/alice/zero c 1 5
ssh_as mallory 'sleep 8888' &
eventually pgrep -f '^sleep 8888'
neighbour=$(pgrep -f '^sleep 8888')

# root inside is what user namespaces make of it: enter as the person, and once more as uid 0 by a mapping of root
map 'root vserver=lab'
for who in alice root; do
	try() { ssh_as $who "$@" 2>&1; }
	refused() { # refused NAME COMMAND...: it ran, inside, and failed
		local name=$1 out
		shift
		out=$(try "cat /proc/1/comm; $*")
		if [ $? != 0 ] && [[ $out == vctx_init* ]] && ! [[ $out =~ WORKED|not\ found|no\ such\ attack ]]; then
			ok 0 "$who: $name"
		else
			ok 1 "$who: $name"
			echo "# $out"
		fi
	}
	refused "a file of the host" cat /etc/vctx-host-marker
	refused "another vserver's root" ls /var/lib/vservers/other/etc
	refused "the host's processes by pid" attack kill $victim
	refused "a neighbour's processes" attack kill $neighbour
	refused "tracing a process of the host" attack trace $victim
	is "$(try 'ps ax -o args=' | grep -c '7777\|8888')" 0 "$who: neither is seen"
	try 'kill -9 -1' >/dev/null
	kill -0 $victim && kill -0 $neighbour
	ok $? "$who: kill(-1) spares the host and the neighbour"
	for knob in kernel/core_pattern kernel/hostname kernel/modprobe vm/overcommit_memory kernel/sysrq net/ipv4/ip_forward \
		kernel/ns_last_pid fs/binfmt_misc/register kernel/shmmax user/max_user_namespaces; do
		refused "/proc/sys/$knob" attack write /proc/sys/$knob 1
	done
	refused "sysrq" attack write /proc/sysrq-trigger h
	refused "/proc/kcore" 'test -s /proc/kcore && head -c 1 /proc/kcore | grep -q .'
	refused "/proc/kmsg and syslog(2)" dmesg
	refused "the host's shared memory" attack shm $key
	refused "sethostname of the host" 'hostname evil && attack write /proc/sys/kernel/hostname evil'
	refused "a block device" attack mknod
	refused "a device that lies in the root" 'head -c 1 /home/alice/zero'
	refused "open_by_handle_at" attack handle
	refused "mount" attack mount
	refused "pid 1's executable" attack exe 1
	refused "its own monitor's executable" attack exe \$PPID
	refused "climbing out by chroot" attack chroot /etc/vctx-host-marker
	refused "climbing out by rename" attack rename-out /etc/vctx-host-marker
	refused "keyrings" attack keyring
	refused "a user namespace: unshare" attack unshare-user
	refused "a user namespace: clone" attack clone-user
	refused "a user namespace: clone3" attack clone3-user
	refused "a mount namespace" attack unshare-mount
	refused "raising max_user_namespaces" attack raise-ns
	refused "a 32-bit call" attack int80
	refused "io_uring" attack io-uring
	refused "a capability outside the ceiling" attack regain b00405fb
	refused "by a set-uid program" 'cp /usr/local/bin/attack /tmp/a 2>/dev/null; chmod 4755 /tmp/a; /tmp/a regain b00405fb'
	refused "by file capabilities" 'cp /usr/local/bin/attack ~/a; /sbin/setcap all=ep ~/a && ~/a regain b00405fb'
	for nr in 321 298 323 246 320 175 438 272:x; do
		[ $nr = 272:x ] || refused "system call $nr" attack syscall $nr
	done
	refused "TIOCSTI" attack tiocsti
	refused "TIOCSTI with high bits" attack tiocsti 100005412
	refused "TIOCLINUX" attack tiocsti 541c
	is "$(try 'cat /proc/{interrupts,keys,key-users,timer_list,slabinfo,sched_debug,kpagecount} 2>/dev/null' | wc -c)" 0 \
		"$who: what /proc tells of the host is empty"
	is "$(try 'ls /sys /proc/scsi /proc/acpi 2>/dev/null | grep -v :' | tr -d '\n')" "" "$who: /sys and the like are empty"
	is "$(try 'ls /dev | sort | tr "\n" " "')" "console fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero " \
		"$who: /dev holds what it should"
done
is "$(hostname)" "$(cat /proc/sys/kernel/hostname)" "the host is called as before"
is "$(stat -c %a:%u /var/lib/vservers)" 700:0 "what root inside makes set-uid cannot be reached by people of the host"
kill $victim
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
