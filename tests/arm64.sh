#!/usr/bin/env bash
# Cross-builds the adapters for arm64 (Jetson and others) with Debian's cross compiler, in a root of its own that debootstrap
# makes, and runs the unit tests there under qemu-user: as root.
#
#   tests/arm64.sh                     all unit tests, of the last commit
#   tests/arm64.sh unit_protocol ...   some of them
#
# The packages come from where this machine's own apt takes them. The root, compiled objects and downloads are kept in
# FRAMEBRIDGE_CACHE/arm64 for the next run.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cmake/bootstrap.sh"

root=$cache_dir/arm64/root
release=bookworm
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(unit_runtime unit_options unit_protocol unit_zmq unit_store unit_kafka unit_media unit_adapters unit_sink unit_source)

[ "$(id -u)" -eq 0 ] || fail "Run this as root: it makes and enters a root directory." || exit 77
install_packages debootstrap debian-archive-keyring git util-linux || exit

in_root() {
    unshare --mount --pid --fork --kill-child --propagation private bash -euo pipefail -c '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        exec chroot "$@"' _ "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive "$@"
}

# The libraries of the target; the tools, protoc among them, are this machine's.
target_packages() {
    local package
    for package in $build_packages; do
        case $package in
            lib*-dev | *-cpp-dev | uuid-dev | nlohmann-json3-dev | cppzmq-dev) echo "$package:arm64" ;;
        esac
    done
}

make_root() {
    [ -e "$root/.complete" ] && return
    local uri
    uri=$(apt-get indextargets 'Created-By: Packages' --format '$(REPO_URI) $(LABEL) $(SUITE)' |
        awk '$2 == "Debian" && $3 !~ /-/ { print $1; exit }')
    [ -n "$uri" ] || fail "This machine's apt names no Debian archive" || return
    step "Making a root of Debian $release with the libraries of arm64"
    rm -rf "$root"
    mkdir -p "$root"
    quietly debootstrap --variant=minbase --include=ca-certificates --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        "$release" "$root" "$uri" || return
    cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
    cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
    cp --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
    quietly in_root update-ca-certificates || return
    quietly in_root dpkg --add-architecture arm64 || return
    quietly in_root apt-get update -q || return
    # shellcheck disable=SC2046
    quietly in_root apt-get install -q -y --no-install-recommends crossbuild-essential-arm64 cmake ninja-build ccache \
        pkg-config protobuf-compiler git qemu-user $(target_packages) || return
    touch "$root/.complete"
}

make_root || exit
cp --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
rm -rf "$root/work/framebridge"
mkdir -p "$root/work"
git clone -q --no-hardlinks "$project_dir" "$root/work/framebridge"

step "arm64: build"
in_root bash -euc '
    cd /work/framebridge
    export CCACHE_DIR=/ccache PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig
    cmake -S . -B /work/build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_TOOLCHAIN_FILE=cmake/arm64.cmake \
        -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CROSSCOMPILING_EMULATOR="qemu-aarch64;-L;/"
    cmake --build /work/build -- kafka-redis-sink kafka-redis-source video-file-source video-file-sink "$@"' _ "${tests[@]}"

failed=0
for test in "${tests[@]}"; do
    step "arm64, under qemu-user: $test"
    in_root qemu-aarch64 -L / "/work/build/tests/$test" --gtest_brief=1 || failed=$((failed + 1))
done
in_root qemu-aarch64 -L / /work/build/adapters/kafka-redis-sink --version
printf '\n%d of %d test programs failed\n' "$failed" "${#tests[@]}"
[ "$failed" -eq 0 ]
