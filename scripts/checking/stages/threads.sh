#!/bin/sh
# what runs on several threads under ThreadSanitizer
set -eu
cmake --preset tsan
cmake --build --preset tsan --parallel "$(nproc)"
exec build/tsan/tests/threads/serene-test-threads --gtest_brief=1
