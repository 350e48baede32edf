// Any rate to the model's 16 kHz, block by block, by soxr at its high quality.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

namespace serene::runtime {

class RateConverter;

// What soxr refuses, in its own words, or any rate but 16 kHz in a build without it.
class ResampleError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Whether this build has soxr.
bool can_resample();

class Resampler {
 public:
  // `rate` in Hz; 16 kHz passes through untouched. Throws ResampleError.
  explicit Resampler(int rate);
  ~Resampler();
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  // Appends to `out` what can be computed so far of the mono block `in`. Throws as the constructor.
  void push(std::span<const float> in, std::vector<float>& out);
  // Appends the rest. n samples pushed give n * 16000 / rate samples, rounded, and one at least.
  void finish(std::vector<float>& out);

 private:
  std::unique_ptr<RateConverter> converter_;  // null: pass through
  bool any_out_ = false;
  float last_in_ = 0;
  bool any_in_ = false;
};

}  // namespace serene::runtime
