#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests: all the daily ones, or the parts that are named.
# `long` is not a daily part: it runs the sanitizers, the fuzzers, clang's analyzer, and the tests that are marked long, one
# row of the summary for each. Each sanitizer is a build of its own: with them a fresh machine would need more than an hour.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cmake/bootstrap.sh"
cd "$project_dir" || exit

daily_parts="lint unit scenario system"
long_parts="sanitizers fuzz long"
for part in "$@"; do
    if [[ " $daily_parts $long_parts " != *" $part "* ]]; then
        echo "Usage: tests/run.sh [PART...], of: $daily_parts (these are the default), $long_parts" >&2
        exit 64
    fi
done
parts=" ${*:-$daily_parts} "
[[ "$parts" != *" long "* ]] || parts+="$long_parts "
jobs=$(nproc)
summary=""
passed=0
failed=0

wanted() { [[ "$parts" == *" $1 "* ]]; }

# result STATUS NAME: a line of the summary.
result() {
    local word=ok
    [ "$1" -eq 0 ] || word=FAILED
    summary+=$(printf '%-7s %s (%d s)' "$word" "$2" $((SECONDS - part_start)))$'\n'
}

# check NAME COMMAND...: a part that counts as one test.
check() {
    local name=$1
    shift
    step "$name"
    part_start=$SECONDS
    if "$@"; then
        passed=$((passed + 1))
        result 0 "$name"
    else
        failed=$((failed + 1))
        result 1 "$name"
    fi
}

# run_tests PRESET LABELS: labels are separated by |. What failed is run once more, alone, so that a busy machine does
# not fail the whole; what then passes is named in the summary all the same: it is a bug in the test or in the code.
run_tests() {
    local name="tests ($1): ${2//|/, }" log status bad total unsteady=""
    step "$name"
    part_start=$SECONDS
    log=$(mktemp)
    ctest --test-dir "build/$1" -L "^($2)$" -j "$jobs" --output-on-failure --no-tests=error 2>&1 | tee "$log"
    status=$?
    # "100% tests passed, 0 tests failed out of 12"
    read -r bad total < <(sed -n 's/.* \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log" | tail -n 1)
    note_skipped "$log"
    if [ "$status" -ne 0 ] && [ "${bad:-0}" -gt 0 ] && [ "$bad" -le 3 ]; then
        step "$name: what failed, once more"
        unsteady=$(sed -n 's/^\t *[0-9]* - \(.*\) (.*$/\1/p' "$log" | paste -sd ' ')
        ctest --test-dir "build/$1" --rerun-failed --output-on-failure 2>&1 | tee "$log"
        status=$?
        read -r bad < <(sed -n 's/.* \([0-9]*\) tests failed out of [0-9]*$/\1/p' "$log" | tail -n 1)
        summary+="UNSTEADY failed at the first try: $unsteady"$'\n'
    fi
    rm -f "$log"
    failed=$((failed + ${bad:-1}))
    passed=$((passed + ${total:-0} - ${bad:-0}))
    result "$status" "$name"
}

# What ctest skipped is named in the summary.
note_skipped() {
    local names
    names=$(sed -n 's/^\t *[0-9]* - \(.*\) (Skipped)$/\1/p' "$1" | paste -sd ' ')
    [ -z "$names" ] || summary+="SKIPPED $names"$'\n'
}

# run_long NAME COMMAND...: long tests of pytest; each is a row of the summary.
run_long() {
    local name=$1 log status row
    shift
    step "long tests: $name"
    part_start=$SECONDS
    log=$(mktemp)
    "$@" -p no:cacheprovider -v --durations=0 -rA --show-capture=no 2>&1 | tee "$log"
    status=$?
    while read -r row; do
        case $row in
            PASSED*) passed=$((passed + 1)) ;;
            FAILED* | ERROR*) failed=$((failed + 1)) ;;
        esac
        summary+="        $row"$'\n'
    done < <(sed -n 's/^\(PASSED\|FAILED\|ERROR\|SKIPPED\|XFAIL\|XPASS\) /\1 /p' "$log")
    rm -f "$log"
    # 5: there is no such test.
    if [ "$status" -eq 5 ]; then
        status=0
    fi
    result "$status" "long tests: $name"
}

run_all_long() {
    check "clang analyzer" check_tidy "-*,clang-analyzer-*"
    local python=${FRAMEBRIDGE_PYTHON:-$cache_dir/venv/bin/python} seed
    export FRAMEBRIDGE_BIN_DIR=$PWD/build/release/adapters
    install_packages chromium chromium-driver || echo "The tests in a browser are skipped"
    run_long "of tests/system" "$python" -m pytest tests/system -m long
    for seed in ${FRAMEBRIDGE_FAULT_SEEDS:-1}; do
        export FRAMEBRIDGE_FAULT_LONG=1 FRAMEBRIDGE_FAULT_SEED=$seed
        run_long "faults, seed $seed" "$python" -m pytest tests/system/faults
    done
    unset FRAMEBRIDGE_FAULT_LONG FRAMEBRIDGE_FAULT_SEED
    # An empty label is not an error: a release may have no long test of this kind.
    [ -z "$(ctest --test-dir build/release -L '^long$' -N | sed -n 's/^ *Test *#.*/x/p')" ] || run_tests release long
}

sources() { find include src adapters tests \( -name '*.cpp' -o -name '*.h' \) -print0 | sort -z; }

check_format() { sources | xargs -0 clang-format-19 --dry-run --Werror; }

# check_tidy CHECKS: these besides .clang-tidy's. Leaves out what passed before and has not changed since.
check_tidy() {
    local stamps=$cache_dir/clang-tidy
    mkdir -p "$stamps"
    find "$stamps" -type f -mtime +30 -delete
    tidy_file() {
        clang-tidy-19 -p build/release --quiet "--checks=$1" "$3" 2> >(grep -v 'warnings\? generated' >&2) && touch "$2"
    }
    export -f tidy_file
    python3 tests/tidy_stamps.py build/release "$stamps" "$(clang-tidy-19 --version) $1" |
        xargs -r -P "$jobs" -L 1 bash -c 'tidy_file "$@"' _ "$1"
}

packages="$build_packages $server_packages $check_packages"
# shellcheck disable=SC2086
install_packages $packages && fetch_kafka && make_python_environment && fetch_store_servers || exit

labels=""
for part in unit scenario system; do
    wanted "$part" && labels+="${labels:+|}$part"
done

wanted lint && check "clang-format" check_format
if [ -n "$labels" ] || wanted lint || wanted long; then
    check "build (release)" build release
fi
# The analyzer takes longer than all else: it is among the long tests.
wanted lint && check "clang-tidy" check_tidy "-clang-analyzer-*"
if wanted sanitizers; then
    for preset in asan tsan; do
        check "build ($preset)" build "$preset" unit_and_scenario_tests && run_tests "$preset" "unit|scenario"
    done
fi
if wanted fuzz; then
    check "build (fuzz)" build fuzz fuzzers
    run_tests fuzz unit
fi
[ -n "$labels" ] && run_tests release "$labels"
wanted long && run_all_long

printf '\n== Summary\n%s\n%d passed, %d failed\n' "$summary" "$passed" "$failed"
[ "$failed" -eq 0 ]
