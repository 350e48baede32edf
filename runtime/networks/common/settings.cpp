#include "runtime/networks/common/settings.h"

#include <charconv>
#include <sstream>

#include "kernels/common/error.h"

namespace serene::networks {

std::optional<int> whole_number(const std::string& text, int low, int high) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, number);
  if (code != std::errc() || rest != end || number < low || number > high) return std::nullopt;
  return number;
}

void Settings::fail(const std::string& key, const std::string& cause) const {
  throw Error(ErrorKind::invalid_argument, checkpoint_.name + ": setting " + key + ": " + cause);
}

std::optional<std::string> Settings::text(const std::string& key) const {
  const auto it = checkpoint_.settings.find(key);
  if (it == checkpoint_.settings.end()) return std::nullopt;
  return it->second;
}

std::optional<bool> Settings::boolean(const std::string& key) const {
  const std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  if (*value != "true" && *value != "false") fail(key, "got " + *value + ", wanted true or false");
  return *value == "true";
}

std::optional<int> Settings::integer(const std::string& key, int low, int high) const {
  const std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  const std::optional<int> number = whole_number(*value, low, high);
  if (!number) {
    fail(key, "got " + *value + ", wanted a whole number from " + std::to_string(low) + " to " +
                  std::to_string(high));
  }
  return number;
}

std::optional<double> Settings::number(const std::string& key, double low, double high) const {
  const std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  double number = 0;
  const char* end = value->data() + value->size();
  const auto [rest, code] = std::from_chars(value->data(), end, number);
  if (code != std::errc() || rest != end || !(number >= low && number <= high)) {
    std::ostringstream wanted;
    wanted << "got " << *value << ", wanted a number from " << low << " to " << high;
    fail(key, wanted.str());
  }
  return number;
}

std::optional<std::vector<int>> Settings::integers(const std::string& key, size_t count, int high) const {
  const std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  std::vector<int> all;
  for (size_t begin = 0; begin <= value->size();) {
    const size_t end = std::min(value->find(',', begin), value->size());
    const std::optional<int> number = whole_number(value->substr(begin, end - begin), 1, high);
    if (!number) break;
    all.push_back(*number);
    begin = end + 1;
    if (end == value->size() && all.size() == count) return all;
  }
  fail(key, "got " + *value + ", wanted " + std::to_string(count) + " whole numbers from 1 to " +
                std::to_string(high) + " with commas between");
}

}  // namespace serene::networks
