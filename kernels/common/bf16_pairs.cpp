#include "kernels/common/bf16_pairs.h"

#include <bit>
#include <mutex>

#include "kernels/common/aligned_buffer.h"

namespace serene {
namespace {

uint32_t bf16_bits(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
}

}  // namespace

uint32_t bf16_pair(float low, float high) { return bf16_bits(low) | bf16_bits(high) << 16; }

struct Bf16Pairs::Made {
  std::once_flag once;
  AlignedBuffer buffer;
};

Bf16Pairs::Bf16Pairs() : made_(std::make_unique<Made>()) {}
Bf16Pairs::Bf16Pairs(Bf16Pairs&&) noexcept = default;
Bf16Pairs& Bf16Pairs::operator=(Bf16Pairs&&) noexcept = default;
Bf16Pairs::~Bf16Pairs() = default;

void Bf16Pairs::make(const float* x, int64_t rows, int64_t columns, Memory& memory) const {
  std::call_once(made_->once, [&] {
    AlignedBuffer buffer(static_cast<size_t>(rows / 2 * columns) * sizeof(uint32_t), memory);
    auto* pair = static_cast<uint32_t*>(buffer.host_copy());
    for (int64_t row = 0; row + 1 < rows; row += 2) {
      for (int64_t i = row * columns; i < (row + 1) * columns; ++i) *pair++ = bf16_pair(x[i], x[i + columns]);
    }
    made_->buffer = std::move(buffer);
  });
}

const uint32_t* Bf16Pairs::of_rows(const float* x, int64_t rows, int64_t columns) const {
  make(x, rows, columns, HostMemory::instance());
  return static_cast<const uint32_t*>(made_->buffer.data());
}

}  // namespace serene
