#include "converter/pickled_tensors.h"

#include "converter/state_dict.h"
#include "weights/misfits.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

// Whisper has ten.
constexpr size_t kMostDims = 64;

// Null where there are none. Two of a name: the first, as in a state_dict.
json::Value dims_of(const Value& root) {
  const auto* dict = std::get_if<Dict>(&root.data);
  const Value* dims = dict == nullptr ? nullptr : find(*dict, "dims");
  const auto* numbers = dims == nullptr ? nullptr : std::get_if<Dict>(&dims->data);
  if (numbers == nullptr || numbers->items.size() > kMostDims) return nullptr;
  json::Object object;
  for (const auto& [key, value] : numbers->items) {
    const auto* name = std::get_if<std::string_view>(&key->data);
    const auto* number = std::get_if<int64_t>(&value->data);
    if (name == nullptr || number == nullptr || json::find(object, *name) != nullptr) continue;
    json::add(object, std::string(*name), *number);
  }
  return json::object("dims", std::move(object));
}

}  // namespace

networks::Checkpoint checkpoint_of(const Value& root, Storages& storages, const weights::ByteSource& source) {
  const std::string& name = source.name();
  networks::Checkpoint checkpoint;
  checkpoint.name = name;
  checkpoint.config = dims_of(root);
  uint64_t total = 0;
  for (const NamedView& named : state_dict(root, name).tensors) {
    weights::StoredTensor tensor = stored_view(named.view, storages, named.name, name);
    // Tied weights share a storage; a file that multiplies itself does so without end.
    total += weights::bytes_of(tensor);
    if (total > 4 * source.size())
      weights::refuse(name, named.name + ": tensors hold more than four times the file");
    if (!checkpoint.tensors.emplace(named.name, std::move(tensor)).second)
      weights::refuse(name, named.name + ": twice");
  }
  return checkpoint;
}

}  // namespace serene::converter
