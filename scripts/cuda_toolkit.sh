#!/bin/sh
# Prints the root of a CUDA 13 toolkit with nvcc, ptxas, cuobjdump and nvdisasm: $CUDA_HOME or /usr/local/cuda where
# it is whole, otherwise one made in build/cuda from NVIDIA's own packages on PyPI. Safe to run again; makes it once.
# Needs no GPU, and g++ to compile with.
set -eu
cd "$(dirname "$0")/.."

whole() {
  for program in nvcc ptxas cuobjdump nvdisasm; do
    [ -x "$1/bin/$program" ] || return 1
  done
  "$1/bin/nvcc" --version | grep -q 'release 13\.'
}

for root in "${CUDA_HOME:-}" /usr/local/cuda; do
  if [ -n "$root" ] && whole "$root"; then
    echo "$root"
    exit 0
  fi
done

# Pinned: docs/kernels.md is held to what this compiler makes. PyPI has the disassemblers from 13.2 on only; they read
# what older compilers wrote.
packages="nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-runtime==13.0.88
  nvidia-cuda-cuobjdump==13.2.86 nvidia-cuda-nvdisasm==13.2.86"
environment=$PWD/build/cuda
root=$environment/toolkit

if [ "$(cat "$environment/packages" 2>/dev/null)" != "$packages" ] || ! whole "$root"; then
  echo "cuda_toolkit: making $environment" >&2
  rm -rf "$environment"
  "${PYTHON:-python3}" -m venv "$environment" >&2
  # shellcheck disable=SC2086  # a list on purpose
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps $packages >&2
  ln -s "$(echo "$environment"/lib/python3*/site-packages/nvidia/cu13)" "$root"
  whole "$root" || { echo "cuda_toolkit: the packages do not make a whole toolkit in $root" >&2; exit 1; }
  printf '%s' "$packages" >"$environment/packages"
fi
echo "$root"
