#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every fuzz target over its corpus, and over what a fuzzer once found. One TAP line each.
set -u
corpus=${srcdir:-.}/tests/fuzz/corpus
set -- map conf ip plan rootdir
echo "1..$#"
n=0
bad=0
for target; do
	n=$((n + 1))
	if out=$("./fuzz_$target" "$corpus/$target"/* 2>&1); then
		echo "ok $n - $target"
	else
		echo "not ok $n - $target"
		echo "$out" | sed 's/^/# /'
		bad=1
	fi
done
exit $bad
