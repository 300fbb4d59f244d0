#!/usr/bin/env bash
# Stand-ins for the images that docker/compose.yaml takes from a registry, for where none is reached: a Debian made by
# debootstrap, Kafka by Maven, Redis and Prometheus from Debian's packages, and KeyDB from its executable
# (FRAMEBRIDGE_KEYDB_SERVER); without one, Redis bears KeyDB's name. There is none for Grafana. They are made from where this
# machine's own apt and Maven take their packages. As root; prints what to set for compose:
#
#   docker/local_images.sh > docker/local.env
#   docker compose --env-file docker/local.env -f docker/compose.yaml up
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cmake/bootstrap.sh"
exec 3>&1 >&2  # Only the result goes to stdout.

# shellcheck disable=SC1091
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
version=$(. /etc/os-release && echo "$VERSION_ID")
debian=framebridge-local/debian:$version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install_packages debootstrap debian-archive-keyring default-jre-headless maven redis-server
fetch_kafka

exists() { docker image inspect "$1" >/dev/null 2>&1; }

debian_image() {
    exists "$debian" && return
    step "$debian"
    local uri
    uri=$(apt-get indextargets 'Created-By: Packages' --format '$(REPO_URI) $(LABEL) $(SUITE)' |
        awk '$2 == "Debian" && $3 !~ /-/ { print $1; exit }')
    quietly debootstrap --variant=minbase --include=ca-certificates \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$release" "$work/debian" "$uri"
    cp -r /etc/apt/apt.conf.d/. "$work/debian/etc/apt/apt.conf.d/"
    cp -r /usr/local/share/ca-certificates/. "$work/debian/usr/local/share/ca-certificates/"
    quietly chroot "$work/debian" update-ca-certificates
    echo force-unsafe-io >"$work/debian/etc/dpkg/dpkg.cfg.d/unsafe-io"  # A layer needs no fsync of each file.
    rm -rf "$work/debian/var/cache/apt/archives/"*.deb
    tar -C "$work/debian" -c . | docker import - "$debian" >/dev/null
    rm -rf "$work/debian"
}

# build IMAGE: from the Dockerfile on stdin and the files in $work/context.
build_image() {
    step "$1"
    cat >"$work/context/Dockerfile"
    quietly docker build --network host -t "$1" "$work/context"
}

kafka_image() {
    exists framebridge-local/kafka && return
    mkdir -p "$work/context"
    cp -r "$FRAMEBRIDGE_KAFKA_LIBS" "$work/context/libs"
    cat >"$work/context/start" <<'EOF'
#!/bin/bash
# KAFKA_NODE_ID=1 becomes node.id=1, as the official image does it; then the storage is formatted and the broker runs.
set -euo pipefail
env | sed -n 's/^KAFKA_\([A-Z0-9_]*\)=\(.*\)$/\1=\2/p' | grep -v '^HEAP_OPTS=' | while IFS='=' read -r key value; do
    printf '%s=%s\n' "$(tr 'A-Z_' 'a-z.' <<<"$key")" "$value"
done >/tmp/server.properties
java=(java "${KAFKA_HEAP_OPTS:--Xmx512m}" -cp '/opt/kafka/libs/*')
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted -t "${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" -c /tmp/server.properties
exec "${java[@]}" kafka.Kafka /tmp/server.properties
EOF
    chmod +x "$work/context/start"
    build_image framebridge-local/kafka <<EOF
FROM $debian
RUN apt-get update && apt-get install -y --no-install-recommends default-jre-headless && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 1000 --create-home kafka && mkdir -p /var/lib/kafka/data && chown kafka /var/lib/kafka/data
COPY libs /opt/kafka/libs
COPY start /opt/kafka/start
USER kafka
CMD ["/opt/kafka/start"]
EOF
    rm -rf "$work/context"
}

# package_image NAME PACKAGE: what the package has; the rest of its Dockerfile is on stdin.
package_image() {
    exists "framebridge-local/$1" && return
    mkdir -p "$work/context"
    build_image "framebridge-local/$1" <<EOF
FROM $debian
RUN apt-get update && apt-get install -y --no-install-recommends $2 && rm -rf /var/lib/apt/lists/*
$(cat)
EOF
    rm -rf "$work/context"
}

redis_image() {
    package_image redis redis-server <<'EOF'
WORKDIR /data
RUN chown redis:redis /data
USER redis
CMD ["redis-server"]
EOF
}

prometheus_image() {
    package_image prometheus prometheus <<'EOF'
USER prometheus
ENTRYPOINT ["prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
EOF
}

keydb_image() {
    exists framebridge-local/keydb && return
    mkdir -p "$work/context"
    if [ -n "${FRAMEBRIDGE_KEYDB_SERVER:-}" ]; then
        cp "$FRAMEBRIDGE_KEYDB_SERVER" "$work/context/keydb-server"
    else
        echo "FRAMEBRIDGE_KEYDB_SERVER is not set: Redis stands in for KeyDB"
        printf '#!/bin/sh\nexec redis-server "$@"\n' >"$work/context/keydb-server"
    fi
    chmod 755 "$work/context/keydb-server"
    build_image framebridge-local/keydb <<EOF
FROM framebridge-local/redis
USER root
RUN apt-get update && apt-get install -y --no-install-recommends libcurl4 libuuid1 && rm -rf /var/lib/apt/lists/*
COPY keydb-server /usr/local/bin/
RUN ln -s /usr/bin/redis-cli /usr/local/bin/keydb-cli
USER redis
CMD ["keydb-server"]
EOF
    rm -rf "$work/context"
}

debian_image
kafka_image
redis_image
keydb_image
prometheus_image
cat >&3 <<EOF
COMPOSE_PROFILES=keydb
COMPOSE_PROJECT_NAME=framebridge
BUILD_BASE=$debian
RUNTIME_BASE=$debian
BUILD_NETWORK=host
KAFKA_IMAGE=framebridge-local/kafka
REDIS_IMAGE=framebridge-local/redis
KEYDB_IMAGE=framebridge-local/keydb
PROMETHEUS_IMAGE=framebridge-local/prometheus
EOF
