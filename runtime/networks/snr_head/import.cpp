// A state_dict of the head, alone or beside another head's.
#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/common/head_limits.h"
#include "runtime/networks/common/settings.h"
#include "runtime/networks/snr_head/config.h"

namespace serene::networks {
namespace {

constexpr std::string_view kPrefix = "quality.";

// Which hidden state the head was trained on, as the user says it.
int state_of(const Settings& settings) {
  const std::optional<std::string> state = settings.text("state");
  if (!state) {
    settings.fail("state", "needed: a number, or last: which hidden state it reads is in no tensor");
  }
  if (*state == "last") return -1;
  const std::optional<int> number = whole_number(*state, 0, kHighestState);
  if (!number) settings.fail("state", "got " + *state + ", wanted a number from 0, or last");
  return *number;
}

}  // namespace

bool SnrHeadConfig::recognises(const Checkpoint& checkpoint) {
  return has_prefix(checkpoint.tensors, kPrefix) || has_prefix(checkpoint.tensors, "power.");
}

Import SnrHeadConfig::import(const Checkpoint& checkpoint) {
  const bool prefixed = has_prefix(checkpoint.tensors, kPrefix);
  const std::string prefix(prefixed ? kPrefix : "");
  const auto width = [&](const std::string& first, size_t dimension, const std::string& second,
                         size_t second_dimension) {
    return networks::width(checkpoint, {{prefix + first + ".weight", 2, dimension},
                                        {prefix + second + ".weight", 2, second_dimension}});
  };
  const Settings settings(checkpoint);
  auto config = std::make_shared<SnrHeadConfig>();
  config->channels = networks::width(checkpoint, {{prefix + "frame.weight", 2, 1}});
  config->frame = width("frame", 0, "power", 1);
  config->hidden = width("dense", 0, "out", 1);
  config->read_state = state_of(settings);
  config->frame_pool = settings.integer("frame_pool", 1, kMostFrames).value_or(1);
  config->speech_threshold = settings.number("speech_threshold", 0, 1).value_or(0);
  Import import{std::move(config), {}};
  // Another head's stay as they are called, so that none of a third is overlooked.
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const bool own = prefixed && name.starts_with(kPrefix);
    import.tensors.emplace(own ? name.substr(kPrefix.size()) : name, tensor);
  }
  return import;
}

}  // namespace serene::networks
