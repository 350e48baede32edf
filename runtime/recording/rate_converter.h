// From one rate to another: by soxr, or in a build without it by nothing.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace serene::runtime {

class RateConverter {
 public:
  virtual ~RateConverter() = default;
  // Appends to `out` what can be computed so far; `in` is not empty. Throws ResampleError.
  virtual void push(std::span<const float> in, std::vector<float>& out) = 0;
  // Appends the rest. Throws the same.
  virtual void finish(std::vector<float>& out) = 0;
};

// `rate` Hz to SERENE_SAMPLE_RATE. Throws ResampleError.
std::unique_ptr<RateConverter> make_rate_converter(int rate);

}  // namespace serene::runtime
