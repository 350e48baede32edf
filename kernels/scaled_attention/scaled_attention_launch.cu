#include <cmath>

#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/scaled_attention/scaled_attention.h"
#include "kernels/scaled_attention/scaled_attention_kernel.cuh"
#include "kernels/scaled_attention/scaled_attention_tensor.cuh"

namespace serene {
namespace {

constexpr int64_t kMostTensorDepth = 128;

bool in_fours(const View<const float, 2>& x) {
  return reinterpret_cast<uintptr_t>(x.data) % 16 == 0 && x.stride[0] % 4 == 0;
}

template <int kSteps>
void launch_tensor(ScaledAttentionKernelArgs all, const ScaledAttentionArgs& args, const Stream& stream) {
  all.clips = gpu::ragged_tiles(args.clips, kTensorQueries);
  const dim3 grid(gpu::ragged_grid(args.clips, all.clips), static_cast<unsigned>(args.heads));
  gpu::launch(scaled_attention_tensor_kernel<kSteps>, grid, kTensorThreads,
              sizeof(ScaledAttentionTiles<kSteps>), stream, all);
}

void scaled_attention_launch(const ScaledAttentionArgs& args, const Stream& stream) {
  if (args.q.size(0) == 0) return;
  const int64_t d = args.q.size(1) / args.heads;
  ScaledAttentionKernelArgs all{};
  all.q = args.q.data;
  all.k = args.k.data;
  all.v = args.v.data;
  all.y = args.y.data;
  all.q_stride = args.q.stride[0];
  all.k_stride = args.k.stride[0];
  all.v_stride = args.v.stride[0];
  all.y_stride = args.y.stride[0];
  all.clips = gpu::ragged_tiles(args.clips, kAttentionTile);
  all.d = static_cast<int>(d);
  all.scale = static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(d)));
  if (args.bias.data != nullptr) all.bias = args.bias.data + args.bias.size(1) / 2;
  all.bias_stride = args.bias.stride[0];
  all.gate = args.gate.data;
  all.gate_stride = args.gate.stride[0];
  if (args.precision == Precision::bf16 && d % 4 == 0 && d <= kMostTensorDepth && in_fours(args.q) &&
      in_fours(args.k) && in_fours(args.v) && in_fours(args.y)) {
    if (d <= 32) return launch_tensor<2>(all, args, stream);
    if (d <= 64) return launch_tensor<4>(all, args, stream);
    return d <= 80 ? launch_tensor<5>(all, args, stream) : launch_tensor<8>(all, args, stream);
  }
  const dim3 grid(gpu::ragged_grid(args.clips, all.clips), static_cast<unsigned>(args.heads));
  const size_t shared = scaled_attention_shared(all.d);
  gpu::launch_precisely(args.precision, [&](auto precision) {
    if (d <= gpu::kTileColumns) {
      gpu::launch(scaled_attention_kernel<precision(), 1>, grid, gpu::kTileThreads, shared, stream, all);
    } else {
      gpu::launch(scaled_attention_kernel<precision(), 2>, grid, gpu::kTileThreads, shared, stream, all);
    }
  });
}

const bool registered = add_back_end(gpu::kDevice, &scaled_attention_launch);

}  // namespace
}  // namespace serene
