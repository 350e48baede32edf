#include "kernels/common/checks.h"

namespace serene {

void bad_argument(const char* op, const char* argument, const std::string& got, const std::string& wanted) {
  throw Error(ErrorKind::invalid_argument,
              std::string(op) + ": " + argument + ": got " + got + ", wanted " + wanted);
}

void check_cpu_precision(const char* op, Precision precision) {
  if (precision != Precision::tf32) return;
  throw Error(ErrorKind::unsupported, std::string(op) + ": the CPU has no " + precision_name(precision));
}

std::string dims_text(std::span<const int64_t> dims) {
  std::string text = "(";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) text += ", ";
    text += dims[i] == -1 ? std::string("any") : std::to_string(dims[i]);
  }
  return text + ")";
}

}  // namespace serene
