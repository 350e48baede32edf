#include "kernels/add_positions/add_positions.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work add_positions_work(const AddPositionsArgs& args) {
  const double table = sizeof(float) * static_cast<double>(args.clips.longest() * args.x.size(1));
  return {bytes_of(args.x) + bytes_of(args.y) + table, static_cast<double>(args.x.numel())};
}

void add_positions(const AddPositionsArgs& args, const Stream& stream) {
  const char* op = "add_positions";
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_ragged(op, "clips", args.clips, args.x.size(0));
  check_shape(op, "table", args.table, {-1, args.x.size(1)});
  check_rows(op, "table", args.table);
  if (args.table.size(0) < args.clips.longest()) {
    bad_argument(op, "table", std::to_string(args.table.size(0)) + " positions",
                 "at least " + std::to_string(args.clips.longest()));
  }
  check_shape(op, "y", args.y, args.x.shape);
  check_rows(op, "y", args.y);
  const ObserverScope observed(stream, op, add_positions_work, args);
  switch (stream.device) {
    case Device::cpu:
      return add_positions_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
