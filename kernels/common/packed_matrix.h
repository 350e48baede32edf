// Weights of a matrix product in the layout the micro-kernels read: columns in blocks of 16.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/common/aligned_buffer.h"
#include "kernels/common/bf16_pairs.h"

namespace serene {

inline constexpr int64_t kPanel = 16;  // columns of a block, one AVX-512 register

// (K, N) as [ceil(N / 16)][K][16], columns beyond N zero. Made once when a model is loaded.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  // `weight` is PyTorch's Linear layout, (N, K) row-major.
  static PackedMatrix from_rows(std::span<const float> weight, int64_t n, int64_t k,
                                Memory& memory = HostMemory::instance());
  // Kept as bf16 alone, in half the bytes: for the op linear on the CPU, in every precision. The values are
  // rounded to bf16; k is even.
  static PackedMatrix bf16_from_rows(std::span<const float> weight, int64_t n, int64_t k);
  // `weight` is a PyTorch Conv2d's (N, Cin, Kh, Kw); K runs over (Kh, Kw, Cin), so that a channels-last patch
  // is read in order.
  static PackedMatrix from_conv(std::span<const float> weight, int64_t n, int64_t cin, int64_t kh, int64_t kw,
                                Memory& memory = HostMemory::instance());

  // Groups of columns that read inputs of their own: `weight` is a PyTorch Conv1d's (groups * n, Cin, taps).
  // K runs over (taps, Cin). A group has whole blocks of 16 columns, so that group g begins at column g *
  // ceil(n / 16) * 16; n() counts the columns in between, too.
  static PackedMatrix from_grouped_conv(std::span<const float> weight, int64_t groups, int64_t n, int64_t cin,
                                        int64_t taps, Memory& memory = HostMemory::instance());

  // Null where it is kept as bf16.
  const float* data() const { return is_bf16_ ? nullptr : buffer_.floats(); }
  bool is_bf16() const { return is_bf16_; }
  int64_t k() const { return k_; }
  int64_t n() const { return n_; }
  // The same as [ceil(N / 16)][K / 2][16] pairs of bf16, see Bf16Pairs; null where the inputs (of a tap, for
  // a convolution) are odd in number. Made when first asked for, or with the matrix where only a device reads
  // it.
  const uint32_t* pairs() const;

 private:
  PackedMatrix(int64_t n, int64_t k, int64_t inputs, Memory& memory, size_t bytes_a_pair = 2 * sizeof(float));
  void fill_pairs(Memory& memory) const;
  int64_t place(int64_t k, int64_t n) const { return (n / kPanel * k_ + k) * kPanel + n % kPanel; }

  AlignedBuffer buffer_;
  Bf16Pairs pairs_;
  int64_t k_ = 0, n_ = 0, inputs_ = 0;
  bool is_bf16_ = false;
};

}  // namespace serene
