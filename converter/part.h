// A network of a checkpoint as a part of a model.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "converter/networks_in.h"

namespace serene::converter {

// A checkpoint that parts are made of, and how its tensors are shared out among its networks.
struct SourceCheckpoint {
  networks::Checkpoint checkpoint;
  Formats formats;        // all of its networks
  bool is_nrser = false;  // of the published folder, whose categories are known
  // Names of the tensors that have been read since import_parts().
  std::shared_ptr<std::set<std::string>> read = std::make_shared<std::set<std::string>>();
};

// What the user says of parts, by their names: networks::Checkpoint::settings.
using PartSettings = std::map<std::string, std::map<std::string, std::string>>;

struct Part {
  std::string name;
  std::shared_ptr<SourceCheckpoint> source;
  const networks::NetworkFormat* format = nullptr;
  networks::Import import = {};

  // Begins error messages: the path of the checkpoint.
  const std::string& path() const { return source->checkpoint.name; }
};

// Imports every part. Throws Error(model) listing everything that is missing, misshapen or of no network of
// the checkpoint at once (the first 20).
void import_parts(std::vector<Part>& parts, const PartSettings& settings);

// Tensors of the parts' checkpoints that nobody has read, such as a decoder: "212 tensors of decoder.,
// proj_out.";
// "" where there are none. Counters of batches are not worth a word. To be asked once all that the model
// takes is read.
std::string left_out(const std::vector<Part>& parts);

}  // namespace serene::converter
