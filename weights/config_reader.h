// One JSON object of a model file's configuration, read key by key. What the reader does not know is refused.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace serene::weights {

// Of the configuration's text: a thousand long labels. A tree of it takes some thirty times as much memory.
inline constexpr size_t kLongestConfiguration = 64 << 10;

// The tree of a configuration's text. Throws Error(model) "<file>: configuration: <cause>" for one that is too
// long, nested too deep, has a key twice or is not JSON.
nlohmann::json parse_configuration(const std::string& text, const std::string& file);

class ConfigReader {
 public:
  // `path` is where the object is, "ser." for example; `json` and `file` outlive the reader.
  ConfigReader(const nlohmann::json& json, std::string path, const std::string& file);

  // Throws Error(model) "<file>: configuration: <path><key>: <cause>", as every function here that finds a value
  // missing or of another kind.
  [[noreturn]] void fail(const std::string& key, const std::string& cause) const;

  bool has(const std::string& key);
  ConfigReader object(const std::string& key);
  int integer(const std::string& key, int low, int high);
  double number(const std::string& key, double low, double high);
  bool boolean(const std::string& key);
  std::string text(const std::string& key);
  // One of some words. The message lists them.
  std::string word(const std::string& key, const std::vector<std::string>& words);
  std::vector<int> integers(const std::string& key, size_t count, int low, int high);
  // Names of classes: 1 to 1000, none twice, printable.
  std::vector<std::string> labels(const std::string& key);
  // The keys of the object, in their order.
  std::vector<std::string> keys() const;
  // The objects of an array, `most` at most.
  std::vector<ConfigReader> objects(const std::string& key, size_t most);
  // Call last.
  void refuse_unknown() const;

 private:
  const nlohmann::json& get(const std::string& key);
  int integer_of(const nlohmann::json& value, const std::string& key, int low, int high) const;

  const nlohmann::json& json_;
  std::string path_;
  const std::string& file_;
  std::set<std::string> known_;
};

}  // namespace serene::weights
