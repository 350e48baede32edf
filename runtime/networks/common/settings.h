// What the user says of a checkpoint's network that nothing in the checkpoint says (serene-convert --set).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/networks/common/checkpoint.h"

namespace serene::networks {

// Every function throws Error(invalid_argument) "<checkpoint>: setting <key>: <cause>".
class Settings {
 public:
  // `checkpoint` outlives the reader.
  explicit Settings(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  [[noreturn]] void fail(const std::string& key, const std::string& cause) const;
  // Nothing where the user does not say.
  std::optional<std::string> text(const std::string& key) const;
  std::optional<bool> boolean(const std::string& key) const;
  std::optional<int> integer(const std::string& key, int low, int high) const;
  std::optional<double> number(const std::string& key, double low, double high) const;
  // So many, with commas between, each from 1 to `high`.
  std::optional<std::vector<int>> integers(const std::string& key, size_t count, int high) const;

 private:
  const Checkpoint& checkpoint_;
};

// The number that all of the text is; nothing where it is none or out of the range.
std::optional<int> whole_number(const std::string& text, int low, int high);

}  // namespace serene::networks
