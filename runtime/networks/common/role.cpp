#include "runtime/networks/common/network_config.h"

namespace serene::networks {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::enhancer:
      return "enhancer";
    case Role::recogniser:
      return "recogniser";
    case Role::classifier:
      return "classifier";
    case Role::encoder:
      return "encoder";
    case Role::head:
      return "head";
    case Role::level:
      return "level";
  }
  return "";
}

}  // namespace serene::networks
