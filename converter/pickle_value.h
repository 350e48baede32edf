// What a pickle may hold once nothing in it is run: plain records and tensors.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "weights/dtype.h"

namespace serene::converter {

struct Value;
using ValuePtr = Value*;

// The bytes a tensor looks into: a key of the archive.
struct StorageRef {
  std::string key;
  weights::DType dtype;
  int64_t elements;
};

// A strided view of a storage, in elements.
struct TensorRef {
  StorageRef storage;
  int64_t offset = 0;
  std::vector<int64_t> shape, stride;
};

// A name such as torch.nn.modules.conv.Conv2d; never resolved to anything.
struct Global {
  std::string module, name;
  size_t position = 0;
  std::string text() const { return module + "." + name; }
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
  Global type;
  ValuePtr state = nullptr;
};
struct None {};

struct Value {
  std::variant<None, bool, int64_t, double, std::string, List, Tuple, Dict, Global, Object, StorageRef,
               TensorRef>
      data;
};

// Owns all values of one pickle; they may refer to each other in circles.
struct Pickle {
  std::deque<Value> values;
  ValuePtr root = nullptr;
};

}  // namespace serene::converter
