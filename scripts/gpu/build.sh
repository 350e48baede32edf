# shellcheck shell=sh disable=SC2154,SC2034  # sourced by gpu_check.sh, whose names these are
# Library, tests and benches without network or packages. CUDA_ARCHITECTURES is for a host without a GPU.
capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -d .)
# The architecture's own features: wgmma and its like want the a.
[ "${capability:-90}" -ge 90 ] && architecture=${capability:-90}a-real || architecture=${capability}-real

steps_begin
# Tests find their files from the folder they start in, as they may run on another machine.
step configure 60 cmake -S . -B build/gpu -G Ninja -DCMAKE_BUILD_TYPE=Release -DSERENE_CUDA=ON \
  -DCMAKE_CUDA_ARCHITECTURES="${CUDA_ARCHITECTURES:-$architecture}" -DSERENE_DEPENDENCIES="$(realpath "$deps")" \
  -DSERENE_TEST_ROOT=. -DSERENE_SHARED_DIR="${SERENE_SHARED_DIR:-shared}" \
  -DSERENE_BUILD_PROGRAMS=OFF -DSERENE_BUILD_TESTS=ON -DSERENE_BUILD_BENCH=ON
step build 3000 cmake --build build/gpu --target serene-test-intrinsics-cuda serene-test-kernels-cuda \
  serene-test-goldens-cuda serene-test-runtime-cuda serene-bench-network serene-bench-profile serene-convert
