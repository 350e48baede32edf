// The closing line on standard error: how many, how long, how fast.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace serene::cli {

class Summary {
 public:
  // One input is done; `seconds` of audio.
  void add(double seconds, bool failed);
  // Inputs that an earlier run did, `failed` of them in vain.
  void set_kept(size_t kept, size_t failed);
  // With the kept ones: as many error rows are in the output.
  size_t failed() const { return failed_ + kept_failed_; }
  size_t all() const { return done_ + failed_ + kept_; }
  // "8 recordings scored, 1 failed[, 5 kept from before, 1 of them failed]: 25.3 s of audio in 4.2 s, 6.02 x
  // real time (cpu avx2, 2 threads)"
  std::string text(const std::string& verb, const std::string& device, double elapsed) const;
  // The text with the time since construction.
  void print(const std::string& verb, const std::string& device) const;

 private:
  size_t done_ = 0;
  size_t failed_ = 0;
  size_t kept_ = 0;
  size_t kept_failed_ = 0;
  double audio_seconds_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace serene::cli
