// Known answers for every intrinsic, from the PTX ISA and the CUDA guide, on the executor and on a GPU: that
// the twin and the hardware agree only the latter can show.
#include "tests/kernels/executor/intrinsics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/device_memory.h"
#include "tests/support/op_test.h"

namespace serene::test {
namespace {

class IntrinsicsTest : public testing::Test {
 protected:
  const TestStream stream_{devices().front()};
};

TEST_F(IntrinsicsTest, Shuffles) {
  const Buffer<int> y("y", 9 * 32);
  const Buffer<double> wide("wide", 32);
  shuffles(y.data(), wide.data(), stream_);
  for (int lane = 0; lane < 32; ++lane) {
    const auto got = [&](int row) { return y.data()[row * 32 + lane] - 100; };
    const int first = lane / 8 * 8, last = first + 7;
    EXPECT_EQ(got(0), 5);
    EXPECT_EQ(got(1), first + (lane + 1) % 8);
    EXPECT_EQ(got(2), lane < 3 ? lane : lane - 3);
    EXPECT_EQ(got(3), lane - 3 < first ? lane : lane - 3);
    EXPECT_EQ(got(4), lane + 3 > 31 ? lane : lane + 3);
    EXPECT_EQ(got(5), lane + 3 > last ? lane : lane + 3);
    EXPECT_EQ(got(6), lane ^ 5);
    EXPECT_EQ(got(7), lane / 8 % 2 == 0 ? lane : lane - 8) << "earlier segments may be read, later ones not";
    EXPECT_EQ(got(8), lane < 16 ? lane ^ 1 : lane ^ 2);
    EXPECT_EQ(wide.data()[lane], 0.25 + (31 - lane));
  }
}

TEST_F(IntrinsicsTest, Votes) {
  const Buffer<unsigned> y("y", 5 * 32);
  votes(y.data(), stream_);
  for (int lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(y.data()[0 * 32 + lane], 0x49249249u);
    EXPECT_EQ(y.data()[1 * 32 + lane], 1u);
    EXPECT_EQ(y.data()[2 * 32 + lane], 0u);
    EXPECT_EQ(y.data()[3 * 32 + lane], 1u);
    EXPECT_EQ(y.data()[4 * 32 + lane], 0u);
  }
}

TEST_F(IntrinsicsTest, BarriersThatCount) {
  for (const int threads : {48, 64, 1024}) {
    const Buffer<int> y("y", 5 * threads);
    barrier_votes(y.data(), threads, stream_);
    for (int t = 0; t < threads; ++t) {
      EXPECT_EQ(y.data()[0 * threads + t], (threads + 4) / 5);
      EXPECT_EQ(y.data()[1 * threads + t], 1);
      EXPECT_EQ(y.data()[2 * threads + t], 0);
      EXPECT_EQ(y.data()[3 * threads + t], 1);
      EXPECT_EQ(y.data()[4 * threads + t], 0);
    }
  }
}

TEST_F(IntrinsicsTest, Atomics) {
  const Buffer<int> y("y", std::vector<int>{0, 0, 0, 0xFFFF, 0, 0, 0, 0, 0, 0});
  const Buffer<float> sum("sum", std::vector<float>{0.5f});
  const Buffer<double> wide("wide", std::vector<double>{0.5});
  const Buffer<unsigned long long> big("big", std::vector<unsigned long long>{1});
  atomics(y.data(), sum.data(), wide.data(), big.data(), stream_);
  const std::vector<int> got = y.values();
  EXPECT_EQ(got[0], 64 * 63 / 2);
  EXPECT_EQ(got[1], -7);
  EXPECT_EQ(got[2], 3 * 63);
  EXPECT_EQ(got[3], 0xFF00);
  EXPECT_EQ(got[4], 0xFFFF);
  EXPECT_EQ(got[5], 0b110 ^ 0b110 ^ (22 % 2) ^ (21 % 2 << 1) ^ (21 % 2 << 2));
  EXPECT_GE(got[6], 1);
  EXPECT_LE(got[6], 64);
  EXPECT_EQ(got[7], 1);
  EXPECT_EQ(got[8], 1);
  EXPECT_EQ(got[9], 1);
  EXPECT_EQ(sum.data()[0], 0.5f + 0.5f * 64 * 63 / 2);
  EXPECT_EQ(wide.data()[0], 0.5 + 0.25 * 64 * 63 / 2);
  EXPECT_EQ(big.data()[0], 1 + (64ull << 33));
}

TEST_F(IntrinsicsTest, Ldmatrix) {
  std::vector<uint16_t> values(4 * 8 * 8);
  for (int m = 0; m < 4; ++m) {
    for (int r = 0; r < 8; ++r) {
      for (int c = 0; c < 8; ++c)
        values[(m * 8 + r) * 8 + c] = static_cast<uint16_t>(0x1000 * m + 0x10 * r + c);
    }
  }
  const Buffer<uint16_t> x("x", values);
  const Buffer<uint32_t> y("y", 14 * 32);
  ldmatrix(x.data(), y.data(), stream_);
  const int matrix_of[14] = {0, 0, 1, 0, 1, 2, 3, 0, 0, 1, 0, 1, 2, 3};
  for (int out = 0; out < 14; ++out) {
    for (uint32_t lane = 0; lane < 32; ++lane) {
      const uint32_t base = 0x1000u * static_cast<uint32_t>(matrix_of[out]);
      const uint32_t major = lane / 4, minor = lane % 4 * 2;
      const uint32_t low = base + (out < 7 ? 0x10 * major + minor : 0x10 * minor + major);
      const uint32_t high = low + (out < 7 ? 1 : 0x10);
      EXPECT_EQ(y.data()[out * 32 + lane], low | high << 16) << "register " << out << ", lane " << lane;
    }
  }
}

// Whole numbers small enough that every product and sum is exact, whatever the order.
std::vector<float> whole_numbers(int count, int factor) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(i * factor % 17 - 8));
  return values;
}

