// --max-failures: when so much fails that going on makes no sense.
#pragma once

#include <cstddef>
#include <string>

namespace serene::cli {

class FailureLimit {
 public:
  // "" for none, "N" recordings, "P%" of all, P from 0 to 100. Throws Stop(kExitUsage).
  explicit FailureLimit(const std::string& text);

  // More failed than is allowed. A share is looked at from the 100th recording on, and at the end.
  bool exceeded(size_t failed, size_t all, bool at_end) const;
  const std::string& text() const { return text_; }

 private:
  static constexpr size_t kEnoughForAShare = 100;

  std::string text_;
  bool is_share_ = false;
  double limit_ = 0;
};

}  // namespace serene::cli
