#!/usr/bin/env bash
# Installs what is missing, builds, and runs the benchmarks: see README.md. Options are passed on to run.py.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../cmake/bootstrap.sh"

# shellcheck disable=SC2086
install_packages $build_packages $server_packages libbenchmark-dev openssl git
fetch_kafka
make_python_environment
python=$cache_dir/venv/bin/python
if ! "$python" -c 'import matplotlib' 2>/dev/null; then
    step "Installing matplotlib"
    quietly "$python" -m pip install --disable-pip-version-check -q matplotlib
fi
build bench
export FRAMEBRIDGE_BIN_DIR=$project_dir/build/bench/adapters FRAMEBRIDGE_BENCH_DIR=$project_dir/build/bench/tests/bench
export PYTHONDONTWRITEBYTECODE=1
exec "$python" "$project_dir/tests/bench/run.py" "$@"
