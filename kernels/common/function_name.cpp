#include "kernels/common/function_name.h"

#include <cxxabi.h>

#include <cstdlib>

namespace serene {

std::string short_function_name(const std::string& name) {
  int depth = 0;
  size_t begin = 0, end = name.size();
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (depth > 0) continue;
    if (name.compare(i, 21, "(anonymous namespace)") == 0) {
      i += 20;
    } else if (name[i] == '(') {
      end = i;
      break;
    } else if (name[i] == ':' || name[i] == ' ') {
      begin = i + 1;
    }
  }
  return name.substr(begin, end - begin);
}

std::string function_name_of_symbol(const char* symbol) {
  int status = 0;
  char* demangled = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  const std::string name = status == 0 ? demangled : symbol;
  std::free(demangled);
  return short_function_name(name);
}

}  // namespace serene
