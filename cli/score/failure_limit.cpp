#include "cli/score/failure_limit.h"

#include <charconv>
#include <cmath>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {

FailureLimit::FailureLimit(const std::string& text) : text_(text), is_share_(text.ends_with('%')) {
  if (text.empty()) return;
  const char* end = text.data() + text.size() - (is_share_ ? 1 : 0);
  const auto [parsed, error] = std::from_chars(text.data(), end, limit_);
  const bool number = error == std::errc() && parsed == end && std::isfinite(limit_) && limit_ >= 0;
  if (!number || (is_share_ ? limit_ > 100 : limit_ != std::floor(limit_))) {
    throw Stop(kExitUsage,
               "--max-failures " + text + ": neither a number such as 10 nor a share such as 2.5%");
  }
}

bool FailureLimit::exceeded(size_t failed, size_t all, bool at_end) const {
  if (text_.empty()) return false;
  const auto count = static_cast<double>(failed);
  if (!is_share_) return count > limit_;
  return (at_end || all >= kEnoughForAShare) && count * 100 > limit_ * static_cast<double>(all);
}

}  // namespace serene::cli
