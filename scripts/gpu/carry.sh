# shellcheck shell=sh disable=SC2154,SC2034  # sourced by gpu_check.sh, whose names these are
# The programs alone, stripped, with the folders they lie in: for a host without a compiler. glibc is the build host's or newer.
rm -rf build/gpu-carry
for program in tests/kernels/serene-test-intrinsics-cuda tests/kernels/serene-test-kernels-cuda \
  tests/end_to_end/serene-test-goldens-cuda tests/runtime/serene-test-runtime-cuda \
  bench/end_to_end/serene-bench-network bench/profile/serene-bench-profile converter/serene-convert; do
  mkdir -p "build/gpu-carry/${program%/*}"
  strip -o "build/gpu-carry/$program" "build/gpu/$program" || failed=$((failed + 1))
done
git rev-parse --short HEAD >build/gpu-carry/commit
tar -C build -cf - gpu-carry | xz -3 >build/gpu-carry.txz
row "$(du -sh build/gpu-carry.txz | cut -f1) in build/gpu-carry.txz"
programs=build/gpu-carry
