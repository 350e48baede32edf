// The memory of the pickle machine: its stack with marks, and its memo.
#pragma once

#include <map>
#include <vector>

#include "converter/pickle_values.h"

namespace serene::converter {

class PickleStack {
 public:
  PickleStack(const PickleReader& reader, PickleValues& values) : reader_(reader), values_(values) {}

  // A new value.
  template <class T>
  void push(T value) {
    push_known(values_.add(Value{std::move(value)}));
  }
  // One that exists already.
  void push_known(ValuePtr value);
  ValuePtr top() const;
  ValuePtr pop();
  // Values pushed since the last mark, which goes with them.
  std::vector<ValuePtr> pop_to_mark();
  void push_mark();
  // Takes off a value, or the mark above the last one.
  void pop_value_or_mark();

  // Into the container on top.
  void set_items(const std::vector<ValuePtr>& items);
  void append_items(const std::vector<ValuePtr>& items);

  // The memo: the value on top under an index, and back again.
  void remember(uint64_t index);
  void remember_next() { remember(memo_.size()); }
  void recall(uint64_t index);

  // The only value left.
  ValuePtr root() const;

 private:
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  template <class T>
  T& top_as(const char* what);

  const PickleReader& reader_;
  PickleValues& values_;
  std::vector<ValuePtr> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, ValuePtr> memo_;
};

}  // namespace serene::converter
