#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The analysers over all sources: gcc's and clang's, cppcheck, shellcheck, mandoc,
# clang-format. The arguments are the flags that sources are compiled with. A tool that is
# not there is skipped.
# shellcheck disable=SC2317 # functions are called through tool()
set -u
src=${srcdir:-.}
# shellcheck source=tests/lint/tap.sh
. "$src/tests/lint/tap.sh"
sources=$(ls "$src"/lib/*.c "$src"/pam_vctx/*.c "$src"/nss/*.c "$src"/tools/*.c 2>/dev/null)
all=$(find "$src" -name '.?*' -prune -o -name '*.[ch]' -print | grep -v '/build')
jobs=$(nproc 2>/dev/null || echo 1)

# each COMMAND...: runs it once for every source, several at a time.
each()
{
	echo "$sources" | xargs -P "$jobs" -n 1 "$@"
}

# tool NAME FUNCTION FLAG...: FUNCTION's output is what was found.
tool()
{
	name=$1
	shift
	if command -v "$name" >/dev/null; then
		report "$name" "$("$@" 2>&1)"
	else
		skip "$name" "it is not installed"
	fi
}

analyse_gcc()
{
	# unoptimised: inlining makes gcc 12 lose that cleanup_free variables are initialised
	each gcc "$@" -O0 -Wall -Wextra -fanalyzer -c -o /dev/null
}

# The name of the source is the last argument; behind "--" clang-tidy takes it for no flag.
analyse_clang()
{
	# shellcheck disable=SC2016 # expanded by the inner shell
	each sh -c 'for f; do :; done
		clang-tidy --quiet "$f" -- "$@" 2>/dev/null || echo "$f: ends with $?"' sh "$@"
}

analyse_cppcheck()
{
	for a; do
		shift
		case $a in -D* | -I*) set -- "$@" "$a" ;; esac
	done
	# shellcheck disable=SC2086 # file names of ours, without blanks
	cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
		-j "$jobs" "$@" $sources
}

analyse_shell()
{
	find "$src" -name '.git' -prune -o -type f -print | grep -v '/build\|/m4/' |
		while read -r f; do
			case $f in
			*/configure | */libtool | */config.status | *~ | */autom4te.cache/*) continue ;;
			*.sh) echo "$f" ;;
			*) head -c 20 "$f" | grep -aqE '^#! ?/bin/(ba|da)?sh' && echo "$f" ;;
			esac
		done | xargs shellcheck -S warning -x -P "$src"
}

analyse_man()
{
	for f in "$src"/man/*.[1-8]; do
		[ -e "$f" ] || continue
		# which year it is, and how names of other systems are written, is ours to know
		mandoc -T lint -W warning "$f"
	done
}

analyse_form()
{
	echo "$all" | xargs clang-format --dry-run -Werror
}

tool gcc analyse_gcc "$@"
tool clang-tidy analyse_clang "$@"
tool cppcheck analyse_cppcheck "$@"
tool shellcheck analyse_shell
tool mandoc analyse_man
tool clang-format analyse_form
finish
