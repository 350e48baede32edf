#!/bin/sh
# readers of untrusted files under AddressSanitizer and UndefinedBehaviorSanitizer
set -eu
cmake --preset fuzz
cmake --build --preset fuzz --parallel "$(nproc)" --target \
  serene-test-weights serene-test-models-format serene-test-converter serene-test-cli-parts serene-test-cli-program
# As whole programs, each in a few shares: a process for each test costs more here than the tests do. Without those that
# score more than they read; the stage tests has all.
scoring='SilenceRunTest.*:NrserRun.*:*.KilledAtAnyTime*:ProgramTest.ExamplesOfTheHelpsWorkWithTheDefaultModel'
export scoring="$scoring:ScoreRunTest.RowsDoNotDependOnBatchOrThreads:ScoreOptionsTest.WithoutAModelTheDefaultScores"
# shellcheck disable=SC2016  # the inner shell's variables
for tests in cli/serene-test-cli-program weights/serene-test-weights models/serene-test-models-format converter/serene-test-converter \
  cli/serene-test-cli-parts; do
  seq -f "$tests %g" 0 3
done | GTEST_TOTAL_SHARDS=4 xargs -P "$(nproc)" -n 2 sh -c '
  GTEST_SHARD_INDEX=$1 "build/fuzz/tests/$0" --gtest_brief=1 --gtest_filter="-$scoring" || { echo "failed: $0, share $1 of 0..3"; exit 255; }'
