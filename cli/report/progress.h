// A progress bar on standard error, for people only.
#pragma once

#include <chrono>
#include <cstddef>

namespace serene::cli {

class Progress {
 public:
  // `total` 0: not known. Draws nothing unless `wanted` and standard error is a terminal.
  Progress(size_t total, bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // One more recording of `seconds` is done.
  void advance(double seconds);
  // `count` more were done before this run.
  void set_kept(size_t count) { kept_ = count; }
  // Takes the bar off the screen, so that a line can be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void draw();

  size_t total_;
  bool visible_;
  size_t done_ = 0;
  size_t kept_ = 0;
  double audio_seconds_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_{};
};

}  // namespace serene::cli
