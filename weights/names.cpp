#include "weights/names.h"

#include <set>

#include "weights/printable.h"
#include "weights/utf8.h"

namespace serene::weights {

std::string fault_of_names(const std::vector<std::string>& names) {
  if (names.empty()) return "no names";
  if (names.size() > kMostNames)
    return std::to_string(names.size()) + " names, at most " + std::to_string(kMostNames);
  for (const std::string& name : names) {
    if (name.empty()) return "an empty name";
    if (!is_utf8(name)) return "a name is not UTF-8";
    if (printable(name) != name)
      return "a name with control characters, or of more than " + std::to_string(kLongestPrintable) +
             " bytes";
  }
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
    return "a name is there twice";
  return "";
}

}  // namespace serene::weights
