#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/conv_module/conv_module.h"
#include "kernels/conv_module/conv_module_kernel.cuh"

namespace serene {
namespace {

constexpr size_t kMostFragmentBytes = 112 << 10;  // two blocks a multiprocessor

bool as_fragments(const ConvModuleArgs& args, const GatedProjectArgs& in, const DepthwiseProjectArgs& out) {
  const int64_t inner = args.taps.size(1);
  return gpu::rows_as_fragments(args.precision, args.x.size(3), *args.w1) && args.w2->pairs() != nullptr &&
         inner % 16 == 0 && inner <= kFragmentInner && gpu::in_fours(in.x, in.rows) &&
         gpu::in_fours(out.y, out.y_rows) && gpu::in_fours(out.residual, out.residual_rows) &&
         depthwise_project_fragment_shared(out.count) <= kMostFragmentBytes;
}

void launch_fragments(const ConvModuleArgs& args, const GatedProjectArgs& in, const DepthwiseProjectArgs& out,
                      const Stream& stream) {
  // The workspace has room for floats.
  auto* const gated = reinterpret_cast<gpu::Bf16*>(args.workspace.data());
  const int64_t count = in.rows.count, inner = args.taps.size(1);
  const GatedProjectFragmentArgs first{in, gated, gpu::tiles_a_block(count)};
  gpu::launch_steps(args.x.size(3), [&](auto steps) {
    gpu::launch(gated_project_fragment_kernel<steps()>, gpu::fragment_grid(count), gpu::kFragmentThreads,
                gated_project_fragment_shared(steps(), static_cast<int>(inner)), stream, first);
  });
  // A block brings its weights once for as many tiles as leave two blocks for each of a large GPU's
  // multiprocessors.
  constexpr int64_t kWanted = 2 * 132;
  const int64_t sequences = count / out.n;
  DepthwiseProjectFragmentArgs second{out, gated, 1, 1};
  second.span = static_cast<int>(std::clamp<int64_t>(sequences * out.tiles / kWanted, 1, out.tiles));
  second.spans = static_cast<int>((out.tiles + second.span - 1) / second.span);
  gpu::launch(depthwise_project_fragment_kernel, gpu::line_grid(sequences * second.spans),
              gpu::kFragmentThreads, depthwise_project_fragment_shared(out.count), stream, second);
}

void conv_module_launch(const ConvModuleArgs& args, const Stream& stream) {
  const int64_t n = args.x.size(2), channels = args.x.size(3), inner = args.taps.size(1);
  const gpu::Rows rows = gpu::rows_of(args.x);
  if (rows.count == 0 || channels == 0) return;
  float* const gated = reinterpret_cast<float*>(args.workspace.data());

  GatedProjectArgs in{};
  in.x = args.x.data;
  in.rows = rows;
  in.norm_weight = args.norm_weight.data;
  in.norm_bias = args.norm_bias.data;
  in.eps = args.eps;
  in.weights = gpu::weights_of(*args.w1);
  in.bias = args.b1.data;
  in.y = gated;
  DepthwiseProjectArgs out{};
  out.x = gated;
  out.n = n;
  out.tiles = (n + gpu::kTileRows - 1) / gpu::kTileRows;
  out.count = static_cast<int>(args.taps.size(0));
  out.taps = args.taps.data;
  out.taps_bias = args.taps_bias.data;
  out.weights = gpu::weights_of(*args.w2);
  out.bias = args.b2.data;
  out.residual = args.residual.data;
  out.residual_rows = gpu::rows_of(args.residual);
  out.y_rows = gpu::rows_of(args.y);
  out.y = args.y.data;
  if (as_fragments(args, in, out)) return launch_fragments(args, in, out, stream);
  const dim3 in_grid(static_cast<unsigned>((rows.count + gpu::kTileRows - 1) / gpu::kTileRows),
                     static_cast<unsigned>((inner + gpu::kTileColumns - 1) / gpu::kTileColumns));
  const size_t normed =
      static_cast<size_t>(gpu::kTileRows * gpu::tile_lda(static_cast<int>(channels))) * sizeof(float);
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch(gated_project_kernel<precision()>, in_grid, gpu::kTileThreads, normed, stream, in);
  });

  const dim3 out_grid(static_cast<unsigned>(rows.count / n * out.tiles));
  const size_t shared = depthwise_project_shared(out.count);
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch_outputs("conv_module", channels, [&](auto outputs) {
      gpu::launch(depthwise_project_kernel<precision(), outputs()>, out_grid, gpu::kTileThreads, shared,
                  stream, out);
    });
  });
}

const bool registered = add_back_end(gpu::kDevice, &conv_module_launch);

}  // namespace
}  // namespace serene
