#include "weights/config_reader.h"

#include <algorithm>
#include <utility>

#include "weights/refuse.h"

namespace serene::weights {
namespace {

using Json = nlohmann::json;

// Looks through a text before it becomes a tree, which would go as deep as the text does and hide a key's
// double. Not as the parser's callback, which takes time by the square of what an array holds.
class StrictKeys : public nlohmann::json_sax<Json> {
 public:
  explicit StrictKeys(const std::string& file) : file_(file) {}

  bool start_object(size_t) override {
    keys_.emplace_back();
    return start_array(0);
  }
  bool end_object() override {
    keys_.pop_back();
    return end_array();
  }
  bool start_array(size_t) override {
    if (++depth_ > 8) refuse(file_, "configuration: nested too deep");
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(std::string& text) override {
    if (!keys_.back().insert(text).second) refuse(file_, "configuration: " + text + ": duplicate key");
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  const std::string& file_;
  std::vector<std::set<std::string>> keys_;
  int depth_ = 0;
};

}  // namespace

Json parse_configuration(const std::string& text, const std::string& file) {
  if (text.size() > kLongestConfiguration) {
    refuse(file, "configuration: " + std::to_string(text.size()) + " bytes, at most " +
                     std::to_string(kLongestConfiguration));
  }
  // The parser takes a NUL for the end and would leave what follows it unread.
  const bool whole = text.find('\0') == text.npos;
  StrictKeys strict(file);
  const bool sound = whole && Json::sax_parse(text, &strict);
  Json json = sound ? Json::parse(text, nullptr, false) : Json(Json::value_t::discarded);
  if (json.is_discarded()) refuse(file, "configuration: not valid JSON");
  return json;
}

ConfigReader::ConfigReader(const Json& json, std::string path, const std::string& file)
    : json_(json), path_(std::move(path)), file_(file) {
  if (!json.is_object()) fail("", "must be an object");
}

void ConfigReader::fail(const std::string& key, const std::string& cause) const {
  const std::string where = path_ + key;
  refuse(file_, "configuration: " + (where.empty() ? "" : where + ": ") + cause);
}

bool ConfigReader::has(const std::string& key) {
  known_.insert(key);
  return json_.contains(key);
}

const Json& ConfigReader::get(const std::string& key) {
  if (!has(key)) fail(key, "missing");
  return json_[key];
}

ConfigReader ConfigReader::object(const std::string& key) { return {get(key), path_ + key + ".", file_}; }

int ConfigReader::integer(const std::string& key, int low, int high) {
  return integer_of(get(key), key, low, high);
}

int ConfigReader::integer_of(const Json& value, const std::string& key, int low, int high) const {
  if (!value.is_number_integer() || value < low || value > high) {
    fail(key, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value.get<int>();
}

double ConfigReader::number(const std::string& key, double low, double high) {
  const Json& value = get(key);
  if (!value.is_number() || !(value.get<double>() >= low) || !(value.get<double>() <= high)) {
    fail(key, "must be a number from " + Json(low).dump() + " to " + Json(high).dump());
  }
  return value.get<double>();
}

bool ConfigReader::boolean(const std::string& key) {
  const Json& value = get(key);
  if (!value.is_boolean()) fail(key, "must be true or false");
  return value.get<bool>();
}

std::string ConfigReader::text(const std::string& key) {
  const Json& value = get(key);
  if (!value.is_string()) fail(key, "must be a string");
  return value.get<std::string>();
}

std::string ConfigReader::word(const std::string& key, const std::vector<std::string>& words) {
  std::string value = text(key);
  if (std::find(words.begin(), words.end(), value) != words.end()) return value;
  std::string list;
  for (size_t i = 0; i < words.size(); ++i) {
    list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  fail(key, "must be " + list);
}

std::vector<int> ConfigReader::integers(const std::string& key, size_t count, int low, int high) {
  const Json& value = get(key);
  if (!value.is_array() || value.size() != count) fail(key, "must be " + std::to_string(count) + " integers");
  std::vector<int> all;
  for (const Json& element : value) all.push_back(integer_of(element, key, low, high));
  return all;
}

std::vector<std::string> ConfigReader::labels(const std::string& key) {
  const Json& value = get(key);
  if (!value.is_array() || value.empty() || value.size() > 1000) fail(key, "must be 1 to 1000 names");
  std::vector<std::string> all;
  for (const Json& element : value) {
    if (!element.is_string() || element.get<std::string>().empty())
      fail(key, "must be names that are not empty");
    all.push_back(element.get<std::string>());
    if (printable(all.back()) != all.back())
      fail(key, "must be names of at most 4000 bytes without control characters");
  }
  if (std::set<std::string>(all.begin(), all.end()).size() != all.size()) fail(key, "must not repeat a name");
  return all;
}

std::vector<std::string> ConfigReader::keys() const {
  std::vector<std::string> all;
  for (const auto& [key, value] : json_.items()) all.push_back(key);
  return all;
}

std::vector<ConfigReader> ConfigReader::objects(const std::string& key, size_t most) {
  const Json& value = get(key);
  if (!value.is_array() || value.empty() || value.size() > most)
    fail(key, "must be 1 to " + std::to_string(most) + " objects");
  std::vector<ConfigReader> all;
  for (size_t i = 0; i < value.size(); ++i)
    all.emplace_back(value[i], path_ + key + '[' + std::to_string(i) + "].", file_);
  return all;
}

void ConfigReader::refuse_unknown() const {
  for (const auto& [key, value] : json_.items()) {
    if (!known_.contains(key)) fail(key, "unknown");
  }
}

}  // namespace serene::weights
