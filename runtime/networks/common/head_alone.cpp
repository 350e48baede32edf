#include "runtime/networks/common/head_alone.h"

#include "kernels/common/error.h"

namespace serene::runtime {

std::map<std::string, std::vector<int64_t>> head_result_shapes(const networks::HeadConfig& config,
                                                               const ValuesByName& inputs) {
  const auto x = inputs.find("x");
  if (x == inputs.end() || x->second.shape.size() != 3 || x->second.shape[1] < 1 ||
      x->second.shape[2] != config.width()) {
    throw Error(ErrorKind::invalid_argument, std::string(config.network()) + ": input x: wanted (B, T, " +
                                                 std::to_string(config.width()) + "), T from 1");
  }
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const networks::OutputSpec& output : config.outputs())
    shapes[output.name] = {x->second.shape[0], output.size};
  return shapes;
}

void run_head_alone(const Head& head, const networks::HeadConfig& config, const Pass& pass,
                    const Ports& inputs, const Ports& results) {
  const View<float, 3> x = inputs.at("x").view<3>();
  const std::vector<int64_t> lengths(static_cast<size_t>(x.size(0)), x.size(1));
  std::vector<View<float, 2>> outputs;
  for (const networks::OutputSpec& output : config.outputs())
    outputs.push_back(results.at(output.name).view<2>());
  head.forward(pass, make_view<2, const float>(x.data, {x.size(0) * x.size(1), x.size(2)}),
               pass.ragged(lengths), outputs);
}

}  // namespace serene::runtime
