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
  size_t failed() const { return failed_; }
  // "8 recordings scored, 1 failed: 25.3 s of audio in 4.2 s, 6.02 x real time (cpu avx2, 2 threads)"
  std::string text(const std::string& verb, const std::string& device, double elapsed) const;
  // The text with the time since construction.
  void print(const std::string& verb, const std::string& device) const;

 private:
  size_t done_ = 0;
  size_t failed_ = 0;
  double audio_seconds_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace serene::cli
