#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/feed_forward/feed_forward.h"
#include "kernels/feed_forward/feed_forward_kernel.cuh"

namespace serene {
namespace {

constexpr size_t kMostFragmentBytes = 96 << 10;  // two blocks a multiprocessor

void feed_forward_launch(const FeedForwardArgs& args, const Stream& stream) {
  FeedForwardKernelArgs all{};
  const int64_t rows = args.x.size(0), channels = args.x.size(1);
  if (rows == 0 || channels == 0) return;
  all.x = args.x.data;
  all.residual = args.residual.data;
  all.y = args.y.data;
  all.x_rows = gpu::rows_of(args.x);
  all.residual_rows = gpu::rows_of(args.residual);
  all.y_rows = gpu::rows_of(args.y);
  all.norm_weight = args.norm_weight.data;
  all.norm_bias = args.norm_bias.data;
  all.eps = args.eps;
  all.scale = args.scale;
  all.w1 = gpu::weights_of(*args.w1);
  all.w2 = gpu::weights_of(*args.w2);
  all.b1 = args.b1.data;
  all.b2 = args.b2.data;
  // Both weights have to fit into shared memory.
  const size_t fragments =
      feed_forward_fragment_shared(static_cast<int>((channels + 15) / 16), static_cast<int>(args.w1->n()));
  if (gpu::rows_as_fragments(args.precision, channels, *args.w1) && args.w2->pairs() != nullptr &&
      fragments <= kMostFragmentBytes && gpu::in_fours(all.x, all.x_rows) &&
      gpu::in_fours(all.y, all.y_rows) && gpu::in_fours(all.residual, all.residual_rows)) {
    const FeedForwardFragmentArgs fragment{all, gpu::tiles_a_block(rows)};
    gpu::launch_steps(channels, [&](auto steps) {
      gpu::launch(feed_forward_fragment_kernel<steps()>, gpu::fragment_grid(rows), gpu::kFragmentThreads,
                  fragments, stream, fragment);
    });
    return;
  }
  const dim3 grid(static_cast<unsigned>((rows + gpu::kTileRows - 1) / gpu::kTileRows));
  const size_t shared = feed_forward_shared(static_cast<int>(channels));
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch_outputs("feed_forward", channels, [&](auto outputs) {
      gpu::launch(feed_forward_kernel<precision(), outputs()>, grid, gpu::kTileThreads, shared, stream, all);
    });
  });
}

const bool registered = add_back_end(gpu::kDevice, &feed_forward_launch);

}  // namespace
}  // namespace serene
