# Shared by the scripts: where the project is, what to say, and how long each part took.
#
# Invariant: sourcing this changes nothing outside the process. `part` runs one part and remembers its time; `parts_report`
# prints all of them and is what every script says last.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"
. scripts/lib/versions.sh

# npm and what it starts must not run on the node that they are just replacing, so the first path is kept.
OUTER_PATH=$PATH
export PATH="$ROOT/node_modules/.bin:$ROOT/.tools/bin:$PATH"

PART_NAMES=()
PART_SECONDS=()

say() { printf '%s\n' "$*" >&2; }

# die MISSING REMEDY: one line that names both.
die() { say "error: $1. $2"; exit 1; }

now() { printf '%s' "${EPOCHREALTIME/,/.}"; }

seconds_since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

# part NAME COMMAND…: runs a part and notes its time, whether it succeeds or not.
part() {
    local name=$1 started status=0
    shift
    started=$(now)
    "$@" || status=$?
    PART_NAMES+=("$name")
    PART_SECONDS+=("$(seconds_since "$started")")
    return $status
}

parts_report() {
    local i
    for i in "${!PART_NAMES[@]}"; do printf '%8s s  %s\n' "${PART_SECONDS[$i]}" "${PART_NAMES[$i]}" >&2; done
}

# locked NAME COMMAND…: one at a time, over all processes of this checkout.
locked() {
    local lock="$ROOT/.tools/$1.lock"
    shift
    mkdir -p "$ROOT/.tools"
    (
        flock -w 2 9 || { say "waiting for another process of this checkout …"; flock 9; }
        "$@"
    ) 9>"$lock"
}
