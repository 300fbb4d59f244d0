#!/bin/sh
# The long fault tests: 20 kills, outages of 60 s, freezes of 30 s, once per seed (about 40 minutes each).
#
#   tests/system/faults/run_long.sh [SEED...]                        seeds 1, 2 and 3 by default
#   FRAMEBRIDGE_FAULT_TESTS="test_store.py -k full" ...run_long.sh 7  only some of them
#
# Needs what tests/run.sh installs and builds. FRAMEBRIDGE_BIN_DIR names the executables' folder, by default
# build/release/adapters; FRAMEBRIDGE_PYTHON the Python.
here=$(cd "$(dirname "$0")" && pwd)
cache=${FRAMEBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/framebridge}
python=${FRAMEBRIDGE_PYTHON:-$cache/venv/bin/python}
[ $# -gt 0 ] || set -- 1 2 3
failed=
for seed in "$@"; do
    echo "seed $seed"
    # shellcheck disable=SC2086
    (cd "$here" && FRAMEBRIDGE_FAULT_LONG=1 FRAMEBRIDGE_FAULT_SEED=$seed \
        "$python" -m pytest -q -p no:cacheprovider ${FRAMEBRIDGE_FAULT_TESTS:-.}) || failed="$failed $seed"
done
[ -z "$failed" ] || { echo "Failed with seeds:$failed" >&2; exit 1; }
