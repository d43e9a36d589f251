#!/bin/sh
# Whole-process figures, side by side with the package manager in one run: scripts/measure.sh [RUNS]
# Needs GNU time. Build first: cargo build --release
set -eu
cd "$(dirname "$0")/.."
program=target/release/rusuban
runs=${1:-5}
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
run() {
    label=$1
    shift
    # A check ends with 1 or 2 where something fails or is unknown: that is no fault here.
    /usr/bin/time -o "$data/time" -f "$label %e s wall, %U s user, %S s system, %M KB" "$@" >/dev/null 2>&1 || true
    tail -n 1 "$data/time"
}
i=0
while [ "$i" -lt "$runs" ]; do
    run "apt list --upgradable  " apt list --upgradable
    run "rusuban check          " "$program" --data-dir "$data/store" check --offline
    run "rusuban report --json  " "$program" --data-dir "$data/store" report --json
    run "rusuban --help         " "$program" --help
    i=$((i + 1))
done
