#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Includes point downward only, and the model makes no system calls.
set -u
src=${srcdir:-.}
# shellcheck source=tests/lint/tap.sh
. "$src/tests/lint/tap.sh"
cd "$src" || exit 99

# The floor of a header or a source, by its stem; 0: none is known.
floor()
{
	case $1 in
	err | str | fd | vctx_abi) echo 1 ;; # vctx_abi: kernel/, numbers alone
	ctx | ip | ip_print | ceiling | conf | map | plan | policy | resolv | ula) echo 2 ;;
	config | store | rootdir | resolve | hostlog | addrs | pool | bpfrec | bpfobj | bpflevel | sys_*) echo 3 ;;
	net | start | stop | join | login | place | bind) echo 4 ;;
	*) echo 0 ;;
	esac
}

# Headers that a source includes in quotes: "FILE STEM".
includes()
{
	sed -n 's/^[[:space:]]*#[[:space:]]*include "\(.*\)\.h".*/\1/p' "$1"
}

unknown_files()
{
	for f in lib/*.[ch]; do
		stem=${f##*/}
		[ "$(floor "${stem%.?}")" != 0 ] || echo "$f has no floor"
	done
}

upward()
{
	for f in lib/*.[ch]; do
		stem=${f##*/}
		stem=${stem%.?}
		own=$(floor "$stem")
		includes "$f" | while read -r h; do
			case $stem:$h in sys_seccomp:seccomp_filters) continue ;; esac
			to=$(floor "$h")
			if [ "$to" = 0 ]; then
				echo "$f includes $h.h, which is not of lib/"
			elif [ "$to" -gt "$own" ]; then
				echo "$f (floor $own) includes $h.h (floor $to)"
			fi
		done
	done
}

kernel_among_themselves()
{
	for f in lib/sys_*.[ch]; do
		stem=${f##*/}
		includes "$f" | grep '^sys_' | grep -vx "${stem%.?}" |
			sed "s|^|$f includes |"
	done
}

# A front end includes lib/ and the headers of its own folder; those of tools/ are helpers
# (a header whose source has no main), never another program.
front_ends()
{
	for f in pam_vctx/*.[ch] nss/*.[ch] tools/*.[ch]; do
		[ -e "$f" ] || continue
		includes "$f" | while read -r h; do
			if [ -e "lib/$h.h" ] || [ "$h" = vctx_abi ]; then
				continue
			elif ! [ -e "${f%/*}/$h.h" ]; then
				echo "$f includes $h.h, of neither lib/ nor its folder"
			elif [ -e "${f%/*}/$h.c" ] && grep -q '^int main(' "${f%/*}/$h.c"; then
				echo "$f includes $h.h, of another program"
			fi
		done
	done
}

# What nm may not find undefined in the model's objects: doors to files, network, name
# service and processes. vsnprintf, malloc and open_memstream are none.
forbidden='open|openat|openat2|creat|read|pread|write|pwrite|stat|fstat|lstat|fstatat|access|
faccessat|readlink|readlinkat|opendir|fopen|fopen64|open64|openat64|freopen|popen|system|socket|
connect|bind|send|sendto|sendmsg|recv|recvmsg|ioctl|fcntl|fcntl64|mount|umount2|setns|unshare|
clone|fork|vfork|exec[vl].*|posix_spawn|syscall|prctl|kill|getpw.*|getgr.*|getgrouplist|
initgroups|getaddrinfo|gethostby.*|getenv|secure_getenv|setenv|time|clock_gettime|getrandom|
get[ug]id|gete[ug]id|setres[ug]id|setgroups|getpid|mmap|mmap64|dlopen|syslog|openlog|exit|_exit|
abort|printf|puts|putchar|perror'
forbidden=$(printf '%s' "$forbidden" | tr -d '\n')

model_objects()
{
	for m in core_la-str core_la-ctx core_la-ip core_la-ip_print core_la-ceiling \
		core_la-conf core_la-map core_la-plan core_la-policy sys_la-resolv sys_la-ula; do
		o=$build/lib/.libs/libvctx_$m.o
		if ! [ -e "$o" ]; then
			echo "$o is not there"
			continue
		fi
		nm -u "$o" | sed 's/^ *U //; s/@.*//; s/^__\(.*\)_chk$/\1/; s/^__isoc[0-9]*_//' |
			grep -Ex "$forbidden" | sed "s|^|lib/${m#*-}.c calls |"
	done
}

build=$OLDPWD
report "every file of lib/ has a floor" "$(unknown_files)"
report "includes of lib/ point downward" "$(upward)"
report "sys_* never include one another" "$(kernel_among_themselves)"
report "front ends include lib/ and their own helpers" "$(front_ends)"
report "the model makes no system calls" "$(model_objects)"
finish
