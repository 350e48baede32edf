#include "converter/state_dict.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "weights/refuse.h"

namespace serene::converter {
namespace {

// A hostile file may refer to itself: no honest one nests deeper or holds more.
constexpr int kMaxNests = 4, kMaxDepth = 32;
constexpr size_t kMaxTensors = 100'000, kMaxModules = 100'000, kLongestName = 1024;
// All names together: 2000 tensors take 100 kB.
constexpr size_t kMaxNameBytes = 16 << 20;
// Looked at; an entry that a thousand modules share counts for each.
constexpr size_t kMaxEntries = 1'000'000;
constexpr std::array<std::string_view, 4> kNestKeys{"model", "state_dict", "generator", "model_state_dict"};

constexpr std::string_view kParameters = "_parameters", kBuffers = "_buffers";

class Collector {
 public:
  explicit Collector(const std::string& file) : file_(file) {}

  StateDict found;

  // Takes the tensors of a state_dict, of a module, or of one of them below a well-known key, and tells
  // whether there are any.
  bool collect(const Value& value, int depth) {
    if (depth > kMaxNests) return false;
    const auto [it, is_new] = seen_.try_emplace(&value, Seen{depth, {}});
    Seen& seen = it->second;
    if (is_new) {
      look_at(value, seen);
      if (!found.tensors.empty()) return true;
    } else {
      // From here the search found nothing, or is still at it, with as many levels left.
      if (seen.depth <= depth) return false;
      seen.depth = depth;
    }
    return std::any_of(seen.nests.begin(), seen.nests.end(),
                       [&](const Value* nest) { return nest != nullptr && collect(*nest, depth + 1); });
  }

 private:
  // A value that the search has met: the least depth, and what is below the well-known keys.
  struct Seen {
    int depth;
    std::array<const Value*, kNestKeys.size()> nests;
  };

  void look_at(const Value& value, Seen& seen) {
    if (const auto* object = std::get_if<Object>(&value.data)) return module(*object, "", 0);
    const auto* dict = std::get_if<Dict>(&value.data);
    if (dict == nullptr) return;
    count(dict->items.size());
    for (const auto& [key, item] : dict->items) {
      const auto* name = std::get_if<std::string_view>(&key->data);
      if (name == nullptr) continue;
      if (const auto* tensor = std::get_if<TensorRef>(&item->data)) add("", *name, *tensor);
      const auto nest = std::find(kNestKeys.begin(), kNestKeys.end(), *name);
      if (nest == kNestKeys.end()) continue;
      const Value*& first = seen.nests[static_cast<size_t>(nest - kNestKeys.begin())];
      if (first == nullptr) first = item;
    }
  }
  void add(const std::string& prefix, std::string_view name, const TensorRef& view) {
    if (found.tensors.size() >= kMaxTensors) fail("more than " + std::to_string(kMaxTensors) + " tensors");
    const size_t size = prefix.size() + name.size();
    if (size > kLongestName) fail("a tensor name of " + std::to_string(size) + " bytes");
    name_bytes_ += size;
    if (name_bytes_ > kMaxNameBytes)
      fail("tensor names of more than " + std::to_string(kMaxNameBytes >> 20) + " MiB");
    found.tensors.push_back({without_wrappers(prefix + std::string(name)), view});
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
        const auto* name = std::get_if<std::string_view>(&key->data);
        const auto* tensor = std::get_if<TensorRef>(&item->data);
        if (name == nullptr || tensor == nullptr) continue;
        // state_dict() leaves out what the module said not to save.
        if (kind == kBuffers && passing != nullptr && holds(*passing, *name)) continue;
        add(prefix, *name, *tensor);
      }
    }
    const Value* children = find(*state, "_modules");
    const auto* dict = children == nullptr ? nullptr : std::get_if<Dict>(&children->data);
    if (dict == nullptr) return;
    count(dict->items.size());
    for (const auto& [key, item] : dict->items) {
      const auto* name = std::get_if<std::string_view>(&key->data);
      const auto* child = std::get_if<Object>(&item->data);
      if (name != nullptr && child != nullptr) module(*child, prefix + std::string(*name) + ".", depth + 1);
    }
  }
  // Sets are lists here.
  bool holds(const Value& set, std::string_view name) {
    const auto* list = std::get_if<List>(&set.data);
    if (list == nullptr) return false;
    count(list->items.size());
    return std::any_of(list->items.begin(), list->items.end(), [&](const Value* item) {
      const auto* text = std::get_if<std::string_view>(&item->data);
      return text != nullptr && *text == name;
    });
  }
  void count(size_t entries) {
    found.entries += entries;
    if (found.entries > kMaxEntries)
      fail("more than " + std::to_string(kMaxEntries) + " entries in its dicts");
  }
  [[noreturn]] void fail(const std::string& cause) const { weights::refuse(file_, cause); }

  const std::string& file_;
  size_t modules_ = 0, name_bytes_ = 0;
  std::map<const Value*, Seen> seen_;
};

}  // namespace

const Value* find(const Dict& dict, std::string_view key) {
  for (const auto& [k, v] : dict.items) {
    const auto* text = std::get_if<std::string_view>(&k->data);
    if (text != nullptr && *text == key) return v;
  }
  return nullptr;
}

std::string without_wrappers(std::string_view name) {
  constexpr std::array<std::string_view, 2> kPrefixes{"module.", "_orig_mod."};
  const auto prefix_size = [&] {
    for (std::string_view prefix : kPrefixes) {
      if (name.starts_with(prefix)) return prefix.size();
    }
    return size_t{0};
  };
  while (const size_t size = prefix_size()) name.remove_prefix(size);
  // A submodule may have been compiled on its own.
  constexpr std::string_view kInner = "._orig_mod.";
  std::string plain;
  for (size_t at; (at = name.find(kInner)) != name.npos;) {
    plain += name.substr(0, at);
    name.remove_prefix(at + kInner.size() - 1);
  }
  return plain += name;
}

StateDict state_dict(const Value& root, const std::string& file) {
  Collector collector(file);
  if (!collector.collect(root, 0)) weights::refuse(file, "holds no state_dict and no module");
  return std::move(collector.found);
}

}  // namespace serene::converter
