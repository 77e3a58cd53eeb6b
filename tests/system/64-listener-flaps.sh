#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A listener inside closes and listens again as fast as it can, beside the host's on 0.0.0.0: of all the connects that
# come meanwhile none reaches the host. VCTX_FLAP_CONNECTS (30000) says how many, VCTX_FLAP_S (15) for how many seconds at
# most: the whole show is VCTX_FLAP_CONNECTS=100000 VCTX_FLAP_S=70.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/netlib.sh"
connects=${VCTX_FLAP_CONNECTS:-30000} seconds=${VCTX_FLAP_S:-15}

mkwire || skip "no veth devices here"
mkvserver a IPROOT=10.66.1.2/24
succeeds "a starts" vserver a start || done_testing
serve_outside
ok $? "a server of the host on 0.0.0.0"

# flaps FROM ADDRESS: the listener inside on ADDRESS, the client on the wire or on the host
flaps() {
	local from=$1 addr=$2 client=() inside
	[ "$from" = host ] || client=(on_wire)
	vserver a exec net_matrix flap "$addr" 7000 "$((seconds + 2))" >/root/flaps </dev/null &
	inside=$!
	sleep 0.5
	"${client[@]}" $NET_MATRIX hammer 10.66.1.2 7000 "$connects" "$seconds" >/root/hammered
	ok $? "from the $from to a listener on $addr: none reaches the host"
	kill $inside 2>/dev/null
	wait $inside 2>/dev/null
	echo "# $(cat /root/hammered)"
	like "$(cat /root/hammered)" "^connects [1-9][0-9]{2,} inside [1-9].* others 0 " "and many find it"
}

flaps wire 0.0.0.0
flaps host 10.66.1.2
# with nobody inside
like "$(on_wire $NET_MATRIX hammer 10.66.1.2 7000 100 5)" "^connects 100 inside 0 nobody 100 others 0" "nor when there is none"
like "$(on_wire $NET_MATRIX hammer $HOST_IP 7000 10 5)" "others 10" "the host's answers on its own address"
done_testing
