#include "runtime/src/model.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "kernels/common/error.h"
#include "runtime/src/back_end/devices.h"
#include "runtime/src/fit.h"
#include "weights/json/text.h"

namespace serene::runtime {
namespace {

int64_t parameters(const models::ModelFile& file, const std::string& prefix) {
  int64_t count = 0;
  for (const auto& [name, tensor] : file.tensors) {
    if (!name.starts_with(prefix)) continue;
    count += std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t{1}, std::multiplies<>());
  }
  return count;
}

// The place of the first output that is so; nothing where none is.
template <class Is>
std::optional<size_t> first_of(const std::vector<models::OutputSpec>& outputs, Is is) {
  const auto it = std::ranges::find_if(outputs, is);
  if (it == outputs.end()) return std::nullopt;
  return static_cast<size_t>(it - outputs.begin());
}

std::string describe(const models::ModelFile& file) {
  json::Object counts;
  for (const models::PartConfig& part : file.config.parts)
    json::add(counts, part.name, parameters(file, part.name + '.'));
  json::Object description = json::object("config", to_value(file.config), "sha256", file.sha256,
                                          "file_bytes", file.file_bytes, "parameters", std::move(counts));
  if (!file.card.empty()) json::add(description, "card", file.card);
  return json::text(std::move(description));
}

}  // namespace

Model::Model(const models::ModelFile& file, Memory& memory)
    : config(file.config),
      name(file.name),
      description(describe(file)),
      outputs(models::find_model(file.config.model)->outputs(file.config)) {
  for (const models::PartConfig& part : config.parts)
    parts_[part.name] = make_network(*part.network, WeightReader(file.tensors, part.name + '.', memory));
  wiring_ = make_wiring(config, parts_);
}

Model::Model(models::ModelFile file) : Model(file, HostMemory::instance()) {
  if (linked_with(Device::cuda) || linked_with(Device::executor)) file_ = std::move(file);
}

std::shared_ptr<const Model> Model::in(Memory& memory) const {
  // Not make_shared: the constructor is private.
  return std::shared_ptr<const Model>(new Model(file_.value(), memory));
}

const Network& Model::part(const std::string& part) const {
  const auto it = parts_.find(part);
  if (it == parts_.end()) throw Error(ErrorKind::invalid_argument, name + ": has no part " + part);
  return *it->second;
}

const Encoder& Model::require_encoder() const {
  const Encoder* encoder = wiring_->encoder();
  if (encoder == nullptr) require("the model has no encoder whose states can be asked for");
  return *encoder;
}

int64_t Model::window_samples() const {
  const int64_t clip = fit_samples(config.clip);
  return clip > 0 ? clip : wiring_->window_samples();
}

std::optional<size_t> Model::output(const std::string& output) const {
  return first_of(outputs, [&](const models::OutputSpec& spec) { return spec.name == output; });
}

std::optional<size_t> Model::speech() const {
  return first_of(outputs, [](const models::OutputSpec& spec) { return spec.speech_threshold > 0; });
}

std::optional<size_t> Model::first_classes() const {
  return first_of(outputs,
                  [](const models::OutputSpec& spec) { return spec.kind == models::OutputKind::classes; });
}

}  // namespace serene::runtime
