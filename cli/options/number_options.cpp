#include "cli/options/number_options.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace serene::cli {
namespace {

template <typename Number>
std::optional<Number> number_in(const std::string& text) {
  Number value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

}  // namespace

CLI::Validator whole_number(int64_t lowest, int64_t highest) {
  return {[=](std::string& text) {
            const auto value = number_in<int64_t>(text);
            if (!value || *value < lowest || *value > highest) {
              return fmt::format("{} is no whole number from {} to {}", text, lowest, highest);
            }
            text = std::to_string(*value);
            return std::string();
          },
          ""};
}

CLI::Validator number(double lowest, double highest) {
  return {[=](std::string& text) {
            const auto value = number_in<double>(text);
            if (value && *value >= lowest && *value <= highest) return std::string();
            return fmt::format("{} is no number from {} to {}", text, lowest, highest);
          },
          ""};
}

CLI::Validator positive_number() {
  return {[](std::string& text) {
            const auto value = number_in<double>(text);
            if (value && *value > 0 && std::isfinite(*value)) return std::string();
            return text + " is no number above 0";
          },
          ""};
}

}  // namespace serene::cli
