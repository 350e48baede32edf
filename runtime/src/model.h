// A model file with its networks laid out for the engine; immutable and shared by engines.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kernels/common/error.h"
#include "runtime/src/models/cmgan.h"
#include "runtime/src/models/trnet.h"
#include "weights/config.h"
#include "weights/model_file.h"

namespace serene::runtime {

class Model {
 public:
  explicit Model(weights::ModelFile file);
  // The same in a device's memory, which outlives it. Not of a model that was itself made so.
  std::shared_ptr<const Model> in(Memory& memory) const;

  weights::ModelConfig config;
  std::string name;         // what errors call it
  std::string description;  // JSON, see serene_model_description
  std::optional<Cmgan> se;
  std::optional<Trnet> ser;

  bool can_score() const { return *weights::cannot_score(config) == '\0'; }
  // Throw Error(unsupported) that says why where it cannot.
  void require_score() const { require(weights::cannot_score(config)); }
  void require_enhance() const { require(weights::cannot_enhance(config)); }

 private:
  Model(const weights::ModelFile& file, Memory& memory);
  void require(const char* cannot) const {
    if (*cannot != '\0') throw Error(ErrorKind::unsupported, name + ": " + cannot);
  }

  std::optional<weights::ModelFile> file_;  // in programs that have a device with memory of its own
};

}  // namespace serene::runtime
