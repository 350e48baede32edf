#include "runtime/networks/common/folder_config.h"

namespace serene::networks {
namespace {

const json::Value& object_or_empty(const json::Value& value) {
  static const json::Value kEmpty = json::Object();
  return value.as<std::nullptr_t>() != nullptr ? kEmpty : value;
}

}  // namespace

FolderConfig::FolderConfig(const json::Value& value, const std::string& file)
    : exists_(value.as<std::nullptr_t>() == nullptr), reader_(object_or_empty(value), "", file) {}

bool FolderConfig::has(const std::string& key) {
  return reader_.has(key) && reader_.get(key).as<std::nullptr_t>() == nullptr;
}

int FolderConfig::integer(const std::string& key, int low, int high, int otherwise) {
  return has(key) ? reader_.integer(key, low, high) : otherwise;
}

bool FolderConfig::boolean(const std::string& key, bool otherwise) {
  return has(key) ? reader_.boolean(key) : otherwise;
}

double FolderConfig::number(const std::string& key, double low, double high, double otherwise) {
  return has(key) ? reader_.number(key, low, high) : otherwise;
}

std::string FolderConfig::text(const std::string& key, const std::string& otherwise) {
  return has(key) ? reader_.text(key) : otherwise;
}

std::vector<int> FolderConfig::integers(const std::string& key, size_t most, int low, int high,
                                        std::vector<int> otherwise) {
  if (!has(key)) return otherwise;
  const auto* array = reader_.get(key).as<json::Array>();
  if (array == nullptr || array->empty() || array->size() > most)
    fail(key, "must be 1 to " + std::to_string(most) + " integers");
  return reader_.integers(key, array->size(), low, high);
}

void FolderConfig::require(const std::string& key, const std::string& word) {
  const std::string value = text(key, word);
  if (value != word) fail(key, "is " + value + ", and only " + word + " is computed here");
}

}  // namespace serene::networks
