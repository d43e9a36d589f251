#!/usr/bin/env bash
# Fuzzes everything that reads foreign bytes, each target for SECONDS (default 600), one after another.
# Needs cargo-fuzz (`cargo install cargo-fuzz --locked`), a C++ compiler and Python 3; works on a stable toolchain (no
# sanitizer; debug assertions and overflow checks are on).
#   scripts/fuzz.sh [SECONDS] [TARGET…]
# It starts from the made-up lines of the tests, and from samples of RUSUBAN_CORPUS where that is set.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(sed -n 's/^name = "\(.*\)"$/\1/p' fuzz/Cargo.toml | tail -n +2)
fi
for target in "${targets[@]}"; do
    python3 scripts/fuzz_seeds.py "$target" "fuzz/corpus/$target" ${RUSUBAN_CORPUS:+"$RUSUBAN_CORPUS"}
    # Most of what is read is small; what costs more than in proportion shows in `repeat`, which makes long texts of its own.
    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir fuzz --sanitizer none "$target" -- \
        -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=100000 -print_final_stats=1
done
