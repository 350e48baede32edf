#!/bin/sh
# What needs an NVIDIA GPU, in phases of under nine minutes each, so that half an hour on a rented host is enough:
#
#   scripts/stage_deps.sh build/deps              where Debian's packages are
#   scripts/gpu_check.sh build carry              where nvcc is: the programs, 20 MB, in build/gpu-carry.txz
#   scripts/gpu_check.sh machine verify profile   where the GPU is; no network, no compiler
#   scripts/gpu_check.sh ncu sanitize peers
#
# Each phase leaves PHASE.tgz (logs, profiles) and PHASE.md, its table, in $OUT or build/gpu_check, and prints the
# table last. A step that fails does not stop the next; the exit code is how many failed. Programs are taken from
# build/gpu-carry or its .txz, or build/gpu where neither is there. Phases are the files of scripts/gpu/.
set -u
cd "$(dirname "$0")/.." || exit
if [ $# -eq 0 ]; then
  sed -n '2,/^set -u/s/^# \{0,1\}//p' "$0"
  exit 2
fi
out=$(realpath -m "${OUT:-build/gpu_check}")
# shellcheck disable=SC2034  # phases read it
deps=${SERENE_DEPENDENCIES:-build/deps}
programs=build/gpu-carry
[ -d "$programs" ] || [ ! -f "$programs.txz" ] || tar -C build -xf "$programs.txz"
[ -d "$programs" ] || programs=build/gpu
failed=0
export SERENE_REQUIRE_GPU=1
mkdir -p "$out"

# row TEXT...: a line of the phase's table.
row() { echo "$*" | tee -a "$out/$phase.md"; }
# shellcheck disable=SC2317  # phases call it
rows() { while read -r line; do row "$line"; done <"$1"; }

# step NAME SECONDS COMMAND...: at most so long; output into logs/NAME.log, a row into the table.
# shellcheck disable=SC2317
step() {
  name=$1 limit=$2
  shift 2
  began=$(date +%s)
  if timeout "$limit" "$@" >"$logs/$name.log" 2>&1; then result=passed; else
    result="FAILED ($?)"
    failed=$((failed + 1))
    tail -n 25 "$logs/$name.log"
  fi
  row "| $name | $result | $(($(date +%s) - began)) |"
}

# shellcheck disable=SC2317  # phases call it
steps_begin() {
  row "| step | result | seconds |"
  row "|---|---|---|"
}

for phase in "$@"; do
  if [ ! -f "scripts/gpu/$phase.sh" ]; then
    echo "gpu_check: no phase $phase; there are: $(cd scripts/gpu && echo *.sh | sed 's/\.sh//g')" >&2
    exit 2
  fi
  logs=$out/$phase
  rm -rf "$logs" "$out/$phase.md" "$out/$phase.tgz"
  mkdir -p "$logs"
  row "## $phase, $(date -u +%Y-%m-%d), commit $(cat build/gpu-carry/commit 2>/dev/null || git rev-parse --short HEAD 2>/dev/null || echo unknown)"
  row
  # shellcheck source=/dev/null
  . "scripts/gpu/$phase.sh"
  tar -C "$out" -czf "$out/$phase.tgz" "$phase" "$phase.md"
  rm -rf "$logs"
done
for phase in "$@"; do
  echo
  cat "$out/$phase.md"
done
echo
echo "$failed failed"
exit "$failed"
