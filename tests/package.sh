#!/usr/bin/env bash
# Makes the Debian package of a build, and installs, upgrades, removes and purges it in a root of its own that debootstrap
# makes: as root.
#
#   tests/package.sh              of build/release, which tests/run.sh builds
#   tests/package.sh BUILD_DIR    of another build, with all adapters in it
#
# The root is kept in FRAMEBRIDGE_CACHE/package for the next run. The packages come from where this machine's apt takes them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cmake/bootstrap.sh"

build=$(cd "${1:-$project_dir/build/release}" && pwd)
[ "$(id -u)" -eq 0 ] || fail "Run this as root: it makes and enters a root directory." || exit 77
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
root=$cache_dir/package/$release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install_packages debootstrap debian-archive-keyring dpkg-dev util-linux || exit

# make_package VERSION: prints the path of the package.
make_package() {
    mkdir "$work/$1"
    quietly cpack --config "$build/CPackConfig.cmake" -B "$work/$1" -D CPACK_DEBIAN_PACKAGE_VERSION="$1"
    find "$work/$1" -maxdepth 1 -name 'framebridge_*.deb'
}

make_root() {
    [ -e "$root/.complete" ] && return
    local uri
    uri=$(apt-get indextargets 'Created-By: Packages' --format '$(REPO_URI) $(LABEL) $(SUITE)' |
        awk '$2 == "Debian" && $3 !~ /-/ { print $1; exit }')
    [ -n "$uri" ] || fail "This machine's apt names no Debian archive" || return
    step "Making a root of Debian $release"
    rm -rf "$root"
    mkdir -p "$root"
    quietly debootstrap --variant=minbase --include=ca-certificates "$release" "$root" "$uri" || return
    cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
    cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
    # The archive may be newer than what debootstrap found first.
    [ ! -e /etc/apt/sources.list ] || cp /etc/apt/sources.list "$root/etc/apt/"
    touch "$root/.complete"
}

in_root() {
    unshare --mount --pid --fork --kill-child --propagation private bash -euo pipefail -c '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        exec chroot "$@"' _ "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "$@"
}

passed=0
expect() {
    local what=$1
    shift
    "$@" || fail "FAILED: $what" || exit 1
    passed=$((passed + 1))
    echo "  ok: $what"
}
there() { in_root test -e "$1"; }
gone() { ! there "$1"; }
answers() { in_root "$1" --help >/dev/null; }

old=$(make_package 0.0.1)
new=$(make_package 0.0.2)
make_root || exit
cp --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
cp "$old" "$root/old.deb"
cp "$new" "$root/new.deb"
quietly in_root apt-get update -q

step "Install"
quietly in_root apt-get install -q -y --no-install-recommends /old.deb
for program in kafka-redis-sink kafka-redis-source video-file-sink video-file-source video-stream-source kafka-redis-inspect; do
    expect "$program runs" answers "$program"
done
for unit in sink source video-sink video-source stream-source; do
    expect "framebridge-$unit@.service is there" there "/lib/systemd/system/framebridge-$unit@.service"
done
expect "the user is there" in_root getent passwd framebridge
expect "the configuration is there" there /etc/framebridge/framebridge.toml

step "Upgrade"
in_root sh -c 'echo "# mine" >> /etc/framebridge/framebridge.toml'
quietly in_root apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold /new.deb
expect "the new version is there" in_root sh -c '[ "$(dpkg-query -W -f "\${Version}" framebridge)" = 0.0.2 ]'
expect "what was changed in the configuration stays" in_root grep -q '# mine' /etc/framebridge/framebridge.toml
expect "it runs" answers kafka-redis-sink

step "Remove"
quietly in_root apt-get remove -q -y framebridge
expect "the programs are gone" gone /usr/bin/kafka-redis-sink
expect "the units are gone" gone /lib/systemd/system/framebridge-sink@.service
expect "the configuration stays" there /etc/framebridge/framebridge.toml

step "Purge"
quietly in_root apt-get purge -q -y framebridge
expect "the configuration is gone" gone /etc/framebridge
expect "nothing of it is left" gone /usr/share/doc/framebridge
rm -f "$root/old.deb" "$root/new.deb"
printf '\n%d checks passed\n' "$passed"
