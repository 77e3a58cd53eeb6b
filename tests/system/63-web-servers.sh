#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two contexts run an nginx on port 80 of all their addresses, and so does the host; in whatever order they start, each
# answers where it is asked. The same for sshd on port 22, dnsmasq and python's web server.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/netlib.sh"

mkwire || skip "no veth devices here"
base=/var/lib/vservers/base
add_programs $base /usr/sbin/nginx /usr/sbin/dnsmasq /usr/bin/curl /usr/bin/dig /usr/sbin/sshd /usr/bin/ssh-keygen
add_python $base
mkdir -p $base/var/lib/nginx $base/var/log/nginx $base/etc/nginx $base/var/www $base/root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/key
cp /root/key.pub $base/root/.ssh/authorized_keys
chmod 700 $base/root/.ssh
mkvserver a IPROOT="10.66.1.2/24 10.66.1.3/24"
mkvserver b IPROOT=10.66.1.10/24
for v in a b; do
	succeeds "$v starts" vserver $v start || done_testing
done

# ---- nginx ----

nginx_conf() { # nginx_conf LABEL
	cat <<-END
		user www-data;
		worker_processes 1;
		pid /run/nginx.pid;
		error_log /var/log/nginx/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			server {
				listen 80;
				return 200 "$1 \$server_addr from \$remote_addr\n";
			}
		}
	END
}
mkdir -p /var/lib/nginx /var/log/nginx
nginx_conf host >/root/nginx.conf
for v in a b; do nginx_conf $v >/var/lib/vservers/$v/etc/nginx/test.conf; done

web() { # web WHO [-s SIGNAL]
	local who=$1
	shift
	case $who in
	host) nginx -c /root/nginx.conf "$@" ;;
	*) vserver "$who" exec nginx -c /etc/nginx/test.conf "$@" ;;
	esac 2>&1 </dev/null
}

page() { # page FROM ADDRESS: what is there
	case $1 in
	host) curl -s -m 5 "http://$2/" ;;
	wire) on_wire curl -s -m 5 "http://$2/" ;;
	*) vserver "$1" exec curl -s -m 5 "http://$2/" </dev/null ;;
	esac || echo "nothing ($?)"
}

right_pages() { # right_pages WHEN
	local when=$1 got='' wanted='' from to
	for from in wire a b; do
		for to in "a 10.66.1.2" "a 10.66.1.3" "b 10.66.1.10" "host $HOST_IP"; do
			got+="$from: $(page $from "${to#* }")"$'\n'
			# a visit of one's own address comes from it
			case $from-${to% *} in
			wire-*) wanted+="$from: $to from $PEER_IP"$'\n' ;;
			a-a) wanted+="$from: $to from ${to#* }"$'\n' ;;
			a-*) wanted+="$from: $to from 10.66.1.2"$'\n' ;;
			b-*) wanted+="$from: $to from 10.66.1.10"$'\n' ;;
			esac
		done
	done
	for from in a b host; do
		got+="$from: $(page $from 127.0.0.1)"$'\n'
		wanted+="$from: $from 127.0.0.1 from 127.0.0.1"$'\n'
	done
	for to in "a 10.66.1.2" "b 10.66.1.10" "host $HOST_IP"; do
		got+="host: $(page host "${to#* }" | cut -d' ' -f1,2)"$'\n'
		wanted+="host: $to"$'\n'
	done
	is "$got" "$wanted" "$when: each is answered by whom it asked"
}

for order in "host a b" "host b a" "a b host" "b a host" "a host b" "b host a"; do
	for who in $order; do is "$(web "$who")" "" "started $order: $who"; done
	right_pages "started $order"
	if [ "$order" = "host a b" ]; then
		web host -s stop >/dev/null
		eventually test ! -e /run/nginx.pid
		is "$(page wire 10.66.1.2)" "a 10.66.1.2 from $PEER_IP" "without the host's they go on"
		like "$(page wire $HOST_IP)" "nothing" "and nobody takes its place"
		is "$(web host)" "" "the host's starts again"
		right_pages "then"
		web a -s stop >/dev/null
		eventually sh -c '! vserver a exec test -e /run/nginx.pid'
		like "$(page wire 10.66.1.2)" "nothing" "nobody answers for one that is stopped"
		like "$(page a 127.0.0.1)" "nothing" "nor inside it"
		is "$(web a)" "" "it starts again"
		web host -s reload >/dev/null
		web b -s reload >/dev/null
		sleep 0.5
		right_pages "after reloads"
		like "$(web a)" "Address already in use|98" "a second one inside is told that the port is taken"
	fi
	for who in $order; do web "$who" -s stop >/dev/null; done
	eventually test ! -e /run/nginx.pid
	for who in a b; do eventually sh -c "! vserver $who exec test -e /run/nginx.pid"; done
done

# ---- listen [::]:80, as packages of nginx have it ----
mkvserver c IPROOT=10.66.1.11/24 IPROOT6=auto
succeeds "c starts, with an IPv6 address of its own" vserver c start
nginx_conf c | sed 's/listen 80;/listen 80; listen [::]:80;/' >/var/lib/vservers/c/etc/nginx/test.conf
sed -i 's/listen 80;/listen 80; listen [::]:80;/' /root/nginx.conf
for who in host c; do is "$(web $who)" "" "[::]:80 of $who"; done
own6=$(ip -6 -o addr show dev eth0 scope global | awk '{ sub("/.*", "", $4); print $4 }' | grep -v "^$HOST_IP6\$")
like "$own6" "^fd" "it is a unique local one"
on_wire ip -6 route add "$own6" via $HOST_IP6
is "$(page wire "[$own6]")" "c $own6 from $PEER_IP6" "c answers on it"
is "$(page wire 10.66.1.11)" "c 10.66.1.11 from $PEER_IP" "and on its IPv4 address"
is "$(page wire "[$HOST_IP6]")" "host $HOST_IP6 from $PEER_IP6" "the host on its own"
is "$(page c '[::1]' | cut -d' ' -f1) $(page host '[::1]' | cut -d' ' -f1)" "c host" "[::1] is everybody's own"
for who in host c; do web $who -s stop >/dev/null; done

