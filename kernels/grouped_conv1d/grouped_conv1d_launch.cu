#include <string>

#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/grouped_conv1d/grouped_conv1d.h"
#include "kernels/grouped_conv1d/grouped_conv1d_kernel.cuh"

namespace serene {
namespace {

void grouped_conv1d_launch(const GroupedConv1dArgs& args, const Stream& stream) {
  if (args.x.size(0) == 0) return;
  const int64_t width = args.x.size(1) / args.groups;
  const size_t shared = grouped_conv1d_shared(width, args.taps);
  if (shared > stream.most_shared) {
    throw Error(ErrorKind::unsupported, "grouped_conv1d: " + std::to_string(args.taps) + " taps of " +
                                            std::to_string(width) +
                                            " channels, more than a GPU's shared memory holds");
  }
  GroupedConv1dKernelArgs all{};
  all.x = args.x.data;
  all.residual = args.residual.data;
  all.y = args.y.data;
  all.x_stride = args.x.stride[0];
  all.residual_stride = args.residual.stride[0];
  all.y_stride = args.y.stride[0];
  all.clips = gpu::ragged_tiles(args.clips, gpu::kTileRows);
  all.weights = args.weight->data();
  all.group_stride = args.weight->n() / args.groups * args.weight->k();
  all.bias = args.bias.data;
  all.width = static_cast<int>(width);
  all.taps = static_cast<int>(args.taps);
  const dim3 grid(gpu::ragged_grid(args.clips, all.clips), static_cast<unsigned>(args.groups),
                  static_cast<unsigned>((width + gpu::kTileColumns - 1) / gpu::kTileColumns));
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch(grouped_conv1d_kernel<precision()>, grid, gpu::kTileThreads, shared, stream, all);
  });
}

const bool registered = add_back_end(gpu::kDevice, &grouped_conv1d_launch);

}  // namespace
}  // namespace serene
