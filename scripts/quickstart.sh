#!/bin/sh
# From a fresh Debian 12 to scored recordings: installs packages, builds, for a GPU, too, where there is CUDA 13 and a
# driver (cmake/cuda_choice.cmake), scores samples/ and holds the rows to their labels.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
if [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

cmake --preset release
cmake --build --preset release
build=build/release

show() {
  echo
  echo "\$ $*"
  "$@"
}
show $build/cli/serene score samples/ -o $build/samples.jsonl
show cat $build/samples.jsonl
show $build/cli/serene evaluate $build/samples.jsonl --labels samples/labels.csv
