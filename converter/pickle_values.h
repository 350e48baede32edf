// What a pickle's values cost is bounded here.
//
// A byte of a pickle can make a value of fifty, or put one more reference into a container: a hostile pickle
// is limited by the number of its values and by the bytes that values, references and memos take together.
// Text costs nothing: values refer to the pickle's own bytes.
#pragma once

#include <cstddef>

#include "converter/pickle_reader.h"
#include "converter/pickle_value.h"

namespace serene::converter {

// A checkpoint of 2000 tensors makes 50,000 values.
constexpr size_t kMaxPickleValues = 300'000;
// 300,000 values, each remembered and in a container, take 39 MiB.
constexpr size_t kMaxPickleBytes = 48 << 20;

class PickleValues {
 public:
  // `reader` is where errors are reported.
  explicit PickleValues(const PickleReader& reader) : reader_(reader) {}

  // Takes a value in, which stays where it is as long as the pickle lives.
  ValuePtr add(Value value);
  // References that a container takes in later.
  void charge_references(size_t count) { charge(count * kReferenceBytes); }
  // An entry of the memo.
  void charge_memo() { charge(kMemoBytes); }

  std::deque<Value> take() { return std::move(values_); }

 private:
  // A vector that grows takes twice the room that it had, which it still has while it moves. A node of a map
  // is a block of its own.
  static constexpr size_t kReferenceBytes = 3 * sizeof(ValuePtr), kMemoBytes = 64;
  void charge(size_t bytes);

  const PickleReader& reader_;
  std::deque<Value> values_;
  size_t bytes_ = 0;
};

}  // namespace serene::converter
