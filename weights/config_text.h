// Canonical JSON: sorted keys, no spaces. Equal configurations have the same text.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace serene::weights {

std::string json_text(std::string_view text);
std::string json_text(double number);  // a whole one without a fraction
std::string json_array(std::span<const int> numbers);
std::string json_array(std::span<const std::string> texts);

class JsonObject {
 public:
  // `json` is JSON already.
  JsonObject& add(const std::string& key, std::string json) {
    members_[key] = std::move(json);
    return *this;
  }
  JsonObject& add_text(const std::string& key, std::string_view text) { return add(key, json_text(text)); }
  JsonObject& add_flag(const std::string& key, bool value) { return add(key, value ? "true" : "false"); }
  JsonObject& add_integer(const std::string& key, int value) { return add(key, std::to_string(value)); }
  std::string text() const;

 private:
  std::map<std::string, std::string> members_;
};

}  // namespace serene::weights
