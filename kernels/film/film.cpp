#include "kernels/film/film.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work film_work(const FilmArgs& args) {
  return {bytes_of(args.h) + bytes_of(args.coefficient) + bytes_of(args.scale_weight) +
              bytes_of(args.scale_bias) + bytes_of(args.shift_weight) + bytes_of(args.shift_bias) +
              bytes_of(args.y),
          6 * static_cast<double>(args.h.numel())};
}

void film(const FilmArgs& args, const Stream& stream) {
  const int64_t e = args.h.size(1);
  check_rows("film", "h", args.h);
  check_shape("film", "coefficient", args.coefficient, {args.h.size(0)});
  check_shape("film", "scale_weight", args.scale_weight, {e});
  check_shape("film", "scale_bias", args.scale_bias, {e});
  check_shape("film", "shift_weight", args.shift_weight, {e});
  check_shape("film", "shift_bias", args.shift_bias, {e});
  check_shape("film", "y", args.y, args.h.shape);
  check_rows("film", "y", args.y);
  const ObserverScope observed(stream, "film", film_work, args);
  switch (stream.device) {
    case Device::cpu:
      return film_cpu(args, stream);
    default:
      return run_back_end("film", args, stream);
  }
}

}  // namespace serene
