#include "runtime/src/model.h"

#include "runtime/src/back_end/devices.h"
#include "weights/json/text.h"

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
  json::Object counts;
  if (config.se) {
    se.emplace(file, memory);
    json::add(counts, "se", parameters(file, "se."));
  }
  if (config.ser) {
    ser.emplace(file, memory);
    json::add(counts, "ser", parameters(file, "ser."));
  }
  description = json::text(json::object("config", weights::to_value(config), "sha256", file.sha256,
                                        "file_bytes", file.file_bytes, "parameters", std::move(counts)));
}

Model::Model(weights::ModelFile file) : Model(file, HostMemory::instance()) {
  if (linked_with(Device::cuda) || linked_with(Device::executor)) file_ = std::move(file);
}

std::shared_ptr<const Model> Model::in(Memory& memory) const {
  // Not make_shared: the constructor is private.
  return std::shared_ptr<const Model>(new Model(file_.value(), memory));
}

}  // namespace serene::runtime
