// Kernels of every kind, run by the executor, held to double precision.
#include "tests/kernels/executor/sample_kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "tests/executor/memory.h"
#include "tests/kernels/executor/seeds.h"
#include "tests/support/op_test.h"

namespace serene::test {
namespace {

using executor::Buffer;

// Every test runs in several orders of the threads.
class SampleKernelsTest : public testing::TestWithParam<int> {
 protected:
  const Seed seed_{GetParam()};
  const TestStream stream_{Device::executor, 2};
};

INSTANTIATE_TEST_SUITE_P(Seeds, SampleKernelsTest, testing::Range(0, 4));

TEST_P(SampleKernelsTest, BlockSum) {
  for (const int threads : {1, 2, 32, 64, 256, 1024}) {
    const std::vector<float> values = random_values(3 * 2 * threads, 1);
    const Buffer<float> x("x", values), y("y", 3);
    block_sum(x.data(), y.data(), 3, threads, stream_);
    std::vector<double> ref(3, 0.0);
    for (size_t i = 0; i < values.size(); ++i) ref[i / (2 * threads)] += values[i];
    expect_close(y.values(), ref, tolerance(2 * threads, std::sqrt(2.0 * threads)));
  }
}

TEST_P(SampleKernelsTest, Softmax) {
  for (const int columns : {1, 3, 31, 32, 33, 321}) {
    const int rows = 5;
    const std::vector<float> values = random_values(rows * columns, 2, 3.0f);
    const Buffer<float> x("x", values), y("y", values.size());
    softmax(x.data(), y.data(), rows, columns, stream_);
    std::vector<double> ref(values.size());
    for (int r = 0; r < rows; ++r) {
      double top = -INFINITY, sum = 0;
      for (int i = 0; i < columns; ++i) top = std::max<double>(top, values[r * columns + i]);
      for (int i = 0; i < columns; ++i) sum += std::exp(values[r * columns + i] - top);
      for (int i = 0; i < columns; ++i) ref[r * columns + i] = std::exp(values[r * columns + i] - top) / sum;
    }
    // The argument of the exponential is up to 20, its rounding error is the result's relative one.
    expect_close(y.values(), ref, tolerance(columns, 1, 20));
  }
}

TEST_P(SampleKernelsTest, Scan) {
  for (const int count : {1, 31, 32, 33, 500, 1024}) {
    std::vector<int> values(count), ref(count);
    for (int i = 0; i < count; ++i) values[i] = (i * 37 + 11) % 101 - 50;
    std::partial_sum(values.begin(), values.end(), ref.begin());
    const Buffer<int> x("x", values), y("y", values.size());
    scan(x.data(), y.data(), count, stream_);
    EXPECT_EQ(y.values(), ref) << count;
  }
}

TEST_P(SampleKernelsTest, Histogram) {
  std::vector<int> values(1000), ref(16, 0);
  for (int i = 0; i < 1000; ++i) ++ref[(values[i] = i * i) & 15];
  const Buffer<int> x("x", values), bins("bins", std::vector<int>(16, 0));
  histogram(x.data(), 1000, bins.data(), 5, 64, stream_);
  EXPECT_EQ(bins.values(), ref);
}

struct Product {
  std::vector<float> a, b;
  std::vector<double> ref;
  double magnitude = 0;
};

// Inputs rounded to `kept` bits of fraction, and a b^T in double precision.
Product product(int m, int n, int k, int kept) {
  Product p{random_values(int64_t{m} * k, 3), random_values(int64_t{n} * k, 4), {}, 0};
  for (std::vector<float>* values : {&p.a, &p.b}) {
    for (float& v : *values) v = std::bit_cast<float>(std::bit_cast<uint32_t>(v) & (~0u << (23 - kept)));
  }
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0, size = 0;
      for (int l = 0; l < k; ++l) {
        const double term = double{p.a[i * k + l]} * double{p.b[j * k + l]};
        sum += term;
        size += std::abs(term);
      }
      p.ref.push_back(sum);
      p.magnitude = std::max(p.magnitude, size);
    }
  }
  return p;
}

constexpr int kShapes[][3] = {{1, 1, 8}, {16, 8, 16}, {64, 32, 32}, {65, 33, 40}, {100, 70, 136}};

TEST_P(SampleKernelsTest, GemmBf16) {
  for (const auto& [m, n, k] : kShapes) {
    const Product p = product(m, n, k, 7);
    std::vector<uint16_t> a, b;
    for (float v : p.a) a.push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(v) >> 16));
    for (float v : p.b) b.push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(v) >> 16));
    const Buffer<uint16_t> a_memory("a", a), b_memory("b", b);
    const Buffer<float> c("c", p.ref.size());
    gemm_bf16(a_memory.data(), b_memory.data(), c.data(), m, n, k, stream_);
    expect_close(c.values(), p.ref, tolerance(1, p.magnitude, std::sqrt(k)));
  }
}

TEST_P(SampleKernelsTest, GemmTf32) {
  for (const auto& [m, n, k] : kShapes) {
    const Product p = product(m, n, k, 10);
    const Buffer<float> a("a", p.a), b("b", p.b), c("c", p.ref.size());
    gemm_tf32(a.data(), b.data(), c.data(), m, n, k, stream_);
    expect_close(c.values(), p.ref, tolerance(1, p.magnitude, std::sqrt(k)));
  }
}

TEST_P(SampleKernelsTest, BulkCopiesThroughMbarriers) {
  for (const int count : {256, 512, 2048}) {
    const std::vector<float> values = random_values(count, 5);
    const Buffer<float> x("x", values), y("y", values.size());
    bulk_double(x.data(), y.data(), count, stream_);
    std::vector<float> ref = values;
    for (float& v : ref) v *= 2;
    EXPECT_EQ(y.values(), ref);
  }
}

TEST_P(SampleKernelsTest, NamedBarrier) {
  std::vector<int> values(64), ref(64);
  for (int i = 0; i < 64; ++i) values[i] = 3 * i;
  for (int i = 0; i < 64; ++i) ref[i] = values[(i + 32) % 64];
  const Buffer<int> x("x", values), y("y", 64);
  hand_over(x.data(), y.data(), stream_);
  EXPECT_EQ(y.values(), ref);
}

}  // namespace
}  // namespace serene::test