void expect_product(const std::vector<float>& d, const std::vector<float>& a, const std::vector<float>& b,
                    const std::vector<float>& c, int k) {
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 8; ++column) {
      float sum = c[row * 8 + column];
      for (int i = 0; i < k; ++i) sum += a[row * k + i] * b[i * 8 + column];
      EXPECT_EQ(d[row * 8 + column], sum) << row << ", " << column;
    }
  }
}

TEST_F(IntrinsicsTest, MmaBf16) {
  const Buffer<float> a("a", whole_numbers(16 * 16, 7)), b("b", whole_numbers(16 * 8, 5)),
      c("c", whole_numbers(16 * 8, 3)), d("d", 16 * 8);
  mma_bf16(a.data(), b.data(), c.data(), d.data(), stream_);
  expect_product(d.values(), a.values(), b.values(), c.values(), 16);
}

TEST_F(IntrinsicsTest, MmaTf32) {
  const Buffer<float> a("a", whole_numbers(16 * 8, 7)), b("b", whole_numbers(8 * 8, 5)),
      c("c", whole_numbers(16 * 8, 3)), d("d", 16 * 8);
  mma_tf32(a.data(), b.data(), c.data(), d.data(), stream_);
  expect_product(d.values(), a.values(), b.values(), c.values(), 8);
}

TEST_F(IntrinsicsTest, MmaTf32DoesNotSeeTheLowBits) {
  // 1 + 2^-11 is cut to 1, 1 + 2^-10 is not.
  std::vector<float> a_values(16 * 8, 0.0f), b_values(8 * 8, 0.0f);
  a_values[0] = 1 + 0x1p-11f;
  a_values[8] = 1 + 0x1p-10f;
  b_values[0] = 1 + 0x1p-11f;
  b_values[1] = 2;
  const Buffer<float> a("a", a_values), b("b", b_values), c("c", std::vector<float>(16 * 8, 0.0f)),
      d("d", 16 * 8);
  mma_tf32(a.data(), b.data(), c.data(), d.data(), stream_);
  EXPECT_EQ(d.data()[0], 1.0f);
  EXPECT_EQ(d.data()[1], 2.0f);
  EXPECT_EQ(d.data()[8], 1 + 0x1p-10f);
  EXPECT_EQ(d.data()[9], 2 + 0x1p-9f);
}

TEST_F(IntrinsicsTest, CpAsyncCopiesAndFillsWithZero) {
  std::vector<uint32_t> values(32 * 12);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint32_t>(1000 + i);
  for (const int valid : {0, 4, 6, 12, 16}) {
    const Buffer<uint32_t> x("x", values), y("y", values.size());
    cp_async(x.data(), y.data(), valid, stream_);
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < 12; ++i) {
        const int kept = i < 8 ? 4 : std::clamp(valid - (i - 8) * 4, 0, 4);
        uint32_t wanted = values[lane * 12 + i];
        if (kept < 4) wanted &= (1u << (8 * kept)) - 1;
        if (i == 7) wanted = 7;  // not copied to
        EXPECT_EQ(y.data()[lane * 12 + i], wanted)
            << "lane " << lane << ", word " << i << ", valid " << valid;
      }
    }
  }
}

