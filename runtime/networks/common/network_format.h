// What is known of each network without running it: how its configuration is read, and how a checkpoint of it
// is recognised. serene_add_network (cmake/serene_add_network.cmake) puts a network's folder on this list.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/networks/common/checkpoint.h"
#include "runtime/networks/common/network_config.h"
#include "weights/json/object_reader.h"

namespace serene::networks {

// What a checkpoint gives.
struct Import {
  std::shared_ptr<const NetworkConfig> config;
  weights::StoredTensors tensors;  // by the names of config->tensors(), and others that do not belong to it
};

struct NetworkFormat {
  std::string_view name;  // of the folder: "cmgan"
  Role role;
  // From a model file. Throws Error(model) as the reader does.
  std::shared_ptr<const NetworkConfig> (*read)(json::ObjectReader& reader);
  // A tensor that every checkpoint of it has, for messages.
  std::string_view landmark;
  // Whether a checkpoint has this network, be it damaged, alone or with others.
  bool (*recognises)(const Checkpoint& checkpoint);
  // Takes the widths from the shapes and from what the checkpoint says of itself, and brings names and
  // tensors to those of the model file. Throws Error(model) where a width is not to be found, or where the
  // network differs from what is computed here.
  Import (*import)(const Checkpoint& checkpoint);
  // Of a tensor that checkpoints have and inference does not use.
  bool (*is_unused)(std::string_view tensor);
  // Of the user's settings, those that it takes.
  std::span<const std::string_view> settings = {};
  // The classes of transformers whose checkpoints have this network ("HubertModel"), as config.json names
  // them under `architectures`; where it names others, the checkpoint is refused. Empty: any.
  std::span<const std::string_view> architectures = {};
  // The name of the part that a conversion makes of it; empty: that of its role.
  std::string_view part = {};
};

// In the order of their names.
std::span<const NetworkFormat* const> network_formats();
// Null where no network has that name.
const NetworkFormat* find_network(std::string_view name);

}  // namespace serene::networks
