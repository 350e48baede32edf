#include "weights/json/value.h"

#include <algorithm>

namespace serene::json {

const Value* find(const Object& object, std::string_view key) {
  const auto found =
      std::find_if(object.begin(), object.end(), [key](const Member& member) { return member.key == key; });
  return found == object.end() ? nullptr : &found->value;
}

}  // namespace serene::json
