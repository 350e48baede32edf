#include "runtime/src/output_values.h"

#include <cmath>

namespace serene::runtime {

std::vector<std::vector<float>> output_values(std::span<const networks::OutputSpec> specs,
                                              std::vector<std::vector<float>> outputs) {
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].kind != networks::OutputKind::classes) continue;
    for (float& value : outputs[i]) value = std::exp(value);
  }
  return outputs;
}

}  // namespace serene::runtime
