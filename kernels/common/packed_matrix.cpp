#include "kernels/common/packed_matrix.h"

#include <algorithm>

#include "kernels/common/checks.h"

namespace serene {

PackedMatrix::PackedMatrix(int64_t n, int64_t k, int64_t inputs, Memory& memory, size_t bytes_a_pair)
    : buffer_(static_cast<size_t>((n + kPanel - 1) / kPanel * kPanel * k) * bytes_a_pair / 2, memory),
      k_(k),
      n_(n),
      inputs_(inputs) {
  std::fill_n(static_cast<float*>(buffer_.host_copy()), buffer_.bytes() / sizeof(float), 0.0f);
}

PackedMatrix PackedMatrix::from_rows(std::span<const float> weight, int64_t n, int64_t k, Memory& memory) {
  check_that(static_cast<int64_t>(weight.size()) == n * k, "packed_matrix", "weight", "n * k values");
  PackedMatrix packed(n, k, k, memory);
  auto* const to = static_cast<float*>(packed.buffer_.host_copy());
  for (int64_t row = 0; row < n; ++row) {
    for (int64_t column = 0; column < k; ++column) to[packed.place(column, row)] = weight[row * k + column];
  }
  packed.fill_pairs(memory);
  return packed;
}

PackedMatrix PackedMatrix::bf16_from_rows(std::span<const float> weight, int64_t n, int64_t k) {
  check_that(static_cast<int64_t>(weight.size()) == n * k && k % 2 == 0, "packed_matrix", "weight",
             "n * k values, k even");
  PackedMatrix packed(n, k, k, HostMemory::instance(), sizeof(uint32_t));
  packed.is_bf16_ = true;
  auto* const to = static_cast<uint32_t*>(packed.buffer_.data());
  for (int64_t row = 0; row < n; ++row) {
    for (int64_t pair = 0; pair < k / 2; ++pair) {
      const float* values = weight.data() + row * k + 2 * pair;
      to[(row / kPanel * (k / 2) + pair) * kPanel + row % kPanel] = bf16_pair(values[0], values[1]);
    }
  }
  return packed;
}

PackedMatrix PackedMatrix::from_conv(std::span<const float> weight, int64_t n, int64_t cin, int64_t kh,
                                     int64_t kw, Memory& memory) {
  check_that(static_cast<int64_t>(weight.size()) == n * cin * kh * kw, "packed_matrix", "weight",
             "n * cin * kh * kw values");
  PackedMatrix packed(n, cin * kh * kw, cin, memory);
  auto* const to = static_cast<float*>(packed.buffer_.host_copy());
  for (int64_t out = 0; out < n; ++out) {
    for (int64_t in = 0; in < cin; ++in) {
      for (int64_t tap = 0; tap < kh * kw; ++tap)
        to[packed.place(tap * cin + in, out)] = weight[(out * cin + in) * kh * kw + tap];
    }
  }
  packed.fill_pairs(memory);
  return packed;
}

PackedMatrix PackedMatrix::from_grouped_conv(std::span<const float> weight, int64_t groups, int64_t n,
                                             int64_t cin, int64_t taps, Memory& memory) {
  check_that(static_cast<int64_t>(weight.size()) == groups * n * cin * taps, "packed_matrix", "weight",
             "groups * n * cin * taps values");
  const int64_t columns = (n + kPanel - 1) / kPanel * kPanel;
  PackedMatrix packed(groups * columns, cin * taps, cin, memory);
  auto* const to = static_cast<float*>(packed.buffer_.host_copy());
  for (int64_t out = 0; out < groups * n; ++out) {
    const int64_t column = out / n * columns + out % n;
    for (int64_t in = 0; in < cin; ++in) {
      for (int64_t tap = 0; tap < taps; ++tap)
        to[packed.place(tap * cin + in, column)] = weight[(out * cin + in) * taps + tap];
    }
  }
  packed.fill_pairs(memory);
  return packed;
}

// Once the values are there: what only a device reads cannot be read back.
void PackedMatrix::fill_pairs(Memory& memory) const {
  if (memory.host_reads() || inputs_ % 2 != 0) return;
  pairs_.make(static_cast<const float*>(buffer_.host_copy()), (n_ + kPanel - 1) / kPanel * k_, kPanel,
              memory);
}

const uint32_t* PackedMatrix::pairs() const {
  if (is_bf16_) return static_cast<const uint32_t*>(buffer_.data());
  if (inputs_ % 2 != 0) return nullptr;
  return pairs_.of_rows(data(), (n_ + kPanel - 1) / kPanel * k_, kPanel);
}

}  // namespace serene
