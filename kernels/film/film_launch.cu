#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/film/film.h"
#include "kernels/film/film_kernel.cuh"

namespace serene {
namespace {

void film_launch(const FilmArgs& args, const Stream& stream) {
  const int64_t batch = args.h.size(0), width = args.h.size(1);
  constexpr unsigned kThreads = 128;
  for (int64_t first = 0; first < batch && width > 0; first += gpu::kMostBlocks) {
    FilmKernelArgs part;
    part.h = args.h.data + first * args.h.stride[0];
    part.coefficient = args.coefficient.data + first * args.coefficient.stride[0];
    part.scale_weight = args.scale_weight.data;
    part.scale_bias = args.scale_bias.data;
    part.shift_weight = args.shift_weight.data;
    part.shift_bias = args.shift_bias.data;
    part.y = args.y.data + first * args.y.stride[0];
    part.h_stride = args.h.stride[0];
    part.coefficient_stride = args.coefficient.stride[0];
    part.y_stride = args.y.stride[0];
    part.width = static_cast<int>(width);
    const dim3 grid(static_cast<unsigned>((width + kThreads - 1) / kThreads),
                    static_cast<unsigned>(std::min(batch - first, gpu::kMostBlocks)));
    gpu::launch(film_kernel, grid, kThreads, 0, stream, part);
  }
}

const bool registered = add_back_end(gpu::kDevice, &film_launch);

}  // namespace
}  // namespace serene
