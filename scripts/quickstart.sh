#!/bin/sh
# From a fresh Debian 12 to scored recordings: installs packages, builds, scores samples/.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
if [ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

cmake --preset release
cmake --build --preset release
build=build/release

# Until trained weights exist: a small network with random weights, made from the test checkpoints.
model=weights/untrained.safetensors
if [ ! -f "$model" ]; then
  model=$build/untrained.safetensors
  [ -f "$model" ] || "$build/converter/serene-convert" --se tests/golden/cmgan_c8.pt \
    --ser tests/golden/trnet_residual.pt --labels angry,happy,neutral,sad --fit tile:5 -o "$model"
fi

echo
echo "The model is UNTRAINED: the rows show that everything runs, their labels mean nothing."
echo "\$ $build/cli/serene score --model $model samples/"
exec "$build/cli/serene" score --model "$model" samples/
