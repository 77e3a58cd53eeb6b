#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What has to stay small: the static keeper, and functions that run inside sshd.
set -u
src=${srcdir:-.}
# shellcheck source=tests/lint/tap.sh
. "$src/tests/lint/tap.sh"
cd "$src" || exit 99

keeper()
{
	n=$(wc -l <tools/vctx_init.c)
	[ "$n" -lt 500 ] || echo "tools/vctx_init.c has $n lines"
}

# A function's body stands between a '{' and a '}' in the first column.
long_functions()
{
	awk -v max=60 '
		FNR == 1 { inside = 0 }
		/^[a-zA-Z_].*\(/ { name = $0 }
		/^{/ { inside = 1; n = 0 }
		inside { n++ }
		/^}/ {
			if (inside && n > max)
				printf "%s:%d: %d lines: %s\n", FILENAME, FNR, n, name
			inside = 0
		}' "$@"
}

wide_lines()
{
	for f in lib/*.[ch] pam_vctx/*.[ch] tools/*.[ch]; do
		expand -t8 "$f" | awk -v f="$f" 'length($0) > 90 { print f ":" NR ": " length($0) " columns" }'
	done
}

report "the keeper is below 500 lines" "$(keeper)"
report "no function of pam_vctx is longer than 60 lines" "$(long_functions pam_vctx/*.c)"
report "no line is wider than 90 columns" "$(LC_ALL=C.UTF-8 wide_lines)"
finish
