#include "converter/state_dict.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "weights/refuse.h"

namespace serene::converter {
namespace {

// A hostile file may refer to itself: no honest one nests deeper or holds more.
constexpr int kMaxDepth = 32;
constexpr size_t kMaxTensors = 100'000, kMaxModules = 100'000, kLongestName = 1024;
constexpr size_t kMaxEntries =
    1'000'000;  // looked at; an entry that a thousand modules share counts for each
constexpr std::array<std::string_view, 4> kNests{"model", "state_dict", "generator", "model_state_dict"};

const Value* find(const Dict& dict, std::string_view key) {
  for (const auto& [k, v] : dict.items) {
    const auto* text = std::get_if<std::string>(&k->data);
    if (text != nullptr && *text == key) return v;
  }
  return nullptr;
}

constexpr std::string_view kParameters = "_parameters", kBuffers = "_buffers";

class Collector {
 public:
  explicit Collector(const std::string& file) : file_(file) {}

  std::vector<NamedView> tensors;

  // A state_dict, a module, or something that has one of them below a well-known key.
  bool collect(const Value& value, int depth) {
    if (depth > 4) return false;
    if (const auto* object = std::get_if<Object>(&value.data)) {
      module(*object, "", 0);
      return !tensors.empty();
    }
    const auto* dict = std::get_if<Dict>(&value.data);
    if (dict == nullptr) return false;
    for (const auto& [key, item] : dict->items) {
      const auto* name = std::get_if<std::string>(&key->data);
      const auto* tensor = std::get_if<TensorRef>(&item->data);
      if (name != nullptr && tensor != nullptr) add(*name, *tensor);
    }
    if (!tensors.empty()) return true;
    return std::any_of(kNests.begin(), kNests.end(), [&](std::string_view nest) {
      const Value* inner = find(*dict, nest);
      return inner != nullptr && collect(*inner, depth + 1);
    });
  }

 private:
  void add(const std::string& name, const TensorRef& view) {
    if (tensors.size() >= kMaxTensors) fail("more than " + std::to_string(kMaxTensors) + " tensors");
    if (name.size() > kLongestName) fail("a tensor name of " + std::to_string(name.size()) + " bytes");
    tensors.push_back({without_wrappers(name), view});
  }
  void module(const Object& object, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) fail(prefix + ": modules nested deeper than " + std::to_string(kMaxDepth));
    if (prefix.size() > kLongestName) fail("a module name of " + std::to_string(prefix.size()) + " bytes");
    // Modules may share children: 30 levels of two each are a billion paths.
    if (++modules_ > kMaxModules) fail("more than " + std::to_string(kMaxModules) + " modules");
    const auto* state = object.state == nullptr ? nullptr : std::get_if<Dict>(&object.state->data);
    if (state == nullptr) return;
    count(state->items.size());
    const Value* passing = find(*state, "_non_persistent_buffers_set");
    for (const std::string_view kind : {kParameters, kBuffers}) {
      const Value* group = find(*state, kind);
      const auto* dict = group == nullptr ? nullptr : std::get_if<Dict>(&group->data);
      if (dict == nullptr) continue;
      count(dict->items.size());
      for (const auto& [key, item] : dict->items) {
        const auto* name = std::get_if<std::string>(&key->data);
        const auto* tensor = std::get_if<TensorRef>(&item->data);
        if (name == nullptr || tensor == nullptr) continue;
        // state_dict() leaves out what the module said not to save.
        if (kind == kBuffers && passing != nullptr && holds(*passing, *name)) continue;
        add(prefix + *name, *tensor);
      }
    }
    const Value* children = find(*state, "_modules");
    const auto* dict = children == nullptr ? nullptr : std::get_if<Dict>(&children->data);
    if (dict == nullptr) return;
    count(dict->items.size());
    for (const auto& [key, item] : dict->items) {
      const auto* name = std::get_if<std::string>(&key->data);
      const auto* child = std::get_if<Object>(&item->data);
      if (name != nullptr && child != nullptr) module(*child, prefix + *name + ".", depth + 1);
    }
  }
  // Sets are lists here.
  bool holds(const Value& set, const std::string& name) {
    const auto* list = std::get_if<List>(&set.data);
    if (list == nullptr) return false;
    count(list->items.size());
    return std::any_of(list->items.begin(), list->items.end(), [&](const Value* item) {
      const auto* text = std::get_if<std::string>(&item->data);
      return text != nullptr && *text == name;
    });
  }
  void count(size_t entries) {
    entries_ += entries;
    if (entries_ > kMaxEntries) fail("more than " + std::to_string(kMaxEntries) + " entries in its modules");
  }
  [[noreturn]] void fail(const std::string& cause) const { weights::refuse(file_, cause); }

  const std::string& file_;
  size_t modules_ = 0, entries_ = 0;
};

}  // namespace

std::string without_wrappers(std::string name) {
  for (bool again = true; again;) {
    again = false;
    for (std::string_view prefix : {"module.", "_orig_mod."}) {
      if (name.starts_with(prefix)) {
        name.erase(0, prefix.size());
        again = true;
      }
    }
  }
  // A submodule may have been compiled on its own.
  for (size_t at; (at = name.find("._orig_mod.")) != name.npos;)
    name.erase(at, std::string_view("._orig_mod").size());
  return name;
}

std::vector<NamedView> state_dict(const Value& root, const std::string& file) {
  Collector collector(file);
  if (!collector.collect(root, 0)) weights::refuse(file, "holds no state_dict and no module");
  return std::move(collector.tensors);
}

}  // namespace serene::converter
