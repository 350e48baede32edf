#!/bin/sh
# Everything that needs an NVIDIA GPU, in one command: builds library, tests and benches without network or packages,
# runs every test on the GPU, some under compute-sanitizer, profiles the whole network kernel by kernel, and times the
# enhancer beside PyTorch's eager, compiled and graphed. About eight minutes on 16 cores. Writes gpu_check.md,
# gpu_check.json, logs and profiles.
# Wants nvcc of CUDA 13, g++, CMake, ninja, and what scripts/stage_deps.sh put into build/deps (or into
# $SERENE_DEPENDENCIES).
#
#   scripts/stage_deps.sh build/deps       where the packages are
#   scripts/gpu_check.sh                   where the GPU is; writes to $OUT, or build/gpu_check
#
# A step that fails does not stop the next. The last line says how many did; so does the exit code.
set -u
cd "$(dirname "$0")/.." || exit
out=${OUT:-build/gpu_check}
deps=${SERENE_DEPENDENCIES:-build/deps}
mkdir -p "$out"
report=$out/gpu_check.md
failed=0
export SERENE_REQUIRE_GPU=1

# step NAME SECONDS COMMAND...: at most so long; output into NAME.log, a row into the report.
step() {
  name=$1 limit=$2
  shift 2
  began=$(date +%s)
  if timeout "$limit" "$@" >"$out/$name.log" 2>&1; then result=passed; else
    result="FAILED ($?)"
    failed=$((failed + 1))
    tail -n 25 "$out/$name.log"
  fi
  echo "| $name | $result | $(($(date +%s) - began)) |" | tee -a "$report"
}

# The architecture's own features: wgmma and its like want the a.
capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d .)
[ "${capability:-0}" -ge 90 ] && architecture=${capability}a-real || architecture=${capability}-real

{
  echo "# GPU check, $(date -u +%Y-%m-%d)"
  echo
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | sed 's/^/- /'
  nvcc --version | sed -n 's/^Cuda compilation tools, /- nvcc /p'
  echo "- commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), architecture $architecture"
  echo
  echo "| step | result | seconds |"
  echo "|---|---|---|"
} | tee "$report"

step configure 60 cmake -S . -B build/gpu -G Ninja -DCMAKE_BUILD_TYPE=Release -DSERENE_CUDA=ON \
  -DCMAKE_CUDA_ARCHITECTURES="$architecture" -DSERENE_DEPENDENCIES="$(realpath "$deps")" \
  -DSERENE_BUILD_PROGRAMS=OFF -DSERENE_BUILD_TESTS=ON -DSERENE_BUILD_BENCH=ON
step build 300 cmake --build build/gpu --target serene-test-intrinsics-cuda serene-test-kernels-cuda \
  serene-test-goldens-cuda serene-test-runtime-cuda serene-bench-network serene-bench-profile serene-convert serene
step build-vendor 120 cmake --build build/gpu --target serene-bench-vendor

# First what all else rests on: that instruction and executor agree.
tests=build/gpu/tests
step intrinsics 60 $tests/kernels/serene-test-intrinsics-cuda
step kernels 120 $tests/kernels/serene-test-kernels-cuda --gtest_brief=1
step goldens 120 $tests/end_to_end/serene-test-goldens-cuda
step engine 120 $tests/runtime/serene-test-runtime-cuda

# Own kernels beside cuBLAS, cuDNN and cuFFT.
for precision in fp32 tf32; do
  step "vendor-$precision" 120 build/gpu/bench/vendor/serene-bench-vendor --batch 8 --precision $precision
done

# Where the time of a whole pass goes: a batch of 5 s clips through 64 channels, waveform to posterior.
for precision in fp32 tf32 bf16; do
  step "profile-$precision" 60 build/gpu/bench/profile/serene-bench-profile --device cuda --channels 64 --seconds 5 \
    --batch 32 --precision $precision -o "$out/profile-$precision"
done

# PyTorch beside it. torch.compile takes a minute for each shape: one batch has to do.
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  for precision in fp32 bf16; do
    for batch in 1 8 32 64; do
      [ "$batch" -eq 32 ] && compile='' || compile=--no-compile
      # shellcheck disable=SC2086  # nothing, or one word
      step "peers-$precision-$batch" 150 python3 bench/peers/run.py --serene-bin-dir build/gpu --device cuda \
        --precision $precision --batch "$batch" --repeats 5 $compile --json "$out/peers-$precision-$batch.json"
    done
  done
else
  echo "| peers | no PyTorch with CUDA | |" | tee -a "$report"
fi

# Every twentieth case: the tools are slow, and neighbours alike. Allocations of their own show where they end.
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck initcheck synccheck; do
    step "sanitizer-$tool" 90 env SERENE_TEST_SEPARATE=1 GTEST_TOTAL_SHARDS=20 GTEST_SHARD_INDEX=7 \
      compute-sanitizer --tool "$tool" --error-exitcode 9 $tests/kernels/serene-test-kernels-cuda --gtest_brief=1
  done
else
  echo "| compute-sanitizer | not installed | |" | tee -a "$report"
fi

for log in "$out"/peers-*.log "$out"/vendor-*.log; do
  [ -f "$log" ] || continue
  # shellcheck disable=SC2016  # backticks of Markdown
  printf '\n## %s\n\n```\n%s\n```\n' "$(basename "$log" .log)" "$(cat "$log")" | tee -a "$report"
done
for precision in fp32 tf32 bf16; do
  profile=$out/profile-$precision/profile.json
  [ -f "$profile" ] || continue
  printf '\n## profile-%s: bound and measured, in microseconds a clip\n\n' "$precision" | tee -a "$report"
  python3 scripts/gpu_table.py "$profile" --measured | tee -a "$report"
done
python3 scripts/gpu_json.py "$out" >"$out/gpu_check.json"
echo | tee -a "$report"
echo "$failed failed" | tee -a "$report"
exit "$failed"
