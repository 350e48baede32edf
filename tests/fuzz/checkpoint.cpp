// A checkpoint of any kind, up to what network it is of.
#include "converter/checkpoint.h"

#include "converter/fitted.h"
#include "kernels/common/error.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace serene::fuzz;
  namespace converter = serene::converter;
  try {
    const converter::Tensors tensors = converter::parse_checkpoint(as_bytes(data, size), "c");
    size_t total = 0;
    for (const auto& [name, tensor] : tensors) {
      const size_t element = serene::weights::element_size(tensor.dtype);
      require(tensor.bytes.size() == static_cast<size_t>(tensor.numel()) * element,
              "a tensor has the bytes its shape says");
      total += tensor.bytes.size();
    }
    require(total <= 4 * size, "tensors are at most four times the file");
    converter::unsound_values(tensors, "");
    serene::networks::Checkpoint checkpoint;
    checkpoint.name = "c";
    checkpoint.tensors = serene::weights::stored(tensors);
    for (const serene::networks::NetworkFormat* format : serene::networks::network_formats()) {
      if (!format->recognises(checkpoint)) continue;
      const serene::networks::Import import = format->import(checkpoint);
      require(!import.config->tensors().empty(), "a network has tensors");
      converter::fitted(import, *format, "part", "c");
    }
  } catch (const serene::Error& error) {
    require(error.kind() == serene::ErrorKind::model, "a bad checkpoint is the model's error");
  }
  return 0;
}
