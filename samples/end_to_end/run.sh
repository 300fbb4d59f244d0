#!/usr/bin/env bash
# The main job, end to end, on this machine alone: see README.md. Options are passed on to run.py.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../cmake/bootstrap.sh"

# shellcheck disable=SC2086
install_packages $build_packages $server_packages
fetch_kafka
build release kafka-redis-sink kafka-redis-source video-file-source video-file-sink
python=$(find_python)
export FRAMEBRIDGE_BIN_DIR=$project_dir/build/release/adapters PYTHONDONTWRITEBYTECODE=1
exec "$python" "$project_dir/samples/end_to_end/run.py" "$@"
