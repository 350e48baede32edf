// What a pickle may hold once nothing in it is run: plain records and tensors.
//
// Values refer to each other and to the pickle's bytes and own neither: whatever names a value again costs a
// reference. A value does not change once it is made, except that a list, a dict or an object is filled.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "weights/dtype.h"

namespace serene::converter {

struct Value;
using ValuePtr = Value*;

// The bytes a tensor looks into: a key of the archive.
struct StorageRef {
  std::string_view key;
  weights::DType dtype;
  int64_t elements;
};

// A name such as torch.nn.modules.conv.Conv2d; never resolved to anything.
struct Global {
  std::string_view module, name;
  size_t position = 0;
  std::string text() const { return std::string(module) + "." + std::string(name); }
};

struct List {
  std::vector<ValuePtr> items;
};
struct Tuple {
  std::vector<ValuePtr> items;
};
struct Dict {
  std::vector<std::pair<ValuePtr, ValuePtr>> items;
};
// An instance of a class that was only named: its state is all there is of it.
struct Object {
  const Global* type;
  ValuePtr state = nullptr;
};
// A strided view of a storage, in elements. Shape and strides are at most 16 integers each.
struct TensorRef {
  const StorageRef* storage;
  int64_t offset;
  const Tuple *shape, *stride;
};
struct None {};

struct Value {
  std::variant<None, bool, int64_t, double, std::string_view, List, Tuple, Dict, Global, Object, StorageRef,
               TensorRef>
      data;
};

// Owns all values of one pickle; they may refer to each other in circles. The pickle's bytes must outlive it.
struct Pickle {
  std::deque<Value> values;
  ValuePtr root = nullptr;
};

}  // namespace serene::converter
