#include <algorithm>

#include "kernels/add_positions/add_positions.h"

namespace serene {

void add_positions_cpu(const AddPositionsArgs& args, const Stream& stream) {
  constexpr int64_t kRows = 32;
  const int64_t rows = args.x.size(0), channels = args.x.size(1);
  stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int) {
    const int64_t row = task * kRows;
    each_part(args.clips, row, std::min(kRows, rows - row), [&](int64_t clip, int64_t first, int64_t count) {
      for (int64_t t = first; t < first + count; ++t) {
        const float* x = args.x[args.clips.begin[clip] + t].data;
        const float* position = args.table[t].data;
        float* y = args.y[args.clips.begin[clip] + t].data;
        for (int64_t i = 0; i < channels; ++i) y[i] = x[i] + position[i];
      }
    });
  });
}

}  // namespace serene
