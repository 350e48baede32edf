// A network with its weights, ready to run, and the roles it may have in a model.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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

class Enhancer : public Network {
 public:
  // pcm and enhanced (B, N), N >= 1, 16 kHz.
  virtual void forward(const Pass& pass, const View<const float, 2>& pcm,
                       const View<float, 2>& enhanced) const = 0;
};

class Classifier : public Network {
 public:
  // Fewest samples there is an answer for.
  virtual int64_t minimum_samples() const { return 1; }
  // pcm (B, N), 16 kHz; log_posterior (B, K).
  virtual void forward(const Pass& pass, const View<const float, 2>& pcm,
                       const View<float, 2>& log_posterior) const = 0;
};

// By name of the part.
using Parts = std::map<std::string, std::unique_ptr<Network>>;

// `weights` reads the part's tensors.
std::unique_ptr<Network> make_network(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
