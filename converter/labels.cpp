#include "converter/labels.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "weights/names.h"
#include "weights/printable.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

// -1 where the key is no number as transformers writes it.
int64_t number_of(const std::string& key) {
  int64_t number = -1;
  const char* end = key.data() + key.size();
  const auto [rest, code] = std::from_chars(key.data(), end, number);
  return code == std::errc() && rest == end && std::to_string(number) == key ? number : -1;
}

// What transformers fills in where nobody has named the classes.
bool is_placeholder(int64_t number, const std::string& label) {
  return label == "LABEL_" + std::to_string(number);
}

}  // namespace

std::vector<std::string> labels_of(const json::Value& config, const std::string& file) {
  const auto fail = [&](const std::string& cause) { weights::refuse(file, "id2label: " + cause); };
  const auto* object = config.as<json::Object>();
  const json::Value* found = object == nullptr ? nullptr : json::find(*object, "id2label");
  if (found == nullptr || found->as<std::nullptr_t>() != nullptr) return {};
  const auto* names = found->as<json::Object>();
  if (names == nullptr) fail("must be an object");
  if (names->size() > weights::kMostNames)
    fail(std::to_string(names->size()) + " names, at most " + std::to_string(weights::kMostNames));
  std::map<int64_t, std::string> sorted;
  for (const json::Member& member : *names) {
    const int64_t number = number_of(member.key);
    if (number < 0) fail(weights::printable(member.key, 80) + " is not the number of a class");
    const auto* label = member.value.as<std::string>();
    if (label == nullptr) fail(member.key + " must be a name");
    sorted.emplace(number, *label);
  }
  std::vector<std::string> labels;
  for (const auto& [number, label] : sorted) {
    if (number != std::ssize(labels)) fail(std::to_string(labels.size()) + " is missing");
    labels.push_back(label);
  }
  const json::Value* count = json::find(*object, "num_labels");
  const auto* wanted = count == nullptr ? nullptr : count->as<int64_t>();
  if (wanted != nullptr && *wanted != std::ssize(labels)) {
    fail(std::to_string(labels.size()) + " names, but num_labels is " + std::to_string(*wanted));
  }
  if (std::ranges::all_of(sorted, [](const auto& item) { return is_placeholder(item.first, item.second); }))
    return {};
  if (const std::string fault = weights::fault_of_names(labels); !fault.empty()) fail(fault);
  return labels;
}

}  // namespace serene::converter
