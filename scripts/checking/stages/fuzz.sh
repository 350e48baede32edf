#!/bin/sh
# fuzzing of the same readers
set -eu
# A minute for each target, and no more than two minutes in all.
seconds=$((120 * $(nproc) / $(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 | wc -l)))
exec scripts/fuzz.sh "$((seconds < 60 ? seconds : 60))"
