#include "runtime/models/common/model_file.h"

#include <algorithm>
#include <cmath>

#include "kernels/common/error.h"
#include "weights/misfits.h"
#include "weights/quantized.h"
#include "weights/refuse.h"
#include "weights/sha256.h"

namespace serene::models {
namespace {

using weights::DType;
using weights::refuse;

// Names, types and shapes; no value but scales of I8 is read.
void check_tensors(ModelFile& file) {
  const std::vector<std::string> unscaled = weights::expand_quantized(file.tensors);
  if (!unscaled.empty()) refuse(file.name, weights::misfit_text(unscaled));
  const weights::TensorRule rule{
      .takes = [](DType dtype) { return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16; },
      .wanted = "F32, F16, BF16 or I8 with scales",
      .owner = "the model",
      .may_be_extra = nullptr};
  const std::vector<std::string> problems = weights::misfits(file.tensors, tensors_of(file.config), rule);
  if (!problems.empty()) refuse(file.name, weights::misfit_text(problems));
}

// Reads the tensors one by one.
void check_values(const ModelFile& file) {
  for (const auto& [name, tensor] : file.tensors) {
    const std::vector<float> values = file.values(name);
    const auto bad = std::count_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
    if (bad > 0) refuse(file.name, name + ": " + std::to_string(bad) + " values are not finite");
    if (name.ends_with(".running_var") &&
        std::any_of(values.begin(), values.end(), [](float v) { return v < 0; })) {
      refuse(file.name, name + ": a variance is negative");
    }
  }
}

}  // namespace

std::vector<float> ModelFile::values(const std::string& tensor) const {
  const auto it = tensors.find(tensor);
  if (it == tensors.end()) throw Error(ErrorKind::internal, name + ": " + tensor + ": not in the schema");
  return weights::to_float(it->second.read());
}

ModelFile read_model(const weights::Source& source) {
  weights::StoredFile container = weights::read_stored(source);
  const auto json = container.metadata.find("serene");
  if (json == container.metadata.end()) {
    refuse(source->name(), "no serene configuration in its metadata: run serene-convert on it");
  }
  ModelFile file;
  file.name = source->name();
  file.config = config_from_json(json->second, file.name);
  if (const auto card = container.metadata.find("card"); card != container.metadata.end()) {
    file.card = card->second;
    if (file.card.size() > kLongestCard) {
      refuse(file.name, "card: " + std::to_string(file.card.size()) + " bytes, wanted at most " +
                            std::to_string(kLongestCard));
    }
  }
  file.file_bytes = static_cast<int64_t>(source->size());
  file.tensors = std::move(container.tensors);
  check_tensors(file);
  if (!file.config.nonfinite) check_values(file);
  file.sha256 = weights::sha256_hex(*source);
  return file;
}

ModelFile parse_model(std::span<const std::byte> bytes, const std::string& name) {
  return read_model(weights::in_memory(std::vector<std::byte>(bytes.begin(), bytes.end()), name));
}

ModelFile read_model(const std::string& path) { return read_model(weights::open_file(path)); }

}  // namespace serene::models
