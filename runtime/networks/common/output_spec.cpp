#include "runtime/networks/common/output_spec.h"

#include <utility>

namespace serene::networks {

const char* name_of(OutputKind kind) {
  switch (kind) {
    case OutputKind::classes:
      return "classes";
    case OutputKind::scalar:
      return "scalar";
    case OutputKind::vector:
      return "vector";
  }
  return "";
}

OutputSpec scalar_output(std::string name) {
  OutputSpec output;
  output.name = std::move(name);
  return output;
}

OutputSpec vector_output(std::string name, int64_t size) {
  OutputSpec output;
  output.name = std::move(name);
  output.kind = OutputKind::vector;
  output.size = size;
  return output;
}

OutputSpec classes_output(std::string name, int64_t size) {
  OutputSpec output;
  output.name = std::move(name);
  output.kind = OutputKind::classes;
  output.size = size;
  return output;
}

}  // namespace serene::networks
