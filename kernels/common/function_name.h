// Functions' names as a reader knows them.
#pragma once

#include <string>

namespace serene {

// Of a demangled name, without namespaces, return types and parameters: "transpose_kernel<4>".
std::string short_function_name(const std::string& name);
// The same of a linker's symbol; one that is not mangled stays as it is.
std::string function_name_of_symbol(const char* symbol);

}  // namespace serene
