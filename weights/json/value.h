// A JSON document as a tree. Unlike nlohmann's, whose destructor allocates and may not throw, its destructor
// only frees: a document can be given up while memory is short.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace serene::json {

struct Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;  // in the order of the text, no key twice

// An integer beyond int64_t is a double.
struct Value : std::variant<std::nullptr_t, bool, int64_t, double, std::string, Array, Object> {
  using variant::variant;

  // Null where the value is of another type.
  template <class Type>
  const Type* as() const {
    return std::get_if<Type>(this);
  }
};

struct Member {
  std::string key;
  Value value;
};

// Null where the object has no such key.
const Value* find(const Object& object, std::string_view key);

}  // namespace serene::json
