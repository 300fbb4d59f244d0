#!/bin/sh
# run_pytest.sh PYTHON FILE: the file's daily tests. A missing environment is a failure that says what to do; with no
# daily test at all it exits with 5, which ctest counts as skipped.
"$1" -c 'import confluent_kafka, msgpack, pytest, redis, zmq' || {
    echo "The system tests' Python packages are missing in $1: run tests/run.sh, which installs them," \
         "or set FRAMEBRIDGE_PYTHON" >&2
    exit 1
}
exec "$1" -m pytest -q -p no:cacheprovider "$2"
