#include <algorithm>
#include <cmath>

#include "kernels/position_bias/position_bias.h"

namespace serene {

void position_bias_cpu(const PositionBiasArgs& args, const Stream&) {
  const int64_t half = args.table.size(0) / 2, exact = half / 2, heads = args.table.size(1);
  const int64_t reach = args.y.size(1) / 2;
  const double growth = std::log(static_cast<double>(args.largest) / static_cast<double>(exact));
  for (int64_t r = -reach; r <= reach; ++r) {
    const int64_t apart = std::abs(r);
    int64_t bucket = apart;
    if (apart >= exact) {
      const double share = std::log(static_cast<double>(apart) / static_cast<double>(exact)) / growth;
      const double place = static_cast<double>(exact) + share * static_cast<double>(half - exact);
      bucket = std::min(half - 1, static_cast<int64_t>(place));
    }
    if (r > 0) bucket += half;
    const float* of_heads = args.table[bucket].data;
    for (int64_t h = 0; h < heads; ++h) args.y.data[h * args.y.stride[0] + reach + r] = of_heads[h];
  }
}

}  // namespace serene
