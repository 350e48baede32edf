// A state_dict of the head: widths, layers and hops follow from the shapes.
#include <algorithm>
#include <charconv>

#include "runtime/networks/bigru_pool/config.h"
#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/common/head_limits.h"
#include "runtime/networks/common/settings.h"
#include "weights/refuse.h"

namespace serene::networks {
namespace {

// One more than the number of the last GRU layer that has any tensor; a gap before it shows when the tensors
// are compared.
int layers_of(const weights::StoredTensors& tensors) {
  int layers = 1;
  for (auto it = tensors.lower_bound("gru."); it != tensors.end() && it->first.starts_with("gru."); ++it) {
    const size_t at = it->first.find("_l");
    if (at == it->first.npos) continue;
    int number = 0;
    const char* begin = it->first.data() + at + 2;
    const auto [rest, code] = std::from_chars(begin, it->first.data() + it->first.size(), number);
    if (code == std::errc() && rest != begin && number < 64) layers = std::max(layers, number + 1);
  }
  return layers;
}

// Which hidden state the head was trained on, as the user says it, unless it has weights for all.
void set_state(const Checkpoint& checkpoint, BigruPoolConfig& config) {
  const bool weighted = checkpoint.tensors.contains("layer_weights");
  const Settings settings(checkpoint);
  const std::string state = settings.text("state").value_or(weighted ? "weighted" : "");
  const auto refuse = [&](const std::string& cause) { settings.fail("state", cause); };
  if (state.empty()) refuse("needed: a number, or last: which hidden state it reads is in no tensor");
  if (weighted != (state == "weighted")) {
    refuse(weighted ? "got " + state + ", the checkpoint has layer_weights, which weight all states"
                    : "got weighted, layer_weights is missing");
  }
  if (weighted) {
    config.mixed_states = width(checkpoint, {{"layer_weights", 1, 0}});
  } else if (state != "last") {
    const std::optional<int> number = whole_number(state, 0, kHighestState);
    if (!number) refuse("got " + state + ", wanted a number from 0, last or weighted");
    config.read_state = *number;
  }
}

}  // namespace

bool BigruPoolConfig::recognises(const Checkpoint& checkpoint) {
  return has_prefix(checkpoint.tensors, "gru.") &&
         (has_prefix(checkpoint.tensors, "attention.") || has_prefix(checkpoint.tensors, "classifier."));
}

Import BigruPoolConfig::import(const Checkpoint& checkpoint) {
  auto config = std::make_shared<BigruPoolConfig>();
  const int inputs =
      networks::width(checkpoint, {{"gru.weight_ih_l0", 2, 1}, {"gru.weight_ih_l0_reverse", 2, 1}});
  const bool projected = has_prefix(checkpoint.tensors, "input.");
  if (projected) config->input = inputs;
  config->channels = projected ? networks::width(checkpoint, {{"input.weight", 2, 1}}) : inputs;
  config->frame_pool = Settings(checkpoint).integer("frame_pool", 1, kMostFrames).value_or(1);
  config->units =
      networks::width(checkpoint, {{"gru.weight_hh_l0", 2, 1}, {"gru.weight_hh_l0_reverse", 2, 1}});
  config->depth = layers_of(checkpoint.tensors);
  config->attention = networks::width(
      checkpoint,
      {{"attention.proj.weight", 2, 0}, {"attention.proj.bias", 1, 0}, {"attention.score.weight", 2, 1}});
  config->hops = networks::width(checkpoint, {{"attention.score.weight", 2, 0}});
  config->hidden = networks::width(
      checkpoint,
      {{"classifier.dense.weight", 2, 0}, {"classifier.dense.bias", 1, 0}, {"classifier.out.weight", 2, 1}});
  config->classes =
      networks::width(checkpoint, {{"classifier.out.weight", 2, 0}, {"classifier.out.bias", 1, 0}});
  set_state(checkpoint, *config);
  return {std::move(config), checkpoint.tensors};
}

}  // namespace serene::networks
