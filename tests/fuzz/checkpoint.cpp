// A checkpoint of any kind, up to what network it is of.
#include "converter/checkpoint.h"

#include "converter/fitted.h"
#include "converter/part.h"
#include "kernels/common/error.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace serene::fuzz;
  namespace converter = serene::converter;
  try {
    serene::networks::Checkpoint checkpoint =
        converter::read_checkpoint(serene::weights::in_memory(as_bytes(data, size), "c"));
    size_t total = 0;
    for (const auto& [name, stored] : checkpoint.tensors) {
      const serene::weights::Tensor tensor = stored.read();
      require(tensor.dtype == stored.dtype && tensor.shape == stored.shape,
              "a tensor is what was said of it");
      const size_t element = serene::weights::element_size(tensor.dtype);
      require(tensor.bytes.size() == static_cast<size_t>(tensor.numel()) * element,
              "a tensor has the bytes its shape says");
      total += tensor.bytes.size();
    }
    require(total <= 4 * size, "tensors are at most four times the file");
    const auto source = std::make_shared<converter::SourceCheckpoint>();
    for (const serene::networks::NetworkFormat* format : serene::networks::network_formats()) {
      if (format->recognises(checkpoint)) source->formats.push_back(format);
    }
    source->checkpoint = std::move(checkpoint);
    std::vector<converter::Part> parts;
    for (const serene::networks::NetworkFormat* format : source->formats)
      parts.push_back({std::string(format->name), source, format});
    converter::import_parts(parts, {});
    converter::left_out(parts);
    for (const converter::Part& part : parts) {
      require(!part.import.config->tensors().empty(), "a network has tensors");
      converter::unsound_values(converter::fitted(part.import, part.name), part.name + '.');
    }
  } catch (const serene::Error& error) {
    // What no tensor says is the user's to say, and missing here.
    require(error.kind() == serene::ErrorKind::model || error.kind() == serene::ErrorKind::invalid_argument,
            "a bad checkpoint is the model's error");
  }
  return 0;
}
