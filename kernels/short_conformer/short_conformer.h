// A whole conformer block (arXiv 2005.08100) over sequences short enough for one block of threads.
//
//   h = x + 1/2 FFN1(x);  h += attention(h);  h += convolution(h);  h += 1/2 FFN2(h)
//   y = [residual +] LN(h)
//
// with the modules of feed_forward, relative_attention, conv_module and layer_norm, whose arguments it takes;
// their x, residual, y, precision and workspace are this op's and stay empty there. Over frequency a sequence
// is a frame's 101 bins: a GPU reads the map once and writes it once, where the ops one by one move maps as
// large 28 times. On the CPU the op is those ops one after another, to the bit.
//
// Workspace: short_conformer_workspace, on a GPU the weights in bf16. y may be x or the residual.
#pragma once

#include "kernels/conv_module/conv_module.h"
#include "kernels/feed_forward/feed_forward.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/relative_attention/relative_attention.h"

namespace serene {

struct ShortConformerArgs {
  View<const float, 4> x;  // (S0, S1, N, C), N >= 1
  FeedForwardArgs ff1;
  RelativeAttentionArgs attention;
  ConvModuleArgs convolution;
  FeedForwardArgs ff2;
  LayerNormArgs norm;
  View<const float, 4> residual;          // (S0, S1, N, C), or null data for none
  View<float, 4> y;                       // (S0, S1, N, C)
  Precision precision = Precision::fp32;  // the CPU has fp32 and bf16
  Workspace workspace;
};

// Shared memory of a GPU's block, in bytes, at most.
constexpr size_t short_conformer_shared(Precision precision) {
  return precision == Precision::bf16 ? 93184 : 165888;
}

// Whether the device takes these sizes: the CPU takes all; a GPU up to 128 positions, 64 channels, four heads
// of 16, and 31 taps, if its blocks may have the shared memory. Where it does not, the modules' ops compute
// the same.
bool short_conformer_fits(int64_t n, int64_t channels, int64_t heads, int64_t taps, Precision precision,
                          const Stream& stream);

// Of arguments complete but for the workspace.
size_t short_conformer_workspace(const ShortConformerArgs& args, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit one another, Error(unsupported) on sizes or a
// precision the device lacks.
void short_conformer(const ShortConformerArgs& args, const Stream& stream);

Work short_conformer_work(const ShortConformerArgs& args);

void short_conformer_cpu(const ShortConformerArgs& args, const Stream& stream);

}  // namespace serene
