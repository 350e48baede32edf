#include "cli/summary.h"

#include <spdlog/fmt/fmt.h>

#include <cstdio>

namespace serene::cli {

void Summary::add(double seconds, bool failed) {
  (failed ? failed_ : done_) += 1;
  audio_seconds_ += seconds;
}

void Summary::set_kept(size_t kept, size_t failed) {
  kept_ = kept;
  kept_failed_ = failed;
}

std::string Summary::text(const std::string& verb, const std::string& device, double elapsed) const {
  const std::string kept =
      kept_ == 0 ? "" : fmt::format(", {} kept from before, {} of them failed", kept_, kept_failed_);
  return fmt::format("{} recording{} {}, {} failed{}: {:.1f} s of audio in {:.1f} s, {:.2f} x real time ({})",
                     done_, done_ == 1 ? "" : "s", verb, failed_, kept, audio_seconds_, elapsed,
                     elapsed > 0 ? audio_seconds_ / elapsed : 0.0, device);
}

void Summary::print(const std::string& verb, const std::string& device) const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  std::fprintf(stderr, "serene: %s\n", text(verb, device, elapsed.count()).c_str());
}

}  // namespace serene::cli
