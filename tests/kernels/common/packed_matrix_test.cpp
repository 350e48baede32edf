#include "kernels/common/packed_matrix.h"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <map>
#include <vector>

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

struct Case {
  int64_t n, cin, kh, kw;
};

class PackedMatrixTest : public testing::TestWithParam<Case> {};

// Column by column, what is after the last one too.
TEST_P(PackedMatrixTest, LaysColumnsInPanels) {
  const auto [n, cin, kh, kw] = GetParam();
  const int64_t k = cin * kh * kw;
  const std::vector<float> weight = test::random_values(n * k, 1);
  const PackedMatrix rows = PackedMatrix::from_rows(weight, n, k);
  const PackedMatrix conv = PackedMatrix::from_conv(weight, n, cin, kh, kw);
  EXPECT_EQ(rows.n(), n);
  EXPECT_EQ(rows.k(), k);
  EXPECT_EQ(conv.n(), n);
  EXPECT_EQ(conv.k(), k);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(rows.data()) % 64, 0u);
  for (int64_t column = 0; column < (n + 15) / 16 * 16; ++column) {
    for (int64_t y = 0; y < kh; ++y) {
      for (int64_t x = 0; x < kw; ++x) {
        for (int64_t c = 0; c < cin; ++c) {
          const int64_t in_rows = (c * kh + y) * kw + x;   // of a row of `weight`
          const int64_t in_conv = (y * kw + x) * cin + c;  // of a channels-last patch
          const float wanted = column < n ? weight[column * k + in_rows] : 0.0f;
          const int64_t panel = column / 16 * k * 16 + column % 16;
          ASSERT_EQ(rows.data()[panel + in_rows * 16], wanted) << column << " " << in_rows;
          ASSERT_EQ(conv.data()[panel + in_conv * 16], wanted) << column << " " << in_conv;
        }
      }
    }
  }
}

// Rows 2 k and 2 k + 1 side by side, as bf16; a tap's inputs stay together.
TEST_P(PackedMatrixTest, PairsRows) {
  const auto [n, cin, kh, kw] = GetParam();
  const int64_t k = cin * kh * kw;
  const std::vector<float> weight = test::random_values(n * k, 1);
  const PackedMatrix rows = PackedMatrix::from_rows(weight, n, k);
  const PackedMatrix conv = PackedMatrix::from_conv(weight, n, cin, kh, kw);
  EXPECT_EQ(rows.pairs() == nullptr, k % 2 != 0);
  EXPECT_EQ(conv.pairs() == nullptr, cin % 2 != 0);
  for (const PackedMatrix* matrix : {&rows, &conv}) {
    const uint32_t* pairs = matrix->pairs();
    if (pairs == nullptr) continue;
    EXPECT_EQ(matrix->pairs(), pairs) << "made once";
    for (int64_t i = 0; i < (n + 15) / 16 * (k / 2) * 16; ++i) {
      const float* both = matrix->data() + i / 16 * 32 + i % 16;
      ASSERT_EQ(pairs[i], bf16_pair(both[0], both[16])) << i;
    }
  }
}

// A device's memory, of which the host has a copy until it is sent.
class ApartMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override {
    void* const data = HostMemory::instance().allocate(bytes);
    copies_[data].resize(bytes);
    return data;
  }
  void release(void* data) noexcept override { HostMemory::instance().release(data); }
  void* host_copy(void* data) override { return copies_.at(data).data(); }
  bool host_reads() const override { return false; }
  void send() {
    for (const auto& [data, copy] : copies_) std::memcpy(data, copy.data(), copy.size());
    copies_.clear();
  }

 private:
  std::map<void*, std::vector<std::byte>> copies_;
};

