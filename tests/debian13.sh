#!/usr/bin/env bash
# Runs the project's commands on Debian 13 (trixie), in a root of its own that debootstrap makes: as root.
#
#   tests/debian13.sh                     tests/run.sh unit scenario, of the last commit
#   tests/debian13.sh system              other parts of tests/run.sh
#   tests/debian13.sh --sample            samples/end_to_end/run.sh
#   tests/debian13.sh --shell COMMAND...  anything else, in the clone
#
# The packages come from where this machine's own apt takes them. The root, compiled objects and downloads are kept in
# FRAMEBRIDGE_CACHE/debian13 for the next run; FRAMEBRIDGE_CPUS (a list as of taskset) limits the processors.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cmake/bootstrap.sh"

root=$cache_dir/debian13/root
release=trixie

[ "$(id -u)" -eq 0 ] || fail "Run this as root: it makes and enters a root directory." || exit 77
install_packages debootstrap debian-archive-keyring git util-linux || exit

# The archive that has this machine's own release; "http://… bookworm Debian".
archive() {
    apt-get indextargets 'Created-By: Packages' --format '$(REPO_URI) $(LABEL) $(SUITE)' |
        awk '$2 == "Debian" && $3 !~ /-/ { print $1; exit }'
}

make_root() {
    [ -e "$root/.complete" ] && return
    local uri
    uri=$(archive)
    [ -n "$uri" ] || fail "This machine's apt names no Debian archive" || return
    step "Making a root of Debian $release"
    rm -rf "$root"
    mkdir -p "$root"
    quietly debootstrap --variant=minbase --include=ca-certificates,git \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$release" "$root" "$uri" || return
    # What this machine needs to reach its registries, the new root needs as well.
    cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
    cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
    [ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/pip.conf"
    quietly chroot "$root" update-ca-certificates || return
    touch "$root/.complete"
}

make_root || exit
cp --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
rm -rf "$root/work/framebridge"
mkdir -p "$root/work" "$root/cache" "$cache_dir/debian13/cache"
git clone -q --no-hardlinks "$project_dir" "$root/work/framebridge"
# The packed KeyDB of the tests, where there is one.
if [ -d "$project_dir/../shared/keydb" ]; then
    mkdir -p "$root/work/shared"
    cp -r "$project_dir/../shared/keydb" "$root/work/shared/"
fi

case ${1:-} in
    --sample) shift; command=(samples/end_to_end/run.sh "$@") ;;
    --shell) shift; command=("$@") ;;
    "") command=(tests/run.sh unit scenario) ;;
    *) command=(tests/run.sh "$@") ;;
esac

step "Debian 13: ${command[*]}"
# Mounts are made in a namespace of their own: they are gone with the last process.
exec taskset -c "${FRAMEBRIDGE_CPUS:-0-$(($(nproc --all) - 1))}" \
    unshare --mount --pid --fork --kill-child --propagation private bash -euo pipefail -c '
    root=$1 cache=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    mount --bind "$cache" "$root/cache"
    exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM="${TERM:-dumb}" \
        FRAMEBRIDGE_CACHE=/cache bash -c "cd /work/framebridge && exec \"\$@\"" _ "$@"
' _ "$root" "$cache_dir/debian13/cache" "${command[@]}"
