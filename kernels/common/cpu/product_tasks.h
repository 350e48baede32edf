// How a product of many rows with a wide weight is cut into tasks: blocks of rows by groups of columns, by
// the shape alone.
//
// A block of A stays in L2 while the columns of its task go by. Groups are narrow enough that a product of
// few rows still has work for many threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/common/packed_matrix.h"

namespace serene::cpu {

inline constexpr int64_t kProductRows = 192;
// Whole stripes of every level's gemm.
constexpr int64_t product_columns(int64_t columns) { return columns < 1536 ? 128 : 256; }
// Floats of Gemm::partial for a worker.
inline constexpr int64_t kProductPartial = kProductRows * kPartialColumns;

class ProductTasks {
 public:
  struct Task {
    int64_t row, rows, column, columns;
  };

  ProductTasks(int64_t rows, int64_t columns)
      : rows_(rows), columns_(columns), width_(product_columns(columns)) {
    const int64_t blocks = (rows + kProductRows - 1) / kProductRows;
    groups_ = (columns + width_ - 1) / width_;
    // Blocks of like size, of whole register tiles: 24 is a multiple of the heights of most.
    height_ = blocks > 0 ? ((rows + blocks - 1) / blocks + 23) / 24 * 24 : 0;
    blocks_ = height_ > 0 ? (rows + height_ - 1) / height_ : 0;
  }
  int64_t count() const { return blocks_ * groups_; }
  Task operator[](int64_t task) const {
    const int64_t row = task / groups_ * height_, column = task % groups_ * width_;
    return {row, std::min(height_, rows_ - row), column, std::min(width_, columns_ - column)};
  }

 private:
  int64_t rows_, columns_, width_, groups_ = 0, blocks_ = 0, height_ = 0;
};

// B, or its pairs, from `column` on, a multiple of 16.
inline void set_weight(Gemm& gemm, const PackedMatrix& weight, const uint32_t* pairs, int64_t column) {
  gemm.b = weight.data() + column * weight.k();
  gemm.b_pairs = pairs == nullptr ? nullptr : pairs + column * (weight.k() / 2);
}

}  // namespace serene::cpu
