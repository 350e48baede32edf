#include "runtime/networks/common/folder_config.h"

#include <charconv>
#include <map>

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

std::vector<std::string> id_labels(FolderConfig& config) {
  if (!config.has("id2label")) return {};
  const json::Value& value = config.get("id2label");
  const auto* object = value.as<json::Object>();
  if (object == nullptr) config.fail("id2label", "must be an object");
  std::map<int, std::string> by_number;
  for (const json::Member& member : *object) {
    int number = -1;
    const char* end = member.key.data() + member.key.size();
    const auto [rest, code] = std::from_chars(member.key.data(), end, number);
    const auto* name = member.value.as<std::string>();
    if (code != std::errc() || rest != end || name == nullptr)
      config.fail("id2label", "must be names by their numbers");
    by_number[number] = *name;
  }
  std::vector<std::string> labels;
  for (const auto& [number, name] : by_number) {
    if (number != static_cast<int>(labels.size())) config.fail("id2label", "must have the numbers from 0 on");
    labels.push_back(name);
  }
  return labels;
}

}  // namespace serene::networks
