#include "weights/json/object_reader.h"

#include <algorithm>
#include <utility>

#include "weights/names.h"
#include "weights/refuse.h"

namespace serene::json {
namespace {

// "0.2" and not "0.200000", as people write it.
std::string short_text(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

ObjectReader::ObjectReader(const Value& value, std::string path, const std::string& file)
    : object_(value.as<Object>()), path_(std::move(path)), file_(file) {
  if (object_ == nullptr) fail("", "must be an object");
}

void ObjectReader::fail(const std::string& key, const std::string& cause) const {
  const std::string where = path_ + key;
  weights::refuse(file_, "configuration: " + (where.empty() ? "" : where + ": ") + cause);
}

bool ObjectReader::has(const std::string& key) {
  known_.insert(key);
  return find(*object_, key) != nullptr;
}

const Value& ObjectReader::get(const std::string& key) {
  if (!has(key)) fail(key, "missing");
  return *find(*object_, key);
}

ObjectReader ObjectReader::object(const std::string& key) { return {get(key), path_ + key + ".", file_}; }

bool ObjectReader::boolean(const std::string& key) {
  const auto* value = get(key).as<bool>();
  if (value == nullptr) fail(key, "must be true or false");
  return *value;
}

std::string ObjectReader::text(const std::string& key) {
  const auto* value = get(key).as<std::string>();
  if (value == nullptr) fail(key, "must be a string");
  return *value;
}

int ObjectReader::integer(const std::string& key, int low, int high) {
  return integer_of(get(key), key, low, high);
}

int ObjectReader::integer_of(const Value& value, const std::string& key, int low, int high) const {
  const auto* integer = value.as<int64_t>();
  if (integer == nullptr || *integer < low || *integer > high) {
    fail(key, "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return static_cast<int>(*integer);
}

std::vector<int> ObjectReader::integers(const std::string& key, size_t count, int low, int high) {
  const auto* array = get(key).as<Array>();
  if (array == nullptr || array->size() != count) fail(key, "must be " + std::to_string(count) + " integers");
  std::vector<int> all;
  for (const Value& element : *array) all.push_back(integer_of(element, key, low, high));
  return all;
}

double ObjectReader::number(const std::string& key, double low, double high) {
  const Value& value = get(key);
  const auto* number = value.as<double>();
  const auto* integer = value.as<int64_t>();
  const double wide = integer != nullptr ? static_cast<double>(*integer) : number != nullptr ? *number : 0;
  if ((integer == nullptr && number == nullptr) || !(wide >= low) || !(wide <= high)) {
    fail(key, "must be a number from " + short_text(low) + " to " + short_text(high));
  }
  return wide;
}

std::vector<std::string> ObjectReader::names(const std::string& key) {
  const auto* array = get(key).as<Array>();
  if (array == nullptr) fail(key, "must be names");
  std::vector<std::string> all;
  for (const Value& element : *array) {
    const auto* name = element.as<std::string>();
    if (name == nullptr) fail(key, "must be names");
    all.push_back(*name);
  }
  if (const std::string fault = weights::fault_of_names(all); !fault.empty()) fail(key, fault);
  return all;
}

std::string ObjectReader::word(const std::string& key, const std::vector<std::string>& words) {
  std::string value = text(key);
  if (std::find(words.begin(), words.end(), value) != words.end()) return value;
  std::string list;
  for (size_t i = 0; i < words.size(); ++i)
    list += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  fail(key, "must be " + list);
}

std::vector<ObjectReader> ObjectReader::objects(const std::string& key, size_t most) {
  const auto* array = get(key).as<Array>();
  if (array == nullptr || array->empty() || array->size() > most)
    fail(key, "must be 1 to " + std::to_string(most) + " objects");
  std::vector<ObjectReader> all;
  for (size_t i = 0; i < array->size(); ++i)
    all.emplace_back((*array)[i], path_ + key + '[' + std::to_string(i) + "].", file_);
  return all;
}

std::vector<std::string> ObjectReader::keys() const {
  std::vector<std::string> all;
  for (const Member& member : *object_) all.push_back(member.key);
  return all;
}

void ObjectReader::refuse_unknown() const {
  for (const Member& member : *object_) {
    if (!known_.contains(member.key)) fail(member.key, "unknown");
  }
}

}  // namespace serene::json
