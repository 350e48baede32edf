#!/bin/sh
# fuzzing of the same readers
set -eu
# A minute in all, and what the tests keep (tests/fuzz/corpus) first: scripts/fuzz.sh alone takes a minute for each target.
seconds=$((60 * $(nproc) / $(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 | wc -l)))
exec scripts/fuzz.sh "$seconds"
