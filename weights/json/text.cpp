#include "weights/json/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace serene::json {
namespace {

// Quoted strings and numbers are nlohmann's: a scalar, unlike a tree, is freed without allocating.
std::string scalar(const nlohmann::json& value) { return value.dump(); }

class Writer {
 public:
  void operator()(std::nullptr_t) { text += "null"; }
  void operator()(bool value) { text += value ? "true" : "false"; }
  void operator()(int64_t value) { text += std::to_string(value); }
  void operator()(double value) { text += scalar(value); }
  void operator()(const std::string& value) { text += scalar(value); }
  void operator()(const Array& array) {
    char before = '[';
    for (const Value& value : array) {
      text += std::exchange(before, ',');
      std::visit(*this, value);
    }
    text += array.empty() ? "[]" : "]";
  }
  void operator()(const Object& object) {
    std::vector<const Member*> sorted;
    for (const Member& member : object) sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(), [](const Member* a, const Member* b) { return a->key < b->key; });
    char before = '{';
    for (const Member* member : sorted) {
      text += std::exchange(before, ',');
      (*this)(member->key);
      text += ':';
      std::visit(*this, member->value);
    }
    text += object.empty() ? "{}" : "}";
  }

  std::string text;
};

}  // namespace

std::string text(const Value& value) {
  Writer writer;
  std::visit(writer, value);
  return std::move(writer.text);
}

}  // namespace serene::json
