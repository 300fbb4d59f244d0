#!/usr/bin/env bash
# The containers' tests, as root: installs what is missing, starts a Docker Engine if none answers (and ends it), makes the
# stand-in images, builds ours, and runs tests/system/test_compose.py. Options are passed on to pytest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cmake/bootstrap.sh"
cd "$project_dir"

# shellcheck disable=SC2086
install_packages docker.io docker-compose git $server_packages
make_python_environment
if ! docker info >/dev/null 2>&1; then
    step "Starting a Docker Engine"
    log=$(mktemp)
    dockerd >"$log" 2>&1 &
    engine=$!
    trap 'kill "$engine"; wait "$engine" || true; rm -f "$log"' EXIT
    for _ in $(seq 60); do
        docker info >/dev/null 2>&1 && break
        kill -0 "$engine" || { cat "$log" >&2; exit 1; }
        sleep 1
    done
    docker info >/dev/null
fi
"$cache_dir/venv/bin/python" -m pytest -p no:cacheprovider -m long -rA -s "$@" tests/system/test_compose.py
