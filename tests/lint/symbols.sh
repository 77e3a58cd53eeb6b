#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What pam_vctx.so shows to the program that loads it, and what it loads itself.
set -u
src=${srcdir:-.}
# shellcheck source=tests/lint/tap.sh
. "$src/tests/lint/tap.sh"
so=.libs/pam_vctx.so

exported()
{
	nm -D --defined-only "$so" | sed 's/.* //; s/@.*//' | sort
}

wanted()
{
	sed -n 's/^[[:space:]]*\(pam_sm_[a-z_]*\);/\1/p' "$src/pam_vctx/pam_vctx.sym" | sort
}

needed()
{
	readelf -d "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -vE '^(libpam|libmd|libc)\.so\.[0-9]+$'
}

# Reading relocations and the stack: what a module in sshd must not weaken.
hardening()
{
	readelf -d "$so" | grep -q 'BIND_NOW\|FLAGS.*NOW' || echo "symbols are bound lazily"
	readelf -lW "$so" | grep -q GNU_RELRO || echo "no relro"
	readelf -lW "$so" | grep 'GNU_STACK' | grep -q 'RWE' && echo "the stack is executable"
	readelf -d "$so" | grep -q TEXTREL && echo "text relocations"
}

if ! [ -e "$so" ]; then
	report "pam_vctx.so is built" "$so is not there"
	finish
fi
if nm -D "$so" | grep -q '__asan_\|__sanitizer_\|__ubsan_'; then
	skip "pam_vctx.so exports its entry points alone" "built with sanitizers"
	finish
fi
wanted >symbols.tmp
report "pam_vctx.so exports its entry points alone" "$(exported | diff symbols.tmp - | sed -n 's/^>/more:/p; s/^</missing:/p')"
rm -f symbols.tmp
report "pam_vctx.so needs libpam, libmd and libc alone" "$(needed)"
report "pam_vctx.so is hardened" "$(hardening)"
finish
