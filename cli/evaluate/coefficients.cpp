#include "cli/evaluate/coefficients.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <cmath>

namespace serene::cli {

Condition::Condition(const std::string& text) : text_(text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || !std::isfinite(number)) return;
  is_number_ = true;
  number_ = number == 0 ? 0 : number;  // -0 is 0
  text_ = fmt::format("{}", number_);
}

bool Condition::operator<(const Condition& other) const {
  if (is_number_ != other.is_number_) return is_number_;
  return is_number_ ? number_ < other.number_ : text_ < other.text_;
}

void Coefficients::add(double coefficient, const std::string& value) {
  all.add(coefficient);
  if (!value.empty()) by[Condition(value)].add(coefficient);
}

}  // namespace serene::cli
