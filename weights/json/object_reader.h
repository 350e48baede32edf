// One object of a configuration, read key by key; what it does not know is refused.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "weights/json/value.h"

namespace serene::json {

// Every function throws Error(model) "<file>: configuration: <path of the key>: <cause>".
class ObjectReader {
 public:
  // `path` is "" or ends in a dot. `value` and `file` outlive the reader.
  ObjectReader(const Value& value, std::string path, const std::string& file);

  [[noreturn]] void fail(const std::string& key, const std::string& cause) const;
  bool has(const std::string& key);
  // These refuse a key that is missing.
  const Value& get(const std::string& key);
  ObjectReader object(const std::string& key);
  bool boolean(const std::string& key);
  std::string text(const std::string& key);
  int integer(const std::string& key, int low, int high);
  std::vector<int> integers(const std::string& key, size_t count, int low, int high);
  double number(const std::string& key, double low, double high);
  // Names as weights::fault_of_names wants them.
  std::vector<std::string> names(const std::string& key);
  // One of some words.
  std::string word(const std::string& key, const std::vector<std::string>& words);
  // 1 to `most` objects.
  std::vector<ObjectReader> objects(const std::string& key, size_t most);
  // All of the object's, in its order.
  std::vector<std::string> keys() const;
  // Call it last: refuses a key that was not asked for.
  void refuse_unknown() const;

 private:
  int integer_of(const Value& value, const std::string& key, int low, int high) const;

  const Object* object_ = nullptr;
  std::string path_;
  const std::string& file_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace serene::json
