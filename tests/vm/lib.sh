# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests/vm/kernel and tests/vm/debian13 share: the cache of prepared images, packages from
# the machine's own Debian mirror, initial ramdisks, and a boot under qemu's software emulation.
#
# Environment of both:
#   VCTX_VM_DIR   cache of images (default /var/tmp/vctx-vm)
#   VM_OUT        an existing directory: /vmout inside (default: a temporary one, thrown away)
#   VM_TIMEOUT    seconds until the machine is switched off (600)
#   VM_MEM        memory in MiB (3072)
#   VM_APPEND     more kernel parameters
#   VM_VERBOSE    1: times on standard error
#
# Exit status of both: the command's; 124 when the time ran out, 125 when the machine could not
# be made or died.

# What all this needs: programs and the Debian packages that have them.
vm_needs="qemu-system-x86_64:qemu-system-x86 mmdebstrap:mmdebstrap cpio:cpio zstd:zstd xz:xz-utils
depmod:kmod mkfs.ext4:e2fsprogs setpriv:util-linux flock:util-linux"

vm_cache=${VCTX_VM_DIR:-/var/tmp/vctx-vm}
vm_here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
vm_name=${0##*/}

vm_die() {
	echo "$vm_name: $*" >&2
	exit 125
}

vm_say() {
	[ -z "${VM_VERBOSE:-}" ] || echo "$vm_name: $*" >&2
}

# Prints the packages whose programs are not there.
vm_missing() {
	local need
	for need in $vm_needs; do
		command -v "${need%%:*}" >/dev/null || echo "${need##*:}"
	done | sort -u | paste -sd' '
}

# --- the cache --------------------------------------------------------------------------------

# A directory of our own that nobody else can write into, or none: /var/tmp is everyone's.
vm_open_cache() {
	local missing
	missing=$(vm_missing)
	[ -z "$missing" ] || vm_die "needs the packages: $missing"
	[ "$(id -u)" = 0 ] || vm_die "needs root"
	mkdir -p "$vm_cache" || vm_die "cannot make $vm_cache"
	if [ -L "$vm_cache" ] || [ ! -O "$vm_cache" ]; then
		vm_die "$vm_cache belongs to somebody else"
	fi
	chmod go-w "$vm_cache"
	vm_cache=$(realpath "$vm_cache")
}

# vm_recipe FUNCTION... -- TEXT...: a hash that changes with what these functions do.
vm_recipe() {
	{
		while [ "$1" != -- ]; do
			declare -f "$1"
			shift
		done
		printf '%s\n' "$@"
	} | sha256sum | cut -d' ' -f1
}

# vm_prepare NAME HASH FUNCTION ARG...: sets $vm_dir to the image's directory, and has FUNCTION
# make it (with it as the working directory) where it is not the one of recipe HASH. A shared
# lock is kept until the end, so that nobody remakes an image in use; half-made ones lack the
# stamp. FUNCTION has to run under `set -e`, so it is called outside of any condition.
vm_prepare() {
	local name=$1 hash=$2 log=$vm_cache/$1.log began=$SECONDS
	shift 2
	vm_dir=$vm_cache/$name
	exec {vm_lock}>"$vm_dir.lock"
	while :; do
		flock -s "$vm_lock"
		[ "$(cat "$vm_dir/stamp" 2>/dev/null)" != "$hash" ] || return 0
		flock -u "$vm_lock"
		flock -x "$vm_lock"
		if [ "$(cat "$vm_dir/stamp" 2>/dev/null)" != "$hash" ]; then
			rm -rf "$vm_dir"
			mkdir "$vm_dir"
			(
				set -euo pipefail
				cd "$vm_dir"
				"$@"
				echo "$hash" >stamp
			) >"$log" 2>&1 </dev/null
			[ -s "$vm_dir/stamp" ] ||
				vm_die "cannot prepare $name, see $log: $(tail -n 3 "$log")"
			vm_say "$name made in $((SECONDS - began)) s, $(du -sh "$vm_dir" | cut -f1)"
		fi
		flock -u "$vm_lock"
	done
}

# --- packages ---------------------------------------------------------------------------------

# vm_mirror main|security: the address that the machine's apt has for it.
vm_mirror() {
	apt-get indextargets --format "\$(REPO_URI) \$(RELEASE)" 'Created-By: Packages' |
		awk -v want="$1" '
			$2 ~ /-security$/ { if (want == "security") { print $1; exit } next }
			$1 ~ /\/debian\/?$/ && want == "main" { print $1; exit }'
}

# vm_sources SUITE: the lines of a sources.list for it.
vm_sources() {
	local suite=$1 base=${1%-backports} main security
	main=$(vm_mirror main)
	security=$(vm_mirror security)
	: "${main:=http://deb.debian.org/debian}"
	: "${security:=http://deb.debian.org/debian-security}"
	echo "deb $main $base main"
	echo "deb $main $base-updates main"
	echo "deb $security $base-security main"
	[ "$suite" = "$base" ] || echo "deb $main $suite main"
}

# vm_apt PROGRAM ARG...: apt with lists and cache under ./apt, blind to what is installed here.
vm_apt() {
	local program=$1
	shift
	"$program" -o Dir::Etc::sourcelist="$PWD/apt/list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::Lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt/cache" \
		-o Dir::State::status=/dev/null -o APT::Sandbox::User=root \
		-o APT::Default-Release="$(cat apt/release)" "$@"
}

vm_apt_open() {
	local suite=$1 key=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p apt/lists/partial apt/cache/archives/partial
	# -updates and -security are of the release too: only backports have to be preferred
	case $suite in
	*-backports) echo "$suite" ;;
	esac >apt/release
	vm_sources "$suite" | sed "s|^deb |deb [signed-by=$key] |" >apt/list
	vm_apt apt-get -qq update
}

