// A network with its weights, ready to run, and the roles it may have in a model.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/common/ragged.h"
#include "runtime/networks/common/network_config.h"
#include "runtime/networks/common/weight_reader.h"
#include "runtime/src/pass.h"
#include "weights/safetensors.h"

namespace serene::runtime {

// Values with a name and a shape, contiguous.
struct NamedValues {
  std::vector<int64_t> shape;
  std::vector<float> values;
};
using ValuesByName = std::map<std::string, NamedValues>;

// The same where it lies for a pass.
struct Port {
  std::vector<int64_t> shape;
  float* data = nullptr;

  template <size_t N>
  View<float, N> view() const {
    std::array<int64_t, N> dimensions;
    std::copy_n(shape.begin(), N, dimensions.begin());
    return make_view<N>(data, dimensions);
  }
};
using Ports = std::map<std::string, Port>;

// One run of a network alone that a file of reference tensors asks for.
struct ReferenceRun {
  ValuesByName inputs;
  // Which tensors of the file each result is compared with.
  std::map<std::string, std::vector<std::string>> results;
  // Clips that a tensor of the file has a row for. Each is a run of its own, and results are put together in
  // order.
  int64_t rows = 1;
  // Begins the names of the file's tensors that values inside the network are compared with.
  std::string prefix = {};
  // Tensors of the file that another network gives, such as a head on this one: they are not compared.
  std::vector<std::string> of_others = {};
};

class Network {
 public:
  virtual ~Network() = default;

  // A run alone, for probes and reference checks. The shapes of its results for inputs of these names and
  // shapes; throws Error(invalid_argument) for others.
  virtual std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const = 0;
  virtual void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const = 0;
  // Empty where the file is of another network. Throws Error(model) for a file of this network that is
  // damaged.
  virtual std::vector<ReferenceRun> reference_runs(const weights::TensorFile& file) const = 0;
};

// Waveforms of clips of different lengths, 16 kHz, one after another.
struct Waveforms {
  View<const float, 1> samples;  // (N) of all clips
  Ragged clips;

  // (B, N) of clips of one length.
  View<const float, 2> matrix() const {
    return make_view<2, const float>(samples.data, {clips.clips, clips.length(0)});
  }
};

class Enhancer : public Network {
 public:
  // pcm and enhanced (B, N), N >= 1, 16 kHz.
  virtual void forward(const Pass& pass, const View<const float, 2>& pcm,
                       const View<float, 2>& enhanced) const = 0;
};

// Clips cut into segments of L samples, as cut_segments lays them out: clip b's samples follow one another
// from row clips.begin[b] on.
struct Segments {
  View<const float, 2> samples;  // (S, L)
  Ragged clips;                  // of the rows

  const float* of(int64_t clip) const { return samples.data + clips.begin[clip] * samples.size(1); }
};

// How much of a clip is speech, from 0, noise alone, to 1, clean: from the clip and its enhanced self.
class LevelEstimator : public Network {
 public:
  // level (clips, 1).
  virtual void forward(const Pass& pass, const Waveforms& clips, const Segments& enhanced,
                       const View<float, 2>& level) const = 0;
};

class Classifier : public Network {
 public:
  // Fewest samples there is an answer for.
  virtual int64_t minimum_samples() const { return 1; }
  // pcm (B, N), 16 kHz; log_posterior (B, K).
  virtual void forward(const Pass& pass, const View<const float, 2>& pcm,
                       const View<float, 2>& log_posterior) const = 0;
};

// A waveform to hidden states: 0 is what enters the first layer, l what layer l puts out.
class Encoder : public Network {
 public:
  // H
  virtual int64_t width() const = 0;
  // The last hidden state that there are weights for.
  virtual int64_t last_state() const = 0;
  // Fewest samples that there is a frame of.
  virtual int64_t minimum_samples() const = 0;
  // Most samples of a clip.
  virtual int64_t maximum_samples() const { return std::numeric_limits<int64_t>::max(); }
  // T, of a clip of so many samples.
  virtual int64_t frames(int64_t samples) const = 0;
  // Hands out each hidden state (R, H) as it appears, from 0 to the last; a view is valid during the call.
  // The rows of each clip are `frames`, which the caller makes with frames().
  using TakeState = std::function<void(int64_t index, const View<const float, 2>& state)>;
  virtual void forward(const Pass& pass, const Waveforms& clips, const Ragged& frames,
                       const TakeState& take) const = 0;
};

// Hidden states to outputs.
class Head : public Network {
 public:
  // Which state it reads, -1 for the last; nothing: the sum of all, weighted with softmax(state_weights()).
  virtual std::optional<int64_t> state() const = 0;
  virtual View<const float, 1> state_weights() const { return {}; }
  // x (R, H), the state or the sum; outputs[i] (clips, size) is the i-th of HeadConfig::outputs().
  virtual void forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                       std::span<const View<float, 2>> outputs) const = 0;
};

// By name of the part.
using Parts = std::map<std::string, std::unique_ptr<Network>>;

// `weights` reads the part's tensors.
std::unique_ptr<Network> make_network(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
