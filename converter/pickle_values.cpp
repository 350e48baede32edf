#include "converter/pickle_values.h"

namespace serene::converter {
namespace {

size_t references(const Value& value) {
  if (const auto* list = std::get_if<List>(&value.data)) return list->items.size();
  if (const auto* tuple = std::get_if<Tuple>(&value.data)) return tuple->items.size();
  if (const auto* dict = std::get_if<Dict>(&value.data)) return 2 * dict->items.size();
  return 0;
}

}  // namespace

ValuePtr PickleValues::add(Value value) {
  if (values_.size() >= kMaxPickleValues)
    reader_.fail("pickle: more than " + std::to_string(kMaxPickleValues) + " values");
  charge(sizeof(Value));
  charge_references(references(value));
  return &values_.emplace_back(std::move(value));
}

void PickleValues::charge(size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > kMaxPickleBytes)
    reader_.fail("pickle: its values take more than " + std::to_string(kMaxPickleBytes >> 20) + " MiB");
}

}  // namespace serene::converter
