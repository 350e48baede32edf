// The closing line on standard error: how many, how long, how fast.
#pragma once

#include <chrono>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace serene::cli {

struct RunCounts {
  size_t done = 0, failed = 0;       // inputs of this run
  size_t kept = 0, kept_failed = 0;  // inputs of an earlier one, and those of them whose row is an error
  double audio_seconds = 0;          // of this run
};

class Summary {
 public:
  // One input is done; `seconds` of audio.
  void add(double seconds, bool failed);
  // Inputs that an earlier run did, `failed` of them in vain.
  void set_kept(size_t kept, size_t failed);
  // With the kept ones: as many error rows are in the output.
  size_t failed() const { return counts_.failed + counts_.kept_failed; }
  const RunCounts& counts() const { return counts_; }
  // "8 recordings scored, 1 failed[, 5 kept from before, 1 of them failed]: 25.3 s of audio in 4.2 s, 6.02 x
  // real time (cpu avx2, 2 threads)"
  std::string text(const std::string& verb, const std::string& device, double elapsed) const;
  // Its numbers, for a log that programs read.
  nlohmann::ordered_json fields(const std::string& verb, const std::string& device, double elapsed) const;
  // Either, with the time since construction.
  void print(const std::string& verb, const std::string& device) const;

 private:
  RunCounts counts_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace serene::cli