// Pairs that are first asked for when the host can no longer read the matrix.
TEST_P(PackedMatrixTest, HasPairsWhereOnlyADeviceReads) {
  const auto [n, cin, kh, kw] = GetParam();
  const std::vector<float> weight = test::random_values(n * cin * kh * kw, 1);
  ApartMemory memory;
  const PackedMatrix apart = PackedMatrix::from_conv(weight, n, cin, kh, kw, memory);
  const PackedMatrix here = PackedMatrix::from_conv(weight, n, cin, kh, kw);
  memory.send();
  const size_t count = static_cast<size_t>((n + 15) / 16 * 16 * here.k());
  EXPECT_EQ(0, std::memcmp(apart.data(), here.data(), count * sizeof(float)));
  ASSERT_EQ(apart.pairs() == nullptr, here.pairs() == nullptr);
  if (here.pairs() != nullptr)
    EXPECT_EQ(0, std::memcmp(apart.pairs(), here.pairs(), count / 2 * sizeof(uint32_t)));
}

TEST(Bf16Pair, RoundsToTheNearestAndHalvesToEven) {
  EXPECT_EQ(bf16_pair(1.0f, -2.0f), 0xC0003F80u);
  EXPECT_EQ(bf16_pair(1.0f + 0x1p-8f, 1.0f + 0x3p-8f), 0x3F823F80u);        // between two: to the even one
  EXPECT_EQ(bf16_pair(1.0f + 0x1.02p-8f, 1.0f + 0x1.fep-9f), 0x3F803F81u);  // nearer to one of them
  EXPECT_EQ(bf16_pair(0.0f, -0.0f), 0x80000000u);
  EXPECT_EQ(bf16_pair(INFINITY, -INFINITY), 0xFF807F80u);
  EXPECT_EQ(bf16_pair(0x1.ffp127f, 0x1.fep127f), 0x7F7F7F80u);  // beyond the largest is infinity
}

INSTANTIATE_TEST_SUITE_P(PackedMatrix, PackedMatrixTest,
                         testing::Values(Case{1, 1, 1, 1}, Case{3, 2, 1, 3}, Case{15, 3, 3, 3},
                                         Case{16, 4, 2, 3}, Case{17, 5, 3, 1}, Case{31, 1, 1, 5},
                                         Case{32, 7, 1, 1}, Case{33, 64, 2, 3}),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string("n").append(std::to_string(c.n)) + "_cin" +
                                  std::to_string(c.cin) + "_kh" + std::to_string(c.kh) + "_kw" +
                                  std::to_string(c.kw);
                         });

TEST(PackedMatrix, StartsEmpty) {
  const PackedMatrix empty;
  EXPECT_EQ(empty.data(), nullptr);
  EXPECT_EQ(empty.n(), 0);
  EXPECT_EQ(empty.k(), 0);
}

TEST(PackedMatrixErrors, NamesTheWeight) {
  const std::vector<float> weight(12, 1.0f);
  const auto message = [](auto make) -> std::string {
    try {
      make();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message([&] { PackedMatrix::from_rows(weight, 3, 5); }),
            "packed_matrix: weight: got something else, wanted n * k values");
  EXPECT_EQ(message([&] { PackedMatrix::from_conv(weight, 3, 2, 2, 2); }),
            "packed_matrix: weight: got something else, wanted n * cin * kh * kw values");
}

// Each group begins a block; K runs over taps, then inputs; what lies between the groups is zero.
TEST(PackedMatrixGroups, BeginBlocks) {
  constexpr int64_t kGroups = 2, kOut = 17, kIn = 3, kTaps = 4, kColumns = 32;
  const std::vector<float> weight = test::random_values(kGroups * kOut * kIn * kTaps, 1);
  const PackedMatrix packed = PackedMatrix::from_grouped_conv(weight, kGroups, kOut, kIn, kTaps);
  EXPECT_EQ(packed.n(), kGroups * kColumns);
  EXPECT_EQ(packed.k(), kIn * kTaps);
  for (int64_t column = 0; column < packed.n(); ++column) {
    for (int64_t k = 0; k < packed.k(); ++k) {
      const int64_t out = column % kColumns, tap = k / kIn, in = k % kIn;
      const float wanted =
          out < kOut ? weight[((column / kColumns * kOut + out) * kIn + in) * kTaps + tap] : 0.0f;
      ASSERT_EQ(packed.data()[(column / kPanel * packed.k() + k) * kPanel + column % kPanel], wanted)
          << "column " << column << ", k " << k;
    }
  }
}

}  // namespace
}  // namespace serene
