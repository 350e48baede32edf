#include "cli/report/summary.h"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include "cli/report/logging.h"

namespace serene::cli {

void Summary::add(double seconds, bool failed) {
  (failed ? counts_.failed : counts_.done) += 1;
  counts_.audio_seconds += seconds;
}

void Summary::set_kept(size_t kept, size_t failed) {
  counts_.kept = kept;
  counts_.kept_failed = failed;
}

std::string Summary::text(const std::string& verb, const std::string& device, double elapsed) const {
  const auto& [done, failed, kept, kept_failed, audio_seconds] = counts_;
  const std::string before =
      kept == 0 ? "" : fmt::format(", {} kept from before, {} of them failed", kept, kept_failed);
  return fmt::format("{} recording{} {}, {} failed{}: {:.1f} s of audio in {:.1f} s, {:.2f} x real time ({})",
                     done, done == 1 ? "" : "s", verb, failed, before, audio_seconds, elapsed,
                     elapsed > 0 ? audio_seconds / elapsed : 0.0, device);
}

nlohmann::ordered_json Summary::fields(const std::string& verb, const std::string& device,
                                       double elapsed) const {
  return {{"event", "summary"},
          {verb, counts_.done},
          {"failed", counts_.failed},
          {"kept", counts_.kept},
          {"kept_failed", counts_.kept_failed},
          {"audio_seconds", counts_.audio_seconds},
          {"seconds", elapsed},
          {"device", device}};
}

void Summary::print(const std::string& verb, const std::string& device) const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  log_always(text(verb, device, elapsed.count()), fields(verb, device, elapsed.count()));
}

}  // namespace serene::cli