TEST_F(IntrinsicsTest, CpAsyncWaitsForTheOldestGroups) {
  const Buffer<uint32_t> x("x", std::vector<uint32_t>{1, 2, 3}), y("y", 4 * 3);
  cp_async_landed(x.data(), y.data(), stream_);
  EXPECT_EQ(y.values(), (std::vector<uint32_t>{0, 0, 0, 1, 0, 0, 1, 2, 0, 1, 2, 3}));
}

TEST_F(IntrinsicsTest, NamedBarriersHandOver) {
  const Buffer<int> y("y", 128);
  named_barriers(y.data(), stream_);
  for (int lane = 0; lane < 32; ++lane) {
    const int after_first = 31 - lane, after_second = 100 + lane + 31 - lane;
    EXPECT_EQ(y.data()[lane], 0);
    EXPECT_EQ(y.data()[32 + lane], after_first);
    EXPECT_EQ(y.data()[64 + lane], after_second);
    EXPECT_EQ(y.data()[96 + lane], 131 + 200 + 31 - lane);
  }
}

TEST_F(IntrinsicsTest, MbarriersEndAPhaseWithTheLastArrival) {
  if (!has_bulk_copies()) GTEST_SKIP() << "takes compute capability 9.0";
  const Buffer<int> y("y", 3 * 64);
  mbarriers(y.data(), stream_);
  for (int phase = 0; phase < 3; ++phase) {
    for (int thread = 0; thread < 64; ++thread)
      EXPECT_EQ(y.data()[phase * 64 + thread], 1000 * phase + (thread + 33) % 64);
  }
}

TEST_F(IntrinsicsTest, BulkCopiesEndThePhaseThatAnnouncedTheirBytes) {
  if (!has_bulk_copies()) GTEST_SKIP() << "takes compute capability 9.0";
  std::vector<uint32_t> values(1024);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint32_t>(1000 + i);
  // The smallest; one over the other; a large and a small one; unequal places.
  const BulkCopies cases[] = {{1, 1, {{0}}, {{0}}, {{4}}},
                              {2, 1, {{0}, {512}}, {{8}, {4}}, {{16}, {8}}},
                              {1, 2, {{4, 1020}}, {{12, 4}}, {{1012, 4}}},
                              {3,
                               2,
                               {{0, 64}, {128, 8}, {4, 500}},
                               {{512, 0}, {516, 100}, {0, 1016}},
                               {{64, 4}, {32, 12}, {508, 8}}}};
  for (const BulkCopies& all : cases) {
    const Buffer<uint32_t> x("x", values), y("y", static_cast<size_t>(all.phases) * 1024);
    bulk_copies(x.data(), y.data(), all, stream_);
    std::vector<uint32_t> tile(1024, 7);
    for (int phase = 0; phase < all.phases; ++phase) {
      for (int i = 0; i < all.copies; ++i)
        std::copy_n(values.begin() + all.from[phase][i], all.words[phase][i],
                    tile.begin() + all.to[phase][i]);
      for (int i = 0; i < 1024; ++i)
        ASSERT_EQ(y.data()[phase * 1024 + i], tile[i]) << "phase " << phase << ", word " << i;
    }
  }
}

// Functions of kernels/common/gpu/ that are PTX under nvcc: each is called by a kernel of intrinsics.cuh.
TEST_F(IntrinsicsTest, EveryInstructionHasACase) {
  const std::string root = SERENE_TEST_SOURCE_DIR;
  const auto text_of = [](const std::filesystem::path& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string cases = text_of(root + "/tests/kernels/executor/intrinsics.cuh");
  const std::regex function(R"((?:SERENE_DEVICE|inline) [\w:]+ (\w+)\()"), instruction(R"(\basm\b)");
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/kernels/common/gpu")) {
    const std::string text = text_of(entry.path());
    std::smatch match;
    for (auto at = text.cbegin(); std::regex_search(at, text.cend(), match, function);) {
      const std::string name = match[1];
      at = match[0].second;
      const auto end = std::regex_search(at, text.cend(), match, function) ? match[0].first : text.cend();
      if (!std::regex_search(at, end, instruction)) continue;
      ++found;
      EXPECT_NE(cases.find("gpu::" + name), std::string::npos)
          << entry.path().filename() << ": " << name << " has no known answer";
    }
  }
  EXPECT_GE(found, 23);
}

