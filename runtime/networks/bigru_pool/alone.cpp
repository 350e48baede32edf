// The head run alone, on rows that a caller has.
#include "kernels/common/error.h"
#include "runtime/networks/bigru_pool/bigru_pool.h"

namespace serene::runtime {

std::map<std::string, std::vector<int64_t>> BigruPool::result_shapes(const ValuesByName& inputs) const {
  const auto x = inputs.find("x");
  if (x == inputs.end() || x->second.shape.size() != 3 || x->second.shape[1] < 1 ||
      x->second.shape[2] != config_.channels) {
    throw Error(ErrorKind::invalid_argument,
                "bigru_pool: input x: wanted (B, T, " + std::to_string(config_.channels) + "), T from 1");
  }
  const int64_t clips = x->second.shape[0];
  return {{"emotion", {clips, int64_t{config_.classes}}}, {"embedding", {clips, config_.embedding()}}};
}

void BigruPool::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  const View<float, 3> x = inputs.at("x").view<3>();
  const std::vector<int64_t> lengths(static_cast<size_t>(x.size(0)), x.size(1));
  const View<float, 2> outputs[] = {results.at("emotion").view<2>(), results.at("embedding").view<2>()};
  forward(pass, make_view<2, const float>(x.data, {x.size(0) * x.size(1), x.size(2)}), pass.ragged(lengths),
          outputs);
}

}  // namespace serene::runtime
