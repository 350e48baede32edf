#include "kernels/film/film.h"

namespace serene {

void film_cpu(const FilmArgs& args, const Stream&) {
  const int64_t e = args.h.size(1);
  for (int64_t b = 0; b < args.h.size(0); ++b) {
    const float c = args.coefficient.data[b * args.coefficient.stride[0]];
    const float* h = args.h[b].data;
    float* y = args.y[b].data;
    for (int64_t i = 0; i < e; ++i) {
      const float scale = args.scale_weight.data[i] * c + args.scale_bias.data[i];
      const float shift = args.shift_weight.data[i] * c + args.shift_bias.data[i];
      y[i] = scale * h[i] + shift;
    }
  }
}

}  // namespace serene
