// A task is a direction of a few clips, which go in step, so that a step reads the weights once for all of
// them.
#include <algorithm>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/gru/gru.h"

namespace serene {
namespace {

constexpr int64_t kClips = 4;  // of a task

// One direction of clips [first, first + count), the longest first.
struct Steps {
  const GruArgs& args;
  bool back;
  int64_t order[kClips] = {};
  int64_t count;

  Steps(const GruArgs& all, bool is_back, int64_t first)
      : args(all), back(is_back), count(std::min(kClips, all.clips.clips - first)) {
    for (int64_t i = 0; i < count; ++i) order[i] = first + i;
    std::stable_sort(order, order + count,
                     [&](int64_t a, int64_t b) { return args.clips.length(a) > args.clips.length(b); });
  }

  int64_t row(int64_t i, int64_t step) const {
    const int64_t clip = order[i];
    return back ? args.clips.begin[clip + 1] - 1 - step : args.clips.begin[clip] + step;
  }

  // h (4, U), hidden (4, 3 U).
  void run(const cpu::VectorKernels& kernels, float* h, float* hidden) const {
    const PackedMatrix& weight = back ? *args.backward : *args.forward;
    const int64_t units = weight.k(), whole[1] = {0};
    std::fill_n(h, kClips * units, 0.0f);
    cpu::Gemm gemm;
    gemm.a = h;
    gemm.lda = units;
    gemm.taps = whole;
    gemm.tap_k = units;
    gemm.b = weight.data();
    gemm.bias = args.bias[back ? 1 : 0].data;
    gemm.c = hidden;
    gemm.ldc = 3 * units;
    gemm.n = 3 * units;
    int64_t active = count;
    for (int64_t step = 0; step < args.clips.length(order[0]); ++step) {
      while (args.clips.length(order[active - 1]) <= step) --active;
      gemm.m = active;
      kernels.gemm(gemm);
      for (int64_t i = 0; i < active; ++i) {
        const int64_t at = row(i, step);
        const float* gates = args.gates.data + at * args.gates.stride[0] + (back ? 3 * units : 0);
        float* y = args.y.data + at * args.y.stride[0] + (back ? units : 0);
        kernels.gru_cell(gates, hidden + i * 3 * units, h + i * units, units, h + i * units);
        std::copy_n(h + i * units, units, y);
      }
    }
  }
};

}  // namespace

size_t gru_workspace(int64_t units, const Stream& stream) {
  if (stream.device != Device::cpu) return 0;  // shared memory
  return static_cast<size_t>(stream.pool->size() * kClips * 4 * units) * sizeof(float);
}

void gru_cpu(const GruArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t units = args.forward->k(), groups = (args.clips.clips + kClips - 1) / kClips;
  auto* scratch = reinterpret_cast<float*>(args.workspace.data());
  stream.pool->parallel_for(2 * groups, [&](int64_t task, int worker) {
    float* h = scratch + worker * kClips * 4 * units;
    Steps(args, task % 2 == 1, task / 2 * kClips).run(kernels, h, h + kClips * units);
  });
}

}  // namespace serene
