// Names, objects and calls in a pickle: which are accepted, and the values they make.
#pragma once

#include <string_view>

#include "converter/pickle_stack.h"

namespace serene::converter {

class PickleCalls {
 public:
  PickleCalls(const PickleReader& reader, PickleValues& values, PickleStack& stack)
      : reader_(reader), values_(values), stack_(stack) {}

  // Pushes a name if it may be mentioned.
  void push_global(std::string_view module, std::string_view name);
  // Pops module and name of one.
  void push_stack_global();
  // Pops a class and its arguments, pushes an object of it: there must be none.
  void make_object();
  // Pops a function and its arguments, pushes what the call makes.
  void reduce();
  // Pops a state, which the object on top takes.
  void build();
  // Pops a persistent id, pushes the storage it names.
  void push_storage();

  // The name that a value is.
  const Global& global_of(ValuePtr value) const;
  [[noreturn]] void refuse(const Global& global) const;

 private:
  bool object_follows() const;

  const PickleReader& reader_;
  PickleValues& values_;
  PickleStack& stack_;
};

}  // namespace serene::converter
