#include "cli/report/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace serene::cli {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr size_t kWidth = 30;

}  // namespace

Progress::Progress(size_t total, bool wanted)
    : total_(total), visible_(wanted && ::isatty(STDERR_FILENO) == 1) {
  draw();
}

Progress::~Progress() { clear(); }

void Progress::advance(double seconds) {
  ++done_;
  audio_seconds_ += seconds;
  if (Clock::now() - drawn_ >= kRedraw) draw();
}

void Progress::clear() {
  if (visible_) std::fputs("\r\033[K", stderr);
}

void Progress::draw() {
  if (!visible_) return;
  drawn_ = Clock::now();
  const size_t done = done_ + kept_;
  const double elapsed = std::chrono::duration<double>(drawn_ - start_).count();
  const double factor = elapsed > 0 ? audio_seconds_ / elapsed : 0.0;
  if (total_ == 0) {
    std::fprintf(stderr, "\r%zu recordings, %.1f x real time\033[K", done, factor);
  } else {
    const size_t filled = std::min(kWidth, kWidth * done / total_);
    const std::string bar = std::string(filled, '#') + std::string(kWidth - filled, '.');
    std::fprintf(stderr, "\r[%s] %zu/%zu recordings, %.1f x real time\033[K", bar.c_str(), done, total_,
                 factor);
  }
  std::fflush(stderr);
}

}  // namespace serene::cli
