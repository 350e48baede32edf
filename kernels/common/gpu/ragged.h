// Clips of different lengths as kernels see them: a block has a tile of rows of one clip.
//
// The grid has room for as many tiles of each clip as the longest has; blocks beyond a clip's end leave at
// once.
#pragma once

#include "kernels/common/gpu/device.h"
#include "kernels/common/gpu/line_grid.h"
#include "kernels/common/ragged.h"

namespace serene::gpu {

struct RaggedTiles {
  const int64_t* begin;  // (clips + 1)
  int64_t tiles;         // of the longest clip
};

// Of tiles of `rows` rows; the grid of a kernel with as many blocks along x.
inline RaggedTiles ragged_tiles(const Ragged& clips, int64_t rows) {
  return {clips.on_device(), (clips.longest() + rows - 1) / rows};
}
inline unsigned ragged_grid(const Ragged& clips, const RaggedTiles& tiles) {
  return line_grid(clips.clips * tiles.tiles).x;
}

struct RaggedPlace {
  int64_t clip;
  int64_t begin, length;  // of the clip
  int64_t first;          // row of the tile, counted from the clip's first
};

// Of this block; it has nothing to do where first >= length.
SERENE_DEVICE RaggedPlace ragged_place(const RaggedTiles& tiles, int rows) {
  const int64_t clip = blockIdx.x / tiles.tiles, tile = blockIdx.x - clip * tiles.tiles;
  return {clip, tiles.begin[clip], tiles.begin[clip + 1] - tiles.begin[clip], tile * rows};
}

// The clip of a row that there is.
SERENE_DEVICE int64_t ragged_clip(const int64_t* begin, int64_t clips, int64_t row) {
  int64_t low = 0, high = clips;  // begin[low] <= row < begin[high]
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (begin[middle] <= row ? low : high) = middle;
  }
  return low;
}

}  // namespace serene::gpu
