#include "weights/config_text.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace serene::weights {
namespace {

template <class T, class Text>
std::string array_of(std::span<const T> values, Text&& text) {
  std::string json = "[";
  for (size_t i = 0; i < values.size(); ++i) json += (i > 0 ? "," : "") + text(values[i]);
  return json + ']';
}

}  // namespace

std::string json_text(std::string_view text) { return nlohmann::json(text).dump(); }

std::string json_text(double number) {
  const double whole = std::round(number);
  return (whole == number ? nlohmann::json(static_cast<int64_t>(whole)) : nlohmann::json(number)).dump();
}

std::string json_array(std::span<const int> numbers) {
  return array_of(numbers, [](int number) { return std::to_string(number); });
}

std::string json_array(std::span<const std::string> texts) {
  return array_of(texts, [](const std::string& text) { return json_text(text); });
}

std::string JsonObject::text() const {
  std::string json = "{";
  for (const auto& [key, value] : members_) json += (json.size() > 1 ? "," : "") + json_text(key) + ':' + value;
  return json + '}';
}

}  // namespace serene::weights
