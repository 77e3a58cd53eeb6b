# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What system tests share: TAP, people, vservers, a real sshd. Sourced inside a view (tests/system/run).
set -u

SSH_PORT=2222
HOST_LOG=/var/log/host.log
export SSH_PORT HOST_LOG
T_N=0
T_FAILED=0

# ---- TAP ----

ok() { # ok STATUS NAME
	T_N=$((T_N + 1))
	if [ "$1" = 0 ]; then
		echo "ok $T_N - $2"
	else
		T_FAILED=$((T_FAILED + 1))
		echo "not ok $T_N - $2"
	fi
	[ "$1" = 0 ]
}

is() { # is GOT WANTED NAME
	[ "$1" = "$2" ]
	ok $? "$3" || printf '#      got: %s\n#   wanted: %s\n' "${1//$'\n'/$'\n#           '}" "$2"
}

like() { # like GOT REGEX NAME
	[[ $1 =~ $2 ]]
	ok $? "$3" || printf '#      got: %s\n#   wanted: /%s/\n' "${1//$'\n'/$'\n#           '}" "$2"
}

unlike() { # unlike GOT REGEX NAME
	! [[ $1 =~ $2 ]]
	ok $? "$3" || printf '#      got: %s\n# unwanted: /%s/\n' "${1//$'\n'/$'\n#           '}" "$2"
}

succeeds() { # succeeds NAME COMMAND...
	local name=$1 out status
	shift
	out=$("$@" 2>&1)
	status=$?
	ok $status "$name" || printf '# status %s: %s\n' "$status" "${out//$'\n'/$'\n# '}"
}

fails() { # fails NAME COMMAND...
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		ok 1 "$name"
		printf '# succeeded: %s\n' "${out//$'\n'/$'\n# '}"
	else
		ok 0 "$name"
	fi
}

skip() { # skip REASON: the whole test
	echo "1..0 # SKIP $1"
	exit 0
}

skip_one() { # skip_one NAME REASON
	T_N=$((T_N + 1))
	echo "ok $T_N - $1 # SKIP $2"
}

done_testing() {
	echo "1..$T_N"
	[ "$T_FAILED" = 0 ]
	exit
}

# Waits up to 10 s until the command succeeds.
eventually() {
	for _ in $(seq 200); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

# ---- people ----

mkperson() { # mkperson NAME UID [GID]: an account of the host, with a key and the password "secret"
	local gid=${3:-$2}
	grep -q "^[^:]*:[^:]*:$gid:" /etc/group || echo "$1:x:$gid:" >>/etc/group
	echo "$1:x:$2:$gid:$1 of the host:/home/$1:/bin/bash" >>/etc/passwd
	# "secret"
	echo "$1:\$6\$vctx\$$SECRET:19000:0:99999:7:::" >>/etc/shadow
	mkdir -p "/home/$1" /etc/ssh/keys
	chown "$2:$gid" "/home/$1"
	[ -e /etc/ssh/test_user ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/test_user
	cp /etc/ssh/test_user.pub "/etc/ssh/keys/$1"
}
SECRET=$(perl -e 'print ((split /\$/, crypt("secret", "\$6\$vctx\$"))[3])')

mkgroup() { # mkgroup NAME GID [MEMBER,...]
	echo "$1:x:$2:${3:-}" >>/etc/group
}

map() { # map LINE...: appends to vctx.conf
	mkdir -p /etc/security
	printf '%s\n' "$@" >>/etc/security/vctx.conf
}

# ---- vservers ----

mkroot() { # mkroot DIR: a guest root; programs are shared, what is written to is its own
	mkdir -p "$1"
	cp -al /var/lib/vservers/base/usr "$1/"
	(cd /var/lib/vservers/base && find . -mindepth 1 -maxdepth 1 ! -name usr ! -name lost+found \
		-exec cp -a {} "$1/" \;)
}

mkvserver() { # mkvserver NAME [KEY=VALUE...]: root and file; IPROOT=any unless told otherwise
	local name=$1 kv
	shift
	[ -d "/var/lib/vservers/$name" ] || mkroot "/var/lib/vservers/$name"
	mkdir -p /etc/vservers
	case " $* " in *" IPROOT="* | *" IPROOT6="*) ;; *) echo IPROOT=any ;; esac >"/etc/vservers/$name.conf"
	for kv in "$@"; do printf '%s="%s"\n' "${kv%%=*}" "${kv#*=}"; done >>"/etc/vservers/$name.conf"
}

