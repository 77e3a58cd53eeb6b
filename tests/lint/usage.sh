#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every program that is installed explains itself, and every program, key and word has its
# place in a manual page. PROGRAMS comes from the Makefile.
set -u
src=${srcdir:-.}
# shellcheck source=tests/lint/tap.sh
. "$src/tests/lint/tap.sh"
: "${PROGRAMS:?the names of the programs}"

helps()
{
	out=$("./$1" --help 2>usage.err </dev/null)
	st=$?
	[ $st -eq 0 ] || echo "--help ends with $st"
	[ -n "$out" ] || echo "--help says nothing on stdout"
	[ ! -s usage.err ] || echo "--help writes on stderr"
}

refuses_options()
{
	out=$("./$1" --no-such-option 2>usage.err </dev/null)
	st=$?
	[ $st -eq 2 ] || echo "an unknown option ends with $st, not 2"
	[ -z "$out" ] || echo "an unknown option writes on stdout"
	grep -qi 'usage\|try ' usage.err || echo "an unknown option does not say where help is"
}

page_of()
{
	set -- "$src"/man/"$1".[1-8]
	[ -e "$1" ] || echo "no such page in man/"
}

# Names that a table of a source holds: "NAME" as the first string of an entry.
keys()
{
	sed -n 's/^[[:space:]]*\[VCTX_KEY_[A-Z0-9_]*\] = {"\([A-Z0-9_]*\)".*/\1/p' "$src/lib/conf.c"
}

words()
{
	sed -n 's/^[[:space:]]*\[W_[A-Z0-9_]*\] = {"\([a-z0-9-]*\)".*/\1/p' "$src/lib/map.c"
}

# mdoc writes '-' as it is, or escaped.
missing_in()
{
	page=$src/man/$1
	if ! [ -e "$page" ]; then
		echo "man/$1 is not there"
		return
	fi
	while read -r name; do
		sed 's/\\-/-/g' "$page" | grep -qw -e "$name" || echo "$name is not in man/$1"
	done
}

for p in $PROGRAMS; do
	report "$p --help" "$(helps "$p")"
	report "$p --no-such-option" "$(refuses_options "$p")"
	report "$p has a manual page" "$(page_of "$p")"
done
rm -f usage.err
report "keys are read from lib/conf.c" "$([ "$(keys | wc -l)" -gt 30 ] || echo 'the table is written otherwise')"
report "words are read from lib/map.c" "$([ "$(words | wc -l)" -gt 15 ] || echo 'the table is written otherwise')"
report "every key is in vservers.conf(5)" "$(keys | missing_in vservers.conf.5)"
report "every word is in vctx.conf(5)" "$(words | missing_in vctx.conf.5)"
report "pam_vctx has a manual page" "$(page_of pam_vctx)"
finish
