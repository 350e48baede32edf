#!/bin/sh
# fuzzing of the same readers
set -eu
# Some seconds for each target, after the inputs that are kept (tests/fuzz/corpus); by itself scripts/fuzz.sh takes a
# minute for each.
seconds=$((40 * $(nproc) / $(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 | wc -l)))
exec scripts/fuzz.sh "$seconds"
