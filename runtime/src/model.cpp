#include "runtime/src/model.h"

#include <nlohmann/json.hpp>

#include "runtime/src/back_end/devices.h"

namespace serene::runtime {
namespace {

int64_t parameters(const weights::ModelFile& file, const std::string& prefix) {
  int64_t count = 0;
  for (const auto& [name, tensor] : file.tensors) {
    if (name.rfind(prefix, 0) == 0) count += tensor.numel();
  }
  return count;
}

}  // namespace

Model::Model(const weights::ModelFile& file, Memory& memory) : config(file.config), name(file.name) {
  nlohmann::json json;
  json["config"] = nlohmann::json::parse(weights::to_json(file.config));
  json["sha256"] = file.sha256;
  json["file_bytes"] = file.file_bytes;
  if (config.se) {
    se.emplace(file, memory);
    json["parameters"]["se"] = parameters(file, "se.");
  }
  if (config.ser) {
    ser.emplace(file, memory);
    json["parameters"]["ser"] = parameters(file, "ser.");
  }
  description = json.dump();
}

Model::Model(weights::ModelFile file) : Model(file, HostMemory::instance()) {
  if (linked_with(Device::cuda) || linked_with(Device::executor)) file_ = std::move(file);
}

std::shared_ptr<const Model> Model::in(Memory& memory) const {
  // Not make_shared: the constructor is private.
  return std::shared_ptr<const Model>(new Model(file_.value(), memory));
}

}  // namespace serene::runtime
