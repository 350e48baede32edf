// A model file with its networks laid out for the engine; immutable and shared by engines.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/common/error.h"
#include "runtime/models/common/model_file.h"
#include "runtime/models/common/model_format.h"
#include "runtime/models/common/wiring.h"

namespace serene::runtime {

class Model {
 public:
  explicit Model(models::ModelFile file);
  // The same in a device's memory, which outlives it. Not of a model that was itself made so.
  std::shared_ptr<const Model> in(Memory& memory) const;

  models::ModelConfig config;
  std::string name;                         // what errors call it
  std::string description;                  // JSON, see serene_model_description
  std::vector<models::OutputSpec> outputs;  // the primary one first; empty where nothing is scored

  const Wiring& wiring() const { return *wiring_; }
  // Throws Error(invalid_argument) where the model has no such part.
  const Network& part(const std::string& name) const;
  bool can_enhance() const { return models::cannot_enhance(config).empty(); }
  bool can_score() const { return models::cannot_score(config).empty(); }
  // Throw Error(unsupported) that says why where it cannot.
  void require_score() const { require(models::cannot_score(config)); }
  void require_enhance() const { require(models::cannot_enhance(config)); }
  // Throws Error(unsupported) where the model has no encoder of clips.
  const Encoder& require_encoder() const;
  // The place of an output among `outputs`; nothing where there is none of that name.
  std::optional<size_t> output(const std::string& name) const;
  // Of its clip, or what it wants longer recordings cut into; 0 where it takes any length as one.
  int64_t window_samples() const;
  // Which output tells whether there is speech; nothing where no clip is refused for that.
  std::optional<size_t> speech() const;
  // Of the first output that is classes.
  std::optional<size_t> first_classes() const;

 private:
  void require(const std::string& cannot) const {
    if (!cannot.empty()) throw Error(ErrorKind::unsupported, name + ": " + cannot);
  }
  Model(const models::ModelFile& file, Memory& memory);

  Parts parts_;
  std::unique_ptr<Wiring> wiring_;
  std::optional<models::ModelFile> file_;  // in programs that have a device with memory of its own
};

}  // namespace serene::runtime
