// A model file with its networks laid out for the engine; immutable and shared by engines.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/src/models/cmgan.h"
#include "runtime/src/models/trnet.h"
#include "weights/config.h"
#include "weights/model_file.h"

namespace serene::runtime {

struct Model {
  // `memory` is that of the device the networks will run on, and outlives the model.
  explicit Model(const weights::ModelFile& file, Memory& memory = HostMemory::instance());

  weights::ModelConfig config;
  std::string name;         // what errors call it
  std::string description;  // JSON, see serene_model_description
  std::optional<Cmgan> se;
  std::optional<Trnet> ser;

  // A recogniser that blends needs the enhancer beside it.
  bool can_score() const { return ser.has_value() && (se.has_value() || !ser->needs_enhanced()); }
};

}  // namespace serene::runtime
