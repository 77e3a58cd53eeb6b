#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What code that runs inside another process never does, and notes that never get done.
set -u
src=${srcdir:-.}
# shellcheck source=tests/lint/tap.sh
. "$src/tests/lint/tap.sh"
cd "$src" || exit 99

# The documented ends of a process, and how many of each: children of a fork, the join's
# half-way rule, and sshd's monitor behind a session that could not be opened.
allowed_exits='lib/bpflevel.c 2
lib/join.c 1
lib/start.c 6
lib/sys_idmap.c 1
lib/sys_spawn.c 3
pam_vctx/pam_vctx.c 2'

# libbpf gives its print callback no argument; never in another program's process.
allowed_static='^lib/sys_bpfload.c:.*static _Thread_local char complaint'

# Sources without comments and strings.
code()
{
	sed -e 's/"\(\\.\|[^"\\]\)*"/""/g' -e 's|//.*||' "$1" |
		awk '{
			out = ""
			while ($0 != "") {
				if (inside) {
					at = index($0, "*/")
					if (!at) { $0 = ""; break }
					$0 = substr($0, at + 2); inside = 0
				} else {
					at = index($0, "/*")
					if (!at) { out = out $0; break }
					out = out substr($0, 1, at - 1)
					$0 = substr($0, at + 2); inside = 1
				}
			}
			print FNR ": " out
		}'
}

# A word as a call, not as the end of a longer name.
calls()
{
	for f in lib/*.[ch] pam_vctx/*.[ch] nss/*.[ch]; do
		[ -e "$f" ] || continue
		code "$f" | grep -E "(^|[^A-Za-z0-9_])($1)[[:space:]]*\(" | sed "s|^|$f:|"
	done
}

exits()
{
	for f in lib/*.c pam_vctx/*.c nss/*.c; do
		[ -e "$f" ] || continue
		n=$(code "$f" | grep -cE '(^|[^A-Za-z0-9_])_exit[[:space:]]*\(')
		may=$(echo "$allowed_exits" | sed -n "s|^$f ||p")
		[ "$n" -le "${may:-0}" ] || echo "$f: $n times _exit(), ${may:-0} are documented"
	done
}

mutable_statics()
{
	for f in lib/*.c pam_vctx/*.c nss/*.c; do
		[ -e "$f" ] || continue
		code "$f" | grep -E '(^|[^A-Za-z0-9_])static [^()]*(=|;)' |
			grep -vE '(^|[^A-Za-z0-9_])const([^A-Za-z0-9_]|$)' | sed "s|^|$f:|" |
			grep -v "$allowed_static"
	done
}

notes()
{
	grep -rnE '(^|[^A-Za-z0-9_])(TODO|FIXME|XXX)([^A-Za-z0-9_]|$)' \
		lib pam_vctx nss tools tests etc man bench kernel scripts \
		--include='*.[ch]' --include='*.sh' --include='*.am' --include='*.[1-8]' 2>/dev/null |
		grep -v '^tests/lint/forbidden.sh:'
}

report "no assert() inside other programs" "$(calls 'assert|abort')"
report "no exit() inside other programs" "$(calls 'exit|_Exit|quick_exit')"
report "no printing inside other programs" "$(calls 'printf|vprintf|puts|putchar|perror|warnx?|errx?|dprintf|psignal')"
report "_exit() where it is documented alone" "$(exits)"
report "no mutable statics inside other programs" "$(mutable_statics)"
report "no strcpy, strcat, sprintf, gets, strtok, atoi inside other programs" \
	"$(calls 'strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|alloca|gethostbyname')"
report "no notes of things left to do" "$(notes)"
finish
