#include "weights/model_file.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "kernels/common/error.h"
#include "weights/file.h"
#include "weights/refuse.h"
#include "weights/schema.h"
#include "weights/sha256.h"

namespace serene::weights {
namespace {

constexpr size_t kListed = 20;  // mismatches named before they are only counted

void check_schema(const ModelFile& file) {
  std::vector<std::string> problems;
  std::set<std::string_view> extra;
  for (const auto& [name, tensor] : file.tensors) extra.insert(name);
  for (const TensorSpec& spec : schema(file.config)) {
    const auto it = file.tensors.find(spec.name);
    if (it == file.tensors.end()) {
      problems.push_back(spec.name + " missing, wanted " + shape_text(spec.shape));
      continue;
    }
    if (it->second.shape != spec.shape) {
      problems.push_back(spec.name + " is " + shape_text(it->second.shape) + ", wanted " +
                         shape_text(spec.shape));
    }
    if (it->second.dtype != DType::f32 && it->second.dtype != DType::f16 && it->second.dtype != DType::bf16) {
      problems.push_back(spec.name + " is " + std::string(dtype_name(it->second.dtype)) +
                         ", wanted F32, F16 or BF16");
    }
    extra.erase(spec.name);
  }
  for (const std::string_view name : extra)
    problems.push_back(std::string(name) + " is not part of the model");
  if (problems.empty()) return;
  std::string text = std::to_string(problems.size()) +
                     (problems.size() == 1 ? " tensor does" : " tensors do") + " not fit: ";
  for (size_t i = 0; i < std::min(problems.size(), kListed); ++i) text += (i > 0 ? "; " : "") + problems[i];
  if (problems.size() > kListed) text += "; and " + std::to_string(problems.size() - kListed) + " more";
  refuse(file.name, text);
}

void check_values(const ModelFile& file) {
  for (const auto& [name, tensor] : file.tensors) {
    const std::vector<float> values = to_float(tensor);
    const auto bad = std::count_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
    if (bad > 0) {
      refuse(file.name, name + ": " + std::to_string(bad) + " values are not finite");
    }
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
  return to_float(it->second);
}

ModelFile parse_model(std::span<const std::byte> bytes, const std::string& name) {
  TensorFile container = parse_safetensors(bytes, name);
  const auto json = container.metadata.find("serene");
  if (json == container.metadata.end()) {
    refuse(name, "no serene configuration in its metadata: run serene-convert on it");
  }
  ModelFile file;
  file.name = name;
  file.config = config_from_json(json->second, name);
  file.tensors = std::move(container.tensors);
  file.file_bytes = static_cast<int64_t>(bytes.size());
  check_schema(file);
  if (!file.config.nonfinite) check_values(file);
  file.sha256 = sha256_hex(bytes);
  return file;
}

ModelFile read_model(const std::string& path) { return parse_model(read_file(path), path); }

}  // namespace serene::weights