# ---- sshd ----

sshd_conf() {
	printf '%s\n' "Port 22" "HostKey $1" "PermitRootLogin yes" "UsePAM no" "PidFile $2" "AuthorizedKeysFile $3" \
		"ListenAddress 0.0.0.0" "StrictModes no"
}
rm -f /etc/ssh/ssh_config.d/*
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/test_host
sshd_conf /etc/ssh/test_host /run/sshd-test.pid /root/key.pub >/root/sshd.conf
/usr/sbin/sshd -f /root/sshd.conf
ok $? "the host's sshd on port 22"
echo host >/root/whoami
for v in a b; do
	echo $v >/var/lib/vservers/$v/root/whoami
	mkdir -p /var/lib/vservers/$v/etc/ssh
	sshd_conf /etc/ssh/test_host /run/sshd.pid /root/.ssh/authorized_keys >/var/lib/vservers/$v/etc/ssh/test_sshd
	vserver $v exec sh -c 'rm -f /etc/ssh/test_host; ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/test_host; mkdir -p /run/sshd
		/usr/sbin/sshd -f /etc/ssh/test_sshd' </dev/null
	ok $? "$v's sshd on port 22"
done
login() { # login ADDRESS: who is there
	timeout 20 ssh -F none -i /root/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
		-o BatchMode=yes "root@$1" cat whoami 2>&1 </dev/null
}
is "$(login 10.66.1.2) $(login 10.66.1.3) $(login 10.66.1.10) $(login $HOST_IP)" "a a b host" "ssh from the host"
export -f login
is "$(on_wire bash -c "login 10.66.1.2; login 10.66.1.10; login $HOST_IP" | paste -sd' ')" "a b host" "ssh from the wire"
cp /root/key /var/lib/vservers/a/root/key
is "$(vserver a exec ssh -F none -i /root/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	-o LogLevel=ERROR -o BatchMode=yes root@127.0.0.1 cat whoami </dev/null 2>&1)" a "ssh to itself inside"
# shellcheck disable=SC2016
is "$(on_wire ssh -F none -i /root/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
	-o BatchMode=yes root@10.66.1.3 'echo $SSH_CONNECTION' </dev/null 2>&1 | cut -d' ' -f1,3,4)" \
	"$PEER_IP 10.66.1.3 22" "which knows whence and whereto"

# ---- dnsmasq ----

dns() { # dns VSERVER ANSWER OPTION...
	local v=$1 answer=$2
	shift 2
	vserver "$v" exec dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file=/run/dnsmasq.pid \
		--address=/who.test/"$answer" "$@" </dev/null 2>&1
}
digs() { # digs FROM SERVER
	case $1 in
	host) dig +short +time=2 +tries=2 who.test @"$2" ;;
	wire) on_wire dig +short +time=2 +tries=2 who.test @"$2" ;;
	*) vserver "$1" exec dig +short +time=2 +tries=2 who.test @"$2" </dev/null ;;
	esac 2>&1
}
is "$(dns a 192.0.2.1)" "" "dnsmasq on all addresses of a"
is "$(dns b 192.0.2.2 --bind-interfaces --listen-address=10.66.1.10 --listen-address=127.0.0.1)" "" \
	"dnsmasq on two addresses of b"
dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file=/run/dnsmasq.pid --address=/who.test/192.0.2.3 \
	--bind-interfaces --listen-address=$HOST_IP --listen-address=127.0.0.1
ok $? "dnsmasq on two addresses of the host"
for from in host wire a b; do
	is "$(digs $from 10.66.1.2) $(digs $from 10.66.1.10) $(digs $from $HOST_IP)" "192.0.2.1 192.0.2.2 192.0.2.3" \
		"dig from $from"
done
is "$(digs b 127.0.0.1) $(digs host 127.0.0.1)" "192.0.2.2 192.0.2.3" "dig of the loopback"
like "$(vserver a exec dig +short +tcp who.test @10.66.1.10 </dev/null)" "192.0.2.2" "dig by TCP"

# ---- python ----

for v in a b; do
	mkdir -p /var/lib/vservers/$v/srv/www
	echo "python of $v" >/var/lib/vservers/$v/srv/www/index.html
	vserver $v exec python3 -m http.server -d /srv/www 8000 >/root/python-$v.log 2>&1 </dev/null &
done
mkdir -p /root/www
echo "python of host" >/root/www/index.html
/usr/bin/python3 -m http.server -d /root/www 8000 >/root/python-host.log 2>&1 &
for to in 10.66.1.2 10.66.1.10 $HOST_IP; do eventually curl -s -m 2 http://$to:8000/; done
is "$(for to in 10.66.1.3 10.66.1.10 $HOST_IP; do on_wire curl -s -m 5 http://$to:8000/; done | paste -sd,)" \
	"python of a,python of b,python of host" "python's web servers from the wire"
is "$(for from in a b host; do page $from 127.0.0.1:8000; done | paste -sd,)" \
	"python of a,python of b,python of host" "and each from its own loopback"
like "$(cat /root/python-a.log)" "$PEER_IP.*GET / " "whose logs name the peer"
done_testing
