// config.json of a checkpoint's folder: keys that may be missing or null, besides many that do not matter
// here.
#pragma once

#include <string>
#include <vector>

#include "runtime/networks/common/checkpoint.h"
#include "weights/json/object_reader.h"

namespace serene::networks {

// Every function throws Error(model) where a key is there and of another kind or out of its range.
class FolderConfig {
 public:
  // `value`, null or an object, and `file`, which begins error messages, outlive the reader.
  FolderConfig(const json::Value& value, const std::string& file);

  // Whether there is such a folder's file at all.
  bool exists() const { return exists_; }
  [[noreturn]] void fail(const std::string& key, const std::string& cause) const { reader_.fail(key, cause); }
  // Whether it is there and not null.
  bool has(const std::string& key);
  int integer(const std::string& key, int low, int high, int otherwise);
  bool boolean(const std::string& key, bool otherwise);
  double number(const std::string& key, double low, double high, double otherwise);
  std::string text(const std::string& key, const std::string& otherwise);
  // 1 to `most` integers.
  std::vector<int> integers(const std::string& key, size_t most, int low, int high,
                            std::vector<int> otherwise);
  // Throws unless the key is missing, null or that word.
  void require(const std::string& key, const std::string& word);

 private:
  bool exists_;
  json::ObjectReader reader_;
};

}  // namespace serene::networks
