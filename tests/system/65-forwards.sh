#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What sshd opens for a mapped person obeys the person's IPv4 root: -L, -R, -D, -W and X11.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/netlib.sh"

mkwire || skip "no veth devices here"
standard alice 1001 lab IPROOT=10.66.1.2/24
standard bob 1002 labb IPROOT=10.66.1.10/24
enable_pam
view_sshd "GatewayPorts clientspecified" "X11UseLocalhost yes"
serve_outside
ok $? "servers on the wire and on the host"
is "$(ssh_as alice cat where)" "inside lab" "a login works"

ask() { # ask ADDRESS PORT: what a server there says, without the port that it saw
	timeout 5 nc -w 3 "$1" "$2" </dev/null 2>/dev/null | sed 's/ [0-9]*$//'
}

# ---- -L ----
SSH_MORE="-f -N -L 7100:127.0.0.1:7003 -L 7101:$PEER_IP:7000 -L 7102:$HOST_IP:7000 -L 7103:127.0.0.1:7050 -L 7104:127.2.3.4:7000
	-L 7105:localhost:7003" ssh_as alice
is "$(ask 127.0.0.1 7003)" "host 127.0.0.1" "the host has a service on its loopback"
is "$(ask 127.0.0.1 7100)" "" "-L does not reach it"
is "$(ask 127.0.0.1 7105)" "" "nor by name"
is "$(ask 127.0.0.1 7101)" "wire 10.66.1.2" "-L to the wire is seen from the person's address"
is "$(ask 127.0.0.1 7102)" "host 10.66.1.2" "and so it is by the host"
is "$(ask 127.0.0.1 7104)" "" "-L to no address at all"
ssh_as alice 'nohup sh -c "while :; do echo own | nc -N -l 127.0.0.1 7050; done" </dev/null >/dev/null 2>&1 &'
sleep 0.5
is "$(ask 127.0.0.1 7103)" own "-L reaches what runs on the person's own loopback"
is "$(ask 127.0.0.1 7050)" "" "where the host does not"

# ---- -R ----
SSH_MORE="-f -N -R 7200:127.0.0.1:7003 -R 0.0.0.0:7201:127.0.0.1:7003 -o ExitOnForwardFailure=yes" ssh_as alice
ok $? "-R is granted"
is "$(ssh_as alice 'nc -w 3 127.0.0.1 7200 </dev/null' | cut -d' ' -f1)" host "-R answers on the person's own loopback"
is "$(ask 127.0.0.1 7200)" "" "and not on the host's"
is "$(on_wire timeout 5 nc -w 3 10.66.1.2 7200 </dev/null 2>/dev/null)" "" "nor on the person's address"
is "$(ssh_as bob 'nc -w 3 127.0.0.1 7200 </dev/null' 2>/dev/null)" "" "nor on a neighbour's loopback"
is "$(on_wire timeout 5 nc -w 3 10.66.1.2 7201 </dev/null | cut -d' ' -f1)" host "-R on all addresses: on the person's"
is "$(on_wire timeout 5 nc -w 3 $HOST_IP 7201 </dev/null 2>/dev/null)" "" "and on none of the host's"
SSH_MORE="-f -N -R 7200:127.0.0.1:7003 -o ExitOnForwardFailure=yes" ssh_as bob
ok $? "a neighbour has the same port at the same time"
forward_on() { SSH_MORE="-f -N -R $1:7202:127.0.0.1:7003 -o ExitOnForwardFailure=yes" ssh_as alice; }
fails "-R on an address of the host's is refused" forward_on $HOST_IP
succeeds "and granted on the person's" forward_on 10.66.1.2

# ---- -D and -W ----
SSH_MORE="-f -N -D 7400" ssh_as alice
socks() { timeout 10 nc -w 3 -X 5 -x 127.0.0.1:7400 "$1" "$2" </dev/null 2>/dev/null | sed 's/ [0-9]*$//'; }
is "$(socks $PEER_IP 7000)" "wire 10.66.1.2" "-D to the wire"
is "$(socks 127.0.0.1 7003)" "" "-D does not reach the host's loopback"
is "$(SSH_MORE="-W $PEER_IP:7000" ssh_as alice </dev/null | sed 's/ [0-9]*$//')" "wire 10.66.1.2" "-W to the wire"
is "$(SSH_MORE="-W 127.0.0.1:7003" ssh_as alice </dev/null 2>/dev/null)" "" "-W does not reach the host's loopback"

# ---- X11 ----
export DISPLAY=:9
for p in alice bob; do
	SSH_MORE=-Y ssh_as $p 'echo $DISPLAY; sleep 30' >"/root/display-$p" 2>/dev/null &
	eventually test -s "/root/display-$p"
	is "$(cat "/root/display-$p")" "localhost:10.0" "X11: $p's display is the first"
done
ok "$(ssh_as alice 'nc -z -w 3 127.0.0.1 6010; echo $?')" "which listens on the person's own loopback"
fails "and not on the host's" nc -z -w 3 127.0.0.1 6010
fails "nor on the person's address" on_wire nc -z -w 3 10.66.1.2 6010
is "$(strays 1001)$(strays 1002)" "" "nobody is left on the host"
done_testing
