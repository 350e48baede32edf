#!/bin/sh
# Fuzzes everything that reads untrusted files, each target for so many seconds: fuzz.sh [SECONDS [TARGET...]]. Needs
# clang and its run-time library (scripts/setup.sh clang libclang-rt-14-dev). The kept inputs (tests/fuzz/corpus) stay as
# they are; a finding fails the run and lies in build/fuzz/findings.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
# shellcheck disable=SC2046  # a list on purpose
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)
if [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "$(nproc)"

findings=$PWD/build/fuzz/findings
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$findings"

# fuzz TARGET: a line, and of what went wrong the end of the log, too.
fuzz() {
  cp -r "tests/fuzz/corpus/$1" "$work/$1"
  if "build/fuzz/tests/fuzz/serene-fuzz-$1" -max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=2048 \
      -artifact_prefix="$findings/$1-" "$work/$1" >"$work/$1.log" 2>&1; then
    echo "$1: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) second(s)/\1 inputs in \2 s/p' "$work/$1.log"), nothing found"
  else
    tail -n 60 "$work/$1.log"
    echo "$1: found something, see $findings"
    : >"$work/failed"
  fi
}

running=0
for target in "$@"; do
  fuzz "$target" &
  running=$((running + 1))
  if [ "$running" -ge "$(nproc)" ]; then
    wait
    running=0
  fi
done
wait
[ ! -e "$work/failed" ]