mkinside() { # mkinside VSERVER PERSON: the person in the guest's passwd as on the host, with a home
	local root=/var/lib/vservers/$1 uid gid
	uid=$(id -u "$2") gid=$(id -g "$2")
	grep "^$2:" /etc/passwd | sed "s/ of the host/ of $1/" >>"$root/etc/passwd"
	grep "^[^:]*:[^:]*:$gid:" /etc/group | sed 's/:[^:]*$/:/' >>"$root/etc/group"
	grep "^$2:" /etc/shadow >>"$root/etc/shadow"
	mkdir -p "$root/home/$2"
	echo "inside $1" >"$root/home/$2/where"
	chown -R "$uid:$gid" "$root/home/$2"
}

context_of() { # context_of VSERVER: its number, or nothing
	sed -n 's/^context=//p' "/run/vctx/state/$1/state" 2>/dev/null
}

keeper_of() { # keeper_of VSERVER: host pid of its pid 1
	sed -n 's/^keeper=//p' "/run/vctx/state/$1/state" 2>/dev/null
}

cgroup_of() { # cgroup_of VSERVER
	sed -n 's/^cgroup=//p' "/run/vctx/state/$1/state" 2>/dev/null
}

# ---- the host's services ----

host_log() {
	[ -S /dev/log ] && return
	: >"$HOST_LOG"
	busybox syslogd -n -O "$HOST_LOG" -S &
	eventually test -S /dev/log
}

# sshd with a configuration of the test's own; arguments are more lines of it.
view_sshd() {
	host_log
	[ -e /etc/ssh/test_host ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/test_host
	mkdir -p /run/sshd
	{
		printf '%s\n' "$@"
		cat <<-END
			Port $SSH_PORT
			ListenAddress 127.0.0.1
			HostKey /etc/ssh/test_host
			UsePAM yes
			PasswordAuthentication yes
			KbdInteractiveAuthentication yes
			PermitRootLogin yes
			AuthorizedKeysFile /etc/ssh/keys/%u
			Subsystem sftp ${SFTP_SERVER:-/usr/lib/openssh/sftp-server}
			MaxStartups 1000
			X11Forwarding yes
			AllowAgentForwarding yes
			PidFile none
			LogLevel VERBOSE
		END
		[ "$(sshd_version)" -lt 98 ] || echo "PerSourcePenalties no"
	} >/etc/ssh/test_sshd
	rm -f /etc/ssh/ssh_config.d/*
	/usr/sbin/sshd -f /etc/ssh/test_sshd -D &
	SSHD_PID=$!
	export SSHD_PID
	eventually bash -c "exec 3<>/dev/tcp/127.0.0.1/$SSH_PORT"
}

sshd_version() { # 92 for 9.2, 100 for 10.0
	ssh -V 2>&1 | sed 's/OpenSSH_\([0-9]*\)\.\([0-9]*\).*/\1\2/'
}

SSH_OPTS=(-F none -p "$SSH_PORT" -i /etc/ssh/test_user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
	-o LogLevel=ERROR -o BatchMode=yes -o ConnectTimeout=10)

ssh_as() { # ssh_as USER COMMAND...: a key login; more options in $SSH_MORE
	local user=$1
	shift
	# shellcheck disable=SC2086
	timeout 60 ssh "${SSH_OPTS[@]}" ${SSH_MORE:-} "$user@127.0.0.1" "$@"
}

ssh_password() { # ssh_password USER METHOD COMMAND...
	local user=$1 method=$2
	shift 2
	timeout 60 sshpass -p secret ssh -F none -p "$SSH_PORT" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR -o PubkeyAuthentication=no -o "PreferredAuthentications=$method" "$user@127.0.0.1" "$@"
}

enable_pam() { # enable_pam [SERVICE...]
	vctx-setup enable "$@" >/dev/null
}

# A mapped person with a vserver of the same lab: the start of most tests.
standard() { # standard PERSON UID VSERVER [KEY=VALUE...]
	local person=$1 uid=$2 vserver=$3
	shift 3
	mkperson "$person" "$uid"
	mkvserver "$vserver" "$@"
	mkinside "$vserver" "$person"
	map "$person vserver=$vserver"
}

# The processes of a uid that are in no context: who was left on the host.
strays() { # strays UID
	local p
	for p in /proc/[0-9]*; do
		[ "$(stat -c %u "$p" 2>/dev/null)" = "$1" ] || continue
		grep -q /vctx/ "$p/cgroup" 2>/dev/null || tr '\0' ' ' <"$p/cmdline"
	done
}

# Where a failure was logged for someone: the reason of the last one.
last_failure() { # last_failure USER
	grep -P "\t$1\t" /var/lib/vctx/failures 2>/dev/null | tail -n 1 | cut -f 5
}

# Runs a command on a terminal of this side; what script(1) itself echoes is taken out.
on_pty() { # on_pty COMMAND
	script -qec "$1" /dev/null </dev/null | tr -d '\r\000' | sed 's/\^[@D]//g; s/\x08//g'
}
