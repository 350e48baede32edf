// Grids of elementwise kernels: threads along a row's elements, rows of a clip along the block and the grid,
// clips along y.
//
// A kernel begins
//   for (b = blockIdx.y; b < batch; b += gridDim.y)
//     for (i = threadIdx.x; i < lanes; i += blockDim.x)      with row = blockIdx.x * blockDim.y + threadIdx.y
// so that there is no division but of the row, and any batch fits the 65535 blocks that y may have.
#pragma once

#include <algorithm>
#include <initializer_list>

#include "kernels/common/gpu/device.h"
#include "kernels/common/gpu/line_grid.h"
#include "kernels/common/view.h"

namespace serene::gpu {

struct RowGrid {
  dim3 grid, block;
};

// For `rows` rows a clip of `lanes` threads each; nothing to start where one of them is 0.
inline RowGrid row_grid(int64_t batch, int64_t rows, int64_t lanes) {
  constexpr unsigned kThreads = 256;
  unsigned wide = 1;
  while (wide < lanes && wide < kThreads) wide *= 2;
  const unsigned high = kThreads / wide;
  return {dim3(static_cast<unsigned>((rows + high - 1) / high),
               static_cast<unsigned>(std::min(batch, kMostBlocks))),
          dim3(wide, high)};
}

// True where rows of floats at `data`, these strides apart, begin at an aligned float4.
inline bool begin_in_fours(const float* data, std::initializer_list<int64_t> strides) {
  return reinterpret_cast<uintptr_t>(data) % 16 == 0 &&
         std::all_of(strides.begin(), strides.end(), [](int64_t stride) { return stride % 4 == 0; });
}

// True where they are whole aligned float4, `width` floats long.
inline bool in_fours(const float* data, int64_t width, std::initializer_list<int64_t> strides) {
  return width % 4 == 0 && begin_in_fours(data, strides);
}

// The same for every row of channels of a map.
template <class T>
bool begin_in_fours(const View<T, 4>& map) {
  return begin_in_fours(map.data, {map.stride[0], map.stride[1], map.stride[2]});
}
template <class T>
bool in_fours(const View<T, 4>& map) {
  return in_fours(map.data, map.size(3), {map.stride[0], map.stride[1], map.stride[2]});
}

}  // namespace serene::gpu