TEST_F(IntrinsicsTest, Conversions) {
  struct Row {
    float x, exp2;
    uint32_t tf32;
    uint16_t bf16;
    float tanh;
  };
  const float inf = std::numeric_limits<float>::infinity();
  const Row rows[] = {
      {0.0f, 1.0f, 0x00000000, 0x0000, 0.0f},
      {1.0f, 2.0f, 0x3F800000, 0x3F80, 0.761594156f},
      {-2.0f, 0.25f, 0xC0000000, 0xC000, -0.96402758f},
      {3.5f, 11.3137085f, 0x40600000, 0x4060, 0.998177898f},
      // Halfway cases: TF32 goes away from zero, bfloat16 to even.
      {1 + 0x1p-11f, 2.00067699f, 0x3F802000, 0x3F80, 0.761799145f},
      {-1 - 0x1p-11f, 0.499830812f, 0xBF802000, 0xBF80, -0.761799145f},
      {1 + 0x1p-8f, 2.00542259f, 0x3F808000, 0x3F80, 0.763229806f},
      {1 + 0x3p-8f, 2.01631188f, 0x3F818000, 0x3F82, 0.766471973f},
      {1 + 0x1p-12f, 2.00033844f, 0x3F800000, 0x3F80, 0.76169667f},
      // Rounding carries into the exponent.
      {2 - 0x1p-20f, 3.99999736f, 0x40000000, 0x4000, 0.964027513f},
      {-126.0f, 0x1p-126f, 0xC2FC0000, 0xC2FC, -1.0f},
      {-127.0f, 0.0f, 0xC2FE0000, 0xC2FE, -1.0f},
      {200.0f, inf, 0x43480000, 0x4348, 1.0f},
      {inf, inf, 0x7F800000, 0x7F80, 1.0f},
      {-inf, 0.0f, 0xFF800000, 0xFF80, -1.0f},
  };
  std::vector<float> values;
  for (const Row& row : rows) values.push_back(row.x);
  const Buffer<float> x("x", values);
  const Buffer<uint32_t> y("y", values.size() * 5);
  convert(x.data(), y.data(), static_cast<int>(values.size()), stream_);
  for (size_t i = 0; i < values.size(); ++i) {
    const Row& row = rows[i];
    const float exp2 = std::bit_cast<float>(y.data()[i * 5]);
    if (std::isinf(row.exp2)) {
      EXPECT_EQ(exp2, row.exp2) << row.x;
    } else {
      EXPECT_NEAR(exp2, row.exp2, 2 * 0x1p-23 * row.exp2) << row.x;
    }
    EXPECT_EQ(y.data()[i * 5 + 1], row.tf32) << row.x;
    EXPECT_EQ(y.data()[i * 5 + 2], row.bf16) << row.x;
    EXPECT_EQ(y.data()[i * 5 + 3], row.bf16 | (row.bf16 ^ 0x8000u) << 16) << row.x;
    // 2^-10.9 of itself.
    EXPECT_NEAR(std::bit_cast<float>(y.data()[i * 5 + 4]), row.tanh, 5.3e-4f * std::abs(row.tanh)) << row.x;
  }
}

TEST_F(IntrinsicsTest, ConversionsKeepNan) {
  const Buffer<float> x("x", std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
  const Buffer<uint32_t> y("y", 5);
  convert(x.data(), y.data(), 1, stream_);
  EXPECT_TRUE(std::isnan(std::bit_cast<float>(y.data()[0])));
  EXPECT_TRUE(std::isnan(std::bit_cast<float>(y.data()[1])));
  EXPECT_EQ(y.data()[2], 0x7FFFu);
  EXPECT_EQ(y.data()[3], 0x7FFF7FFFu);
  EXPECT_TRUE(std::isnan(std::bit_cast<float>(y.data()[4])));
}

TEST_F(IntrinsicsTest, Bits) {
  const Buffer<int> y("y", 7);
  bits(y.data(), stream_);
  EXPECT_EQ(y.values(), (std::vector<int>{9, 15, 32, 17, 0, 0x3F800000, 1}));
}

}  // namespace
}  // namespace serene::test
