// What every op test shares: the back ends, seeded inputs, running twice.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/thread_pool.h"
#include "tests/support/guarded_buffer.h"
#include "tests/support/guarded_workspace.h"
#include "tests/support/random_values.h"
#include "tests/support/tolerance.h"

namespace serene::test {

// The devices that this executable runs ops on: tests/support/devices_*.cpp, one of which it links.
std::vector<Device> devices();

// Each case in every precision of its device.
template <class Case>
std::vector<Case> with_precisions(const std::vector<Case>& cases) {
  std::vector<Case> all;
  for (const Case& c : cases) {
    for (Precision precision : {Precision::fp32, Precision::tf32, Precision::bf16}) {
      if (precision == Precision::tf32 && c.device == Device::cpu) continue;
      all.push_back(c);
      all.back().precision = precision;
    }
  }
  return all;
}

// A back end that took bf16 for fp32 would pass every bound. Where the precision is bf16 on the CPU and
// `inputs` of a product are even in number (the CPU multiplies others in fp32), `differs` is to see different
// bits in fp32.
template <class Differs>
void expect_bf16_matters(Device device, Precision& precision, int64_t inputs, int64_t outputs,
                         Differs differs) {
  if (device != Device::cpu || precision != Precision::bf16 || inputs % 2 != 0 || outputs < 16) return;
  precision = Precision::fp32;
  EXPECT_TRUE(differs()) << "the same in bf16 and in fp32";
  precision = Precision::bf16;
}

// How many threads an op is run again with: a GPU has none.
inline std::vector<int> thread_counts(Device device) {
  return device == Device::cpu ? std::vector{1, 2, 3} : std::vector{1};
}

// A stream on the device; `threads` matters on the CPU only.
class TestStream {
 public:
  explicit TestStream(Device device, int threads = 2) : pool_(threads), stream_{device, &pool_} {}
  operator const Stream&() const { return stream_; }
  const Stream& get() const { return stream_; }

 private:
  ThreadPool pool_;
  Stream stream_;
};

inline std::vector<double> to_double(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

}  // namespace serene::test
