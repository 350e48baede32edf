// A checkpoint as data: what a file or a folder has.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "weights/json/value.h"
#include "weights/stored_tensor.h"

namespace serene::networks {

struct Checkpoint {
  std::string name;  // begins error messages: its path
  weights::StoredTensors tensors;
  // config.json of a folder; what a file has besides its tensors, such as Whisper's {"dims": {...}}. Null
  // where there is neither.
  json::Value config = nullptr;
  json::Value preprocessor = nullptr;  // preprocessor_config.json of a folder, or null
  std::vector<std::string> labels;     // in the order of the classes, where the checkpoint names them
  // What the user says of the part that no tensor says, "state" to "2"; a network takes those that it knows.
  std::map<std::string, std::string> settings = {};
};

}  // namespace serene::networks
