// What is known of each network without running it: how its configuration is read, and how a checkpoint of it
// is recognised. serene_add_network (cmake/serene_add_network.cmake) puts a network's folder on this list.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/networks/common/network_config.h"
#include "weights/json/object_reader.h"
#include "weights/tensor.h"

namespace serene::networks {

// What a checkpoint gives.
struct Import {
  std::shared_ptr<const NetworkConfig> config;
  weights::Tensors tensors;  // by the names of config->tensors(), and others that do not belong to it
};

struct NetworkFormat {
  std::string_view name;  // of the folder: "cmgan"
  Role role;
  // From a model file. Throws Error(model) as the reader does.
  std::shared_ptr<const NetworkConfig> (*read)(json::ObjectReader& reader);
  // A tensor that every checkpoint of it has, for messages.
  std::string_view landmark;
  // Whether a checkpoint with these tensors is of this network, be it damaged.
  bool (*recognises)(const weights::Tensors& tensors);
  // Takes the widths from the shapes, and brings names and tensors to those of the model file. `file` begins
  // error messages. Throws Error(model) where no tensor gives a width.
  Import (*import)(weights::Tensors tensors, const std::string& file);
  // Of a tensor that checkpoints have and inference does not use.
  bool (*is_unused)(std::string_view tensor);
};

// In the order of their names.
std::span<const NetworkFormat* const> network_formats();
// Null where no network has that name.
const NetworkFormat* find_network(std::string_view name);

}  // namespace serene::networks
