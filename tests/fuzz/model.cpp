// The model file: container, configuration, and whether both belong together.
#include <string>

#include "kernels/common/error.h"
#include "runtime/models/common/model_file.h"
#include "tests/fuzz/fuzz.h"

namespace serene::fuzz {
namespace {

namespace models = serene::models;
namespace weights = serene::weights;

// Throws what the readers declare, and nothing else.
template <typename Read>
void refusing(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::model, "a bad file is the model's error");
    require(std::string(error.what()).starts_with("m: "), "a message begins with the file");
  }
}

size_t bytes_of(const std::map<std::string, weights::Tensor>& tensors) {
  size_t total = 0;
  for (const auto& [name, tensor] : tensors) {
    require(tensor.bytes.size() == static_cast<size_t>(tensor.numel()) * weights::element_size(tensor.dtype),
            "a tensor has the bytes its shape says");
    total += tensor.bytes.size();
  }
  return total;
}

}  // namespace
}  // namespace serene::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace serene::fuzz;
  const auto bytes = as_bytes(data, size);
  refusing([&] {
    const weights::TensorFile file = weights::parse_safetensors(bytes, "m");
    require(bytes_of(file.tensors) <= size, "tensors are no more than the file");
    const weights::TensorFile again = weights::parse_safetensors(weights::serialize_safetensors(file), "m");
    require(again.metadata == file.metadata && again.tensors.size() == file.tensors.size(),
            "what was read can be written and read again");
  });
  refusing([&] {
    const models::ModelFile file = models::parse_model(bytes, "m");
    require(bytes_of(weights::loaded(file.tensors)) <= 4 * size,
            "tensors are no more than the file's, as floats");
  });
  // Without the container, which mutations seldom leave whole.
  refusing([&] {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string config = models::to_json(models::config_from_json(text, "m"));
    require(models::to_json(models::config_from_json(config, "m")) == config,
            "a configuration that was read can be written and read again");
  });
  return 0;
}
