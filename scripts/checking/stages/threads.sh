#!/bin/sh
# what runs on several threads under ThreadSanitizer
set -eu
cmake --preset tsan
cmake --build --preset tsan --parallel "$(nproc)"
# Of recordings, what threads do to each other: a network takes ten seconds for each of the other tests here.
exec build/tsan/tests/threads/serene-test-threads --gtest_brief=1 \
  --gtest_filter='PipelineTest.*:RecordingStreamTest.*:*ThreadPool*:Capi.*:CapiTest.*:CapiRecordingTest.ThreadsShareAnEngine'
