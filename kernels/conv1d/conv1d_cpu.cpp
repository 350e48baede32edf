#include <algorithm>

#include "kernels/common/cpu/product_tasks.h"
#include "kernels/conv1d/conv1d.h"

namespace serene {
namespace {

// Where bf16's rows, as pairs, and a worker's window lie in the workspace. In floats.
struct WindowLayout {
  int64_t words;   // of a row of x as pairs; 0: not in bf16
  int64_t window;  // taps Ci
  WindowLayout(const Conv1dArgs& args)
      : words(args.precision == Precision::bf16 && args.x.size(1) % 2 == 0 ? args.x.size(1) / 2 : 0),
        window(args.taps * args.x.size(1)) {}
  int64_t total(int64_t rows, int workers) const { return rows * words + workers * window; }
};

// The product of one task for one clip's part of its rows.
struct ClipProduct {
  const Conv1dArgs& args;
  const WindowLayout& layout;
  const cpu::VectorKernels& kernels;
  const float* rows;  // of all of x, floats or pairs
  float* window;
  cpu::Gemm gemm;  // of the task: weight, bias, activation, columns
  int64_t column;

  int64_t row_size() const { return layout.words > 0 ? layout.words : args.x.size(1); }

  // Rows [first, first + count) of y's clip, whose windows begin at `a`, `step` apart.
  void run(int64_t clip, int64_t first, int64_t count, const float* a, int64_t step) {
    if (count <= 0) return;
    const int64_t whole[1] = {0};
    gemm.a = a;
    gemm.lda = step;
    gemm.taps = whole;
    gemm.c = args.y.data + (args.y_clips.begin[clip] + first) * args.y.stride[0] + column;
    gemm.m = count;
    kernels.gemm(gemm);
  }

  // A row whose window reaches beyond the clip: it is copied, with zeros.
  void run_edge(int64_t clip, int64_t t) {
    const int64_t channels = args.x.size(1), n = args.x_clips.length(clip);
    const float* x = args.x.data + args.x_clips.begin[clip] * channels;
    for (int64_t k = 0; k < args.taps; ++k) {
      const int64_t at = t * args.stride + k - args.padding;
      float* to = window + k * channels;
      if (at >= 0 && at < n) {
        std::copy_n(x + at * channels, channels, to);
      } else {
        std::fill_n(to, channels, 0.0f);
      }
    }
    if (layout.words > 0)
      kernels.pairs_in_row(window, layout.window / 2, reinterpret_cast<uint32_t*>(window));
    run(clip, t, 1, window, 0);
  }

  void run_part(int64_t clip, int64_t first, int64_t count) {
    const int64_t n = args.x_clips.length(clip), end = first + count;
    // Whole windows are those of rows [inside, beyond).
    const int64_t inside = std::clamp((args.padding + args.stride - 1) / args.stride, first, end);
    const int64_t last = n + args.padding - args.taps;  // the last start of one, counted from -padding
    const int64_t beyond = std::clamp(last < 0 ? 0 : last / args.stride + 1, inside, end);
    for (int64_t t = first; t < inside; ++t) run_edge(clip, t);
    const int64_t start = args.x_clips.begin[clip] + inside * args.stride - args.padding;
    run(clip, inside, beyond - inside, rows + start * row_size(), args.stride * row_size());
    for (int64_t t = beyond; t < end; ++t) run_edge(clip, t);
  }
};

}  // namespace

size_t conv1d_workspace(const Conv1dArgs& args, const Stream& stream) {
  if (stream.device != Device::cpu) return 0;
  return static_cast<size_t>(WindowLayout(args).total(args.x.size(0), stream.pool->size())) * sizeof(float);
}

void conv1d_cpu(const Conv1dArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const WindowLayout layout(args);
  const int64_t rows = args.x.size(0), channels = args.x.size(1);
  auto* scratch = reinterpret_cast<float*>(args.workspace.data());
  float* windows = scratch + rows * layout.words;
  const uint32_t* pairs = layout.words > 0 ? args.weight->pairs() : nullptr;
  if (pairs != nullptr) {
    constexpr int64_t kRows = 64;
    stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int) {
      const int64_t row = task * kRows, count = std::min(kRows, rows - row);
      kernels.pairs_in_row(args.x.data + row * channels, count * layout.words,
                           reinterpret_cast<uint32_t*>(scratch + row * layout.words));
    });
  }
  const cpu::ProductTasks tasks(args.y.size(0), args.weight->n());
  stream.pool->parallel_for(tasks.count(), [&](int64_t task, int worker) {
    const auto [row, count, column, columns] = tasks[task];
    ClipProduct product{
        args, layout, kernels, pairs != nullptr ? scratch : args.x.data, windows + worker * layout.window,
        {},   column};
    product.gemm.a_is_pairs = pairs != nullptr;
    product.gemm.tap_k = args.weight->k();
    cpu::set_weight(product.gemm, *args.weight, pairs, column);
    if (args.bias.data != nullptr) product.gemm.bias = args.bias.data + column;
    product.gemm.activation = args.activation;
    product.gemm.ldc = args.y.stride[0];
    product.gemm.n = columns;
    each_part(args.y_clips, row, count,
              [&](int64_t clip, int64_t first, int64_t of_clip) { product.run_part(clip, first, of_clip); });
  });
}

}  // namespace serene