# vm_apt_extract DIR PACKAGE...: downloads the packages and unpacks them, without installing.
vm_apt_extract() {
	local dir=$1 deb
	shift
	rm -rf debs
	mkdir -p "$dir" debs
	(
		cd debs
		ln -s ../apt apt
		vm_apt apt-get -qq download "$@"
	)
	for deb in debs/*.deb; do dpkg -x "$deb" "$dir"; done
	rm -rf debs
}

vm_apt_close() {
	rm -rf apt
}

# --- kernel and initial ramdisk ---------------------------------------------------------------

# vm_depends PACKAGE PATTERN: dependencies of a package whose name matches.
vm_depends() {
	vm_apt apt-cache depends "$1" | sed -n "s/.*Depends: \($2\)/\1/p"
}

# Debian's kernel of a suite: ./vmlinuz, ./config, ./modules/lib/modules/VERSION, ./version.
vm_get_kernel() {
	local image version file
	image=$(vm_depends linux-image-amd64 'linux-image-[0-9].*' | head -n 1)
	# from 7.x on the image package is empty and depends on these
	# shellcheck disable=SC2046
	vm_apt_extract pkg "$image" $(vm_depends "$image" 'linux-\(base\|binary\|modules\)-[0-9].*')
	mkdir -p modules/lib
	[ ! -d pkg/lib/modules ] || mv pkg/lib/modules modules/lib/
	[ ! -d pkg/usr/lib/modules ] || mv pkg/usr/lib/modules modules/lib/
	version=$(cd modules/lib/modules && echo *)
	echo "$version" >version
	for file in vmlinuz config; do
		mv "pkg/boot/$file-$version" $file 2>/dev/null ||
			mv "modules/lib/modules/$version/$file" $file
	done
	depmod -b modules "$version"
	rm -rf pkg
}

# vm_make_initrd INIT MODULE...: ./initrd.gz of a busybox, the modules in the order in which they
# have to be loaded, and the script INIT.
vm_make_initrd() {
	local init=$1 version module number=100 copy
	shift
	version=$(cat version)
	mkdir -p initrd/{bin,modules,proc,sys,dev,newroot,lower,overlay}
	vm_apt_extract pkg busybox-static
	cp "$(find pkg -path '*bin/busybox' -type f)" initrd/busybox
	rm -rf pkg
	for module; do
		modprobe -d "$PWD/modules" -S "$version" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >order
	while read -r module; do
		copy=initrd/modules/$((number += 1))-${module##*/}
		cp "$module" "$copy"
		case $copy in
		*.xz) xz -d "$copy" ;;
		*.zst) zstd -q -d --rm "$copy" ;;
		esac
	done <order
	install -m 755 "$init" initrd/init
	(cd initrd && find . | cpio --quiet -o -H newc | gzip -1) >initrd.gz
	rm -rf initrd order
}

