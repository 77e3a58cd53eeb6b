# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests of the loader share: vctx-bpf-drive calls it, vctx-bpf-other is another build's. After lib.sh.

P=$VIEW_CGROUP/vctx
PINS=/sys/fs/bpf/vctx
mkdir -p "$P"/{10,11,12}
for i in 7 8 9 11 12; do ip addr add "10.9.0.$i/32" dev lo; done # not of 127/8, which is a context's own

drive() {
	vctx-bpf-drive "$@" 2>&1
}

other() { # as another build of ours would
	vctx-bpf-other "$@" 2>&1
}

within() { # within NUMBER COMMAND...: in the cgroup of that context
	local n=$1
	shift
	bash -c 'echo 0 >"$0/cgroup.procs"; exec "$@"' "$P/$n" "$@" 2>&1
}

binds() { # binds NUMBER ADDRESS: the error, or nothing
	within "$1" perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0) or print("socket: $!"), exit;
		bind(S, sockaddr_in(0, inet_aton($ARGV[0]))) or print "$!"' "$2"
}

fresh() { # nothing of ours in the kernel any more
	rm -rf "$PINS" /run/vctx/bpf
}
