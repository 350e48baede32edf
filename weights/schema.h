// Which tensors a network needs, by name and shape.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace serene::weights {

struct TensorSpec {
  std::string name;
  std::vector<int64_t> shape;
};

// Lists the tensors of a network, layer by layer.
class Schema {
 public:
  void add(const std::string& name, std::vector<int64_t> shape) {
    specs_.push_back({name, std::move(shape)});
  }
  // A weight and a bias of its first dimension.
  void layer(const std::string& name, std::vector<int64_t> weight) {
    const int64_t out = weight[0];
    add(name + ".weight", std::move(weight));
    add(name + ".bias", {out});
  }
  void norm(const std::string& name, int64_t channels) { layer(name, {channels}); }
  void batch_norm(const std::string& name, int64_t channels) {
    norm(name, channels);
    add(name + ".running_mean", {channels});
    add(name + ".running_var", {channels});
  }
  std::vector<TensorSpec> take() { return std::move(specs_); }

 private:
  std::vector<TensorSpec> specs_;
};

}  // namespace serene::weights
