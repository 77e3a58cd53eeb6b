# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the lint scripts: TAP lines, with what was found behind a "not ok".
# shellcheck shell=sh
tap_n=0
tap_bad=0

# report NAME FINDINGS: ok where there are none.
report()
{
	tap_n=$((tap_n + 1))
	if [ -z "$2" ]; then
		echo "ok $tap_n - $1"
		return
	fi
	echo "not ok $tap_n - $1"
	printf '%s\n' "$2" | sed 's/^/# /'
	tap_bad=1
}

skip()
{
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

finish()
{
	echo "1..$tap_n"
	exit $tap_bad
}
