// A JSON document as a tree. Unlike nlohmann's, whose destructor allocates and may not throw, its destructor
// only frees: a document can be given up while memory is short.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace serene::json {

struct Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;  // in the order of the text, no key twice

// An integer beyond int64_t is a double. A value is moved and never copied: where copying a variant of such
// types runs out of memory, GCC 12's library frees what was never made.
struct Value : std::variant<std::nullptr_t, bool, int64_t, double, std::string, Array, Object> {
  using variant::variant;
  Value(Value&&) = default;
  Value& operator=(Value&&) = default;
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  ~Value() = default;

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

// add(object, "channels", 64, "tscbs", 4)
inline void add(Object&) {}
template <class... Rest>
void add(Object& object, std::string key, Value value, Rest&&... rest) {
  object.push_back({std::move(key), std::move(value)});
  add(object, std::forward<Rest>(rest)...);
}
template <class... KeysAndValues>
Object object(KeysAndValues&&... parts) {
  Object all;
  add(all, std::forward<KeysAndValues>(parts)...);
  return all;
}
template <class... Values>
Array array(Values&&... values) {
  Array all;
  (all.emplace_back(std::forward<Values>(values)), ...);
  return all;
}

// Null where the object has no such key.
const Value* find(const Object& object, std::string_view key);

}  // namespace serene::json
