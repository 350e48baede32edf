// What a model file says about one of its networks, and what a network is used as.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/networks/common/output_spec.h"
#include "weights/json/value.h"
#include "weights/schema.h"

namespace serene::networks {

// What a model uses a network as.
enum class Role {
  enhancer,    // waveform to waveform
  recogniser,  // waveform, and its enhanced self, to classes
  classifier,  // waveform to classes
  encoder,     // waveform to hidden states
  head,        // hidden states to outputs
  level,       // waveform, and its enhanced self, to how much of it is speech
};

// "enhancer"
std::string_view name_of(Role role);

// How a network's clips are brought to a length where the user of the converter does not say.
struct UsualClip {
  std::string_view fit = "none";  // as --fit of serene-convert has it: "pad:30"
  bool is_known = true;           // and not merely likely
};

// The configuration of one network. Each network's folder has its own; it follows from a checkpoint's shapes
// and from what the checkpoint says of itself.
class NetworkConfig {
 public:
  virtual ~NetworkConfig() = default;
  // The name of the network's folder: "cmgan".
  virtual std::string_view network() const = 0;
  virtual Role role() const = 0;
  // Of its output; 0 where that is no classes.
  virtual int64_t class_count() const { return 0; }
  virtual UsualClip usual_clip() const { return {}; }
  // Its keys and values in a model file, but for "network".
  virtual void write(json::Object& object) const = 0;
  // All of its tensors, by the names of the published checkpoint.
  virtual std::vector<weights::TensorSpec> tensors() const = 0;
};

class EncoderConfig : public NetworkConfig {
 public:
  Role role() const override { return Role::encoder; }
  // H, of every hidden state.
  virtual int64_t width() const = 0;
  // Layers whose weights are there, and those that the published network has: hidden states are numbered from
  // 0, what enters the first layer, to the latter.
  virtual int64_t layers() const = 0;
  virtual int64_t all_layers() const = 0;
  // The same with its first `layers` layers alone.
  virtual std::shared_ptr<const EncoderConfig> with_layers(int64_t layers) const = 0;
};

class HeadConfig : public NetworkConfig {
 public:
  Role role() const override { return Role::head; }
  // H, of the hidden states that it reads.
  virtual int64_t width() const = 0;
  // Which hidden state it reads: a number, or -1 for the last; nothing: the weighted sum of all.
  virtual std::optional<int64_t> state() const = 0;
  // How many weights that sum has; 0 without.
  virtual int64_t summed_states() const = 0;
  // What it gives, classes without their labels, the primary one first.
  virtual std::vector<OutputSpec> outputs() const = 0;
};

}  // namespace serene::networks
