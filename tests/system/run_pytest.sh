#!/bin/sh
# run_pytest.sh PYTHON FILE: a missing environment is a failure that says what to do.
"$1" -c 'import confluent_kafka, msgpack, pytest, redis, savant_rs, zmq' || {
    echo "The system tests' Python packages are missing in $1: run tests/run.sh, which installs them," \
         "or set FRAMEBRIDGE_PYTHON" >&2
    exit 1
}
exec "$1" -m pytest -q -p no:cacheprovider "$2"
