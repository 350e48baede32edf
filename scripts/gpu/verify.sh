# shellcheck shell=sh disable=SC2154,SC2034  # sourced by gpu_check.sh, whose names these are
# Every test on the GPU. First what all else rests on: that instruction and executor agree.
tests=$programs/tests
steps_begin
step intrinsics 60 "$tests/kernels/serene-test-intrinsics-cuda"

# In shards side by side: the host's references take longer than the kernels.
shards=8
i=0
while [ $i -lt $shards ]; do
  (
    GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$i timeout 200 "$tests/kernels/serene-test-kernels-cuda" --gtest_brief=1 \
      >"$logs/kernels-$i.log" 2>&1
    echo $? >"$logs/kernels-$i.rc"
  ) &
  i=$((i + 1))
done
wait
# shellcheck disable=SC2016  # expanded by the inner shell
step kernels 10 sh -c 'cd "$1" && grep -h "FAILED\|PASSED" kernels-*.log; cat kernels-*.rc | tr "\n" " "; ! grep -qv "^0$" kernels-*.rc' - "$logs"

step goldens 150 "$tests/end_to_end/serene-test-goldens-cuda" --gtest_brief=1
step engine 100 "$tests/runtime/serene-test-runtime-cuda" --gtest_brief=1