# The second disk: what becomes /vservers, with project quota.
vm_make_vservers() {
	truncate -s 1G vservers.img
	mkfs.ext4 -q -F -O quota,project -E quotatype=prjquota vservers.img
}

# --- a boot -----------------------------------------------------------------------------------

# vm_share DIR TAG [OPTION]: qemu's arguments for a directory that the machine sees by 9p.
vm_share() {
	echo -virtfs "local,path=${1//,/,,},mount_tag=$2,security_model=none${3:-}"
}

# vm_disk FILE: the same for a disk that forgets what is written to it.
vm_disk() {
	echo -drive "file=${1//,/,,},format=raw,if=virtio,snapshot=on,cache=unsafe"
}

# vm_boot PARAMETERS COMMAND DISK...: boots $vm_dir's kernel with its disks, shows what the
# command prints while it prints it, and returns its status. The machine and we talk through
# files in $ctl: command, agent (runs it), output, status, times.
vm_boot() {
	local parameters=$1 command=$2 ctl out disk qemu status began=$SECONDS
	local -a args=()
	shift 2
	ctl=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$ctl'" EXIT
	out=${VM_OUT:-$ctl/out}
	[ -n "${VM_OUT:-}" ] || mkdir "$out"
	[ -d "$out" ] || vm_die "VM_OUT: no directory $out"
	cp "$vm_here/agent" "$ctl/agent"
	printf '%s\n' "$command" >"$ctl/command"
	echo "$vm_dir" >"$ctl/image"
	: >"$ctl/output"
	for disk; do
		# shellcheck disable=SC2207
		args+=($(vm_disk "$vm_dir/$disk"))
	done
	# shellcheck disable=SC2207
	args+=($(vm_share / host ,readonly=on,multidevs=remap)
		$(vm_share "$(realpath "$out")" out) $(vm_share "$ctl" ctl))

	# One thread: with two, 7.x panics now and then while it boots. The lock's descriptor must
	# not outlive us in qemu.
	setpriv --pdeathsig TERM timeout -k 5 "${VM_TIMEOUT:-600}" \
		qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m "${VM_MEM:-3072}" \
		-nic none -display none -monitor none -no-reboot -serial "file:$ctl/console" \
		-object rng-random,id=rng,filename=/dev/urandom -device virtio-rng-pci,rng=rng \
		-kernel "$vm_dir/vmlinuz" -initrd "$vm_dir/initrd.gz" \
		-append "console=ttyS0 quiet panic=-1 $parameters ${VM_APPEND:-}" \
		"${args[@]}" {vm_lock}>&- </dev/null >"$ctl/qemu" 2>&1 &
	qemu=$!
	tail -s 0.2 -n +1 -f --pid=$qemu "$ctl/output"
	status=0
	wait $qemu || status=$?

	[ ! -s "$ctl/problems" ] || sed "s/^/$vm_name: /" "$ctl/problems" >&2
	vm_say "kernel up after $(cat "$ctl/booted" 2>/dev/null) s, command began at" \
		"$(cat "$ctl/began" 2>/dev/null) s, $((SECONDS - began)) s in all"
	[ ! -s "$ctl/status" ] || return "$(cat "$ctl/status")"
	if [ $status = 124 ]; then
		echo "$vm_name: the time ran out; console: $(tail -n 5 "$ctl/console")" >&2
		return 124
	fi
	vm_die "the machine died (qemu $status): $(tail -q -n 5 "$ctl/qemu" "$ctl/console")"
}
