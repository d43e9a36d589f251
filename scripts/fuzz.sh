#!/usr/bin/env bash
# Fuzzes everything that reads foreign bytes, each target for SECONDS (default 600) on a corpus of real samples.
# Needs cargo-fuzz (`cargo install cargo-fuzz --locked`) and a C++ compiler; works on a stable toolchain (no sanitizer).
#   scripts/fuzz.sh [SECONDS] [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(sed -n 's/^name = "\(.*\)"$/\1/p' fuzz/Cargo.toml | tail -n +2)
fi
corpus=${RUSUBAN_CORPUS:-../shared/corpus}
[ -d "$corpus" ] || echo "RUSUBAN_CORPUS: no folder $corpus; fuzzing starts from nothing" >&2
for target in "${targets[@]}"; do
    seeds=fuzz/corpus/$target
    mkdir -p "$seeds"
    case $target in
        evtx_chunk)
            # The chunks of real files: what follows the file header, one chunk each.
            find "$corpus/evtx" "$corpus/sigma/regression_data" -name '*.evtx' 2>/dev/null | while read -r file; do
                dd if="$file" of="$seeds/$(echo "$file" | sha256sum | cut -c1-16)" bs=4096 skip=1 count=16 status=none
            done ;;
        file)
            find "$corpus" -type f \( -name '*.log' -o -name '*.evtx' -o -name '*.jsonl' \) -size -200k 2>/dev/null | while read -r file; do
                cp "$file" "$seeds/$(echo "$file" | sha256sum | cut -c1-16)"
            done ;;
        line)
            find "$corpus" -name '*.log' 2>/dev/null -exec cat {} + | awk "NR % 7 == 0 && n++ < 3000" | split -l 1 -a 5 - "$seeds/l" ;;
        sigma_rule)
            find "$corpus/sigma" -name '*.yml' 2>/dev/null | awk "NR <= 600" | while read -r file; do
                cp "$file" "$seeds/$(basename "$file")"
            done ;;
    esac
    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir fuzz --sanitizer none --release "$target" -- \
        -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=200000 -print_final_stats=1
done
