# shellcheck shell=sh disable=SC2154,SC2034  # sourced by gpu_check.sh, whose names these are
# compute-sanitizer over part of the cases: the tools are slow, and neighbours alike. Allocations of their own show where
# they end.
steps_begin
for tool in memcheck racecheck initcheck synccheck; do
  step "sanitizer-$tool" 120 env SERENE_TEST_SEPARATE=1 GTEST_TOTAL_SHARDS=40 GTEST_SHARD_INDEX=7 \
    compute-sanitizer --tool "$tool" --error-exitcode 9 "$programs/tests/kernels/serene-test-kernels-cuda" --gtest_brief=1
done
