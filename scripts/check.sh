#!/bin/sh
# What CI runs: formatting, the readers of untrusted files under sanitizers, what nvcc makes of the kernels, then
# everything. From a fresh Debian 12, too; the CUDA compiler comes from PyPI. The last line is ctest's own.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh abigail-tools
if [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
jobs=$(nproc)

heading() { printf '\n== %s\n' "$1"; }

heading "formatting"
if command -v clang-format >/dev/null; then
  find kernels runtime weights converter cli tests bench examples python \
    \( -name '*.h' -o -name '*.c' -o -name '*.hpp' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) -print0 |
    xargs -0 clang-format --dry-run -Werror
  echo "clean"
else
  echo "skipped: clang-format is not installed"
fi

heading "readers of untrusted files under AddressSanitizer and UndefinedBehaviorSanitizer"
cmake --preset asan-readers
cmake --build --preset asan-readers --parallel "$jobs" --target \
  serene-test-weights serene-test-converter serene-test-cli-parts serene-test-cli-program
# As whole programs, each in a few shares: a process for each test costs more here than the tests do.
# shellcheck disable=SC2016  # the inner shell's variables
for tests in cli/serene-test-cli-program weights/serene-test-weights converter/serene-test-converter \
  cli/serene-test-cli-parts; do
  seq -f "$tests %g" 0 3
done | GTEST_TOTAL_SHARDS=4 xargs -P "$jobs" -n 2 sh -c '
  GTEST_SHARD_INDEX=$1 "build/asan-readers/tests/$0" --gtest_brief=1 || { echo "failed: $0, share $1 of 0..3"; exit 255; }'

heading "fuzzing of the same readers, 60 s each"
if scripts/setup.sh clang libclang-rt-14-dev; then
  scripts/fuzz.sh 60
else
  echo "skipped: clang cannot be installed"
fi

heading "what runs on several threads under ThreadSanitizer"
cmake --preset tsan
cmake --build --preset tsan --parallel "$jobs"
build/tsan/tests/threads/serene-test-threads --gtest_brief=1

heading "build, with warnings shown"
cmake --preset dev -D SERENE_UNITY=ON
cmake --build --preset dev --parallel "$jobs"

heading "the Python package, and its examples on Ray Data and Spark"
SERENE_BUILD_DIR=$PWD/build/dev scripts/check_python.sh

heading "the Debian package in a clean Debian"
scripts/setup.sh mmdebstrap || echo "mmdebstrap cannot be installed"
scripts/check_package.sh build/dev

heading "CUDA kernels compiled for sm_80, sm_90 and sm_90a"
scripts/kernel_report.py --check docs/kernels.md

heading "all tests"
ctest --preset dev --parallel "$jobs"
