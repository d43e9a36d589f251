#!/usr/bin/env bash
# Measures the log review beside whatever of its peers is installed, in one run:
#   scripts/measure_logs.sh [TIMES]
# Needs a release build. Makes about 1.6 GB of logs from the corpus (RUSUBAN_CORPUS) under WORK (default /tmp/rusuban-measure).
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-3}
corpus=$(realpath "${RUSUBAN_CORPUS:-../shared/corpus}")
work=${WORK:-/tmp/rusuban-measure}
mkdir -p "$work/evtx"
if [ ! -e "$work/auth.log" ]; then
    for _ in $(seq 2300); do cat "$corpus/loghub/OpenSSH/OpenSSH_2k.log"; echo; done > "$work/auth.log"
    find "$corpus/evtx" "$corpus/sigma/regression_data" -name '*.evtx' | sort > "$work/list"
    bytes=$(xargs -d '\n' stat -c %s < "$work/list" | awk '{ s += $1 } END { print s }')
    for copy in $(seq $((1116000000 / bytes))); do
        mkdir -p "$work/evtx/$copy"
        awk '{ print NR "\t" $0 }' "$work/list" | while IFS=$'\t' read -r n file; do cp "$file" "$work/evtx/$copy/$n.evtx"; done
    done
fi
rules=()
for folder in rules rules-emerging-threats rules-threat-hunting rules-compliance; do rules+=(--rules "$corpus/sigma/$folder"); done
# What a program takes: seconds, seconds of both cores, peak memory.
measure() {
    local what=$1
    shift
    for _ in $(seq "$times"); do
        /usr/bin/time -f "%e %U %S %M" "$@" 2>"$work/time" >/dev/null || true
        tail -1 "$work/time"
    done | sort -n | awk -v what="$what" '{ a[NR] = $0 } END { split(a[int((NR + 1) / 2)], f, " "); printf "| %s | %.2f s | %.2f s | %d MB |\n", what, f[1], f[2] + f[3], f[4] / 1024 }'
}
echo "| what | wall | both cores | peak memory |"
echo "|---|---|---|---|"
bin=target/release/rusuban
measure "rusuban, rules alone (one small file)" $bin review --json "${rules[@]}" "$corpus/firewalls-vpn/system_auth"
measure "rusuban, $(du -sm "$work/evtx" | cut -f1) MB of EVTX, all rules" $bin review --json "${rules[@]}" "$work/evtx"
measure "rusuban, the same, no rules and no detectors" $bin review --json --no-own-rules "$work/evtx"
measure "rusuban, 518 MB of sshd lines, all rules" $bin review --json "${rules[@]}" "$work/auth.log"
measure "rusuban, the same, no rules and no detectors" $bin review --json --no-own-rules "$work/auth.log"
if command -v hayabusa >/dev/null; then
    measure "hayabusa, EVTX" hayabusa dfir-timeline -w -q -K -C -Q -N -d "$work/evtx" -o "$work/hayabusa.csv"
fi
if command -v chainsaw >/dev/null; then
    measure "chainsaw, EVTX" chainsaw --no-banner hunt -s "$corpus/sigma/rules/windows" --mapping "${CHAINSAW_MAPPING:-sigma-event-logs-all.yml}" --jsonl --skip-errors "$work/evtx"
fi
if command -v rsigma >/dev/null; then
    measure "rsigma, EVTX" rsigma engine eval --rules "$corpus/sigma/rules/windows" "$work/evtx"
fi
if command -v rg >/dev/null; then
    measure "ripgrep, one expression over the sshd lines" rg -c 'Failed password for (invalid user )?(\S+) from (\S+) port (\d+)' "$work/auth.log"
fi
