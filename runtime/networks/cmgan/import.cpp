// A checkpoint of CMGAN: a state_dict, one below a generator's key, or NRSER's with a prefix.
#include <algorithm>
#include <charconv>

#include "runtime/networks/cmgan/config.h"
#include "runtime/networks/common/checkpoint_shapes.h"
#include "weights/refuse.h"

namespace serene::networks {
namespace {

// The number of the last TSCB that has any tensor; a gap before it shows when the tensors are compared.
int last_tscb(const weights::StoredTensors& tensors) {
  constexpr std::string_view kBlock = "TSCB_";
  int last = 0;
  for (auto it = tensors.lower_bound(std::string(kBlock));
       it != tensors.end() && it->first.starts_with(kBlock); ++it) {
    int number = 0;
    const char* end = it->first.data() + it->first.size();
    const auto [rest, code] = std::from_chars(it->first.data() + kBlock.size(), end, number);
    if (code == std::errc() && rest != end && *rest == '.' && number <= 64) last = std::max(last, number);
  }
  return last;
}

// Of NRSER, whose enhancer is a module of another.
constexpr std::string_view kPrefix = "se_model.";

// The same by the names of CMGAN's authors.
Checkpoint without_prefix(const Checkpoint& checkpoint) {
  Checkpoint named;
  named.name = checkpoint.name;
  for (const auto& [name, tensor] : checkpoint.tensors)
    named.tensors.emplace(name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name, tensor);
  return named;
}

}  // namespace

bool CmganConfig::recognises(const Checkpoint& checkpoint) {
  for (const std::string& prefix : {std::string(), std::string(kPrefix)}) {
    if (has_prefix(checkpoint.tensors, prefix + "dense_encoder.") ||
        has_prefix(checkpoint.tensors, prefix + "TSCB_"))
      return true;
  }
  return false;
}

Import CmganConfig::import(const Checkpoint& published) {
  const Checkpoint checkpoint = without_prefix(published);
  const weights::StoredTensors& tensors = checkpoint.tensors;
  auto config = std::make_shared<CmganConfig>();
  config->channels = width(checkpoint, {{"dense_encoder.conv_1.0.weight", 4, 0},
                                        {"dense_encoder.conv_2.0.weight", 4, 0},
                                        {"complex_decoder.conv.weight", 4, 1},
                                        {"TSCB_1.time_conformer.post_norm.weight", 1, 0}});
  if (config->channels % 4 != 0 || config->channels > 1024) {
    weights::refuse(checkpoint.name, "dense_encoder.conv_1.0.weight: " + std::to_string(config->channels) +
                                         " channels, wanted a multiple of 4 up to 1024");
  }
  config->tscbs = std::max(1, last_tscb(tensors));
  return {std::move(config), tensors};
}

}  // namespace serene::networks
