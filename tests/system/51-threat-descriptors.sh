#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a caller passes on does not lead out: descriptors of directories, files, namespaces, devices; keys.
. "$(dirname "$0")/lib.sh"
standard alice 1001 lab
enable_pam
host_log
echo secret >/root/secret
echo readable >/srv/readable
# shellcheck disable=SC2016
cat_through='cat <&9 2>/dev/null; attack fd 9 etc/shadow; attack fd 9 .'
for target in / /root /root/secret /srv/readable /proc /dev/loop-control /proc/self/ns/mnt /proc/self/ns/user /proc/kmsg; do
	[ -e $target ] || continue
	for how in "su alice -c" "runuser -u alice -- sh -c" "su -l alice -c"; do
		exec 9<$target
		out=$($how "$cat_through" </dev/null 2>&1)
		exec 9<&-
		[[ ! $out =~ WORKED|secret|readable ]]
		ok $? "$how 9<$target" || echo "# $out"
	done
done
exec 9<>/srv/readable
su alice -c 'echo overwritten >&9' </dev/null 2>/dev/null
exec 9<&-
is "$(cat /srv/readable)" readable "nor can a file be written"
exec 7</
out=$(su alice -c 'ls -l /proc/self/fd/7' </dev/null 2>&1)
exec 7<&-
like "$out" "/dev/null" "the number is /dev/null now"
out=$(su alice -c 'id' </ 2>&1)
unlike "$out" "uid=" "a directory as stdin refuses the session"
like "$(last_failure alice)" "descriptor 0 is a directory" "with the reason"
unlike "$(su alice -c id 2>&1 </proc/self/ns/mnt)" "uid=" "a namespace as stdin too"
[ ! -e /dev/kmsg ] || unlike "$(su alice -c id 2>&1 </dev/kmsg)" "uid=" "and a device"
# descriptors of other kinds, by a caller that is careless
cat >/root/careless.pl <<-'END'
	use Socket; use Fcntl; use POSIX ();
	$^F = 255;
	my $kind = shift; my $fd;
	if ($kind eq "packet") { socket(S, 17, 3, 0x0300) or die; $fd = fileno S }
	if ($kind eq "master") { sysopen(S, "/dev/ptmx", O_RDWR) or die; $fd = fileno S }
	if ($kind eq "inotify") { $fd = syscall(253); die if $fd < 0 }
	if ($kind eq "pidfd") { $fd = syscall(434, 1, 0); die if $fd < 0 }
	if ($kind eq "unix") { socket(S, 1, 1, 0) or die; $fd = fileno S }
	fcntl($_, F_SETFD, 0) for grep { $_ } (defined fileno(S) ? \*S : ());
	syscall(72, $fd, 2, 0);
	exec "su", "alice", "-c", "readlink /proc/self/fd/$fd";
END
for kind in packet master inotify pidfd; do
	like "$(perl /root/careless.pl $kind </dev/null 2>&1)" "/dev/null" "a $kind descriptor does not go inside"
done
like "$(perl /root/careless.pl unix </dev/null 2>&1)" "socket:" "a UNIX socket does: sshd lives on them"
mkfifo /root/named
exec 8<>/root/named
su alice -c true <&8
exec 8<&-
is "$(stat -c %u:%g /root/named)" 0:0 "a named FIFO keeps its owner"
is "$(echo piped | su alice -c 'cat; echo err >&2' 2>/root/err)" piped "pipes stay"
is "$(cat /root/err)" err "a named file as stderr stays, as SECURITY.md says"
is "$(echo piped | su alice -c 'cat /dev/stdin; echo again >/dev/stdout' | cat)" $'piped\nagain' "and can be opened again"
# a session keyring stays with a process whatever it becomes
host_attack=/var/lib/vservers/base/usr/local/bin/attack
like "$($host_attack with-key vctx-host $host_attack session-key vctx-host)" WORKED "a key in the session keyring (on the host)"
for how in "su alice -c" "runuser -u alice -- sh -c" "su -l alice -c"; do
	like "$($host_attack with-key vctx-host $how 'attack session-key vctx-host' </dev/null 2>&1)" "finding a key: " "$how: no key comes along"
done
is "$(strays 1001)" "" "nobody is left on the host"
done_testing
