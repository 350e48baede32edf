#include "runtime/networks/common/frame_groups.h"

#include <vector>

#include "kernels/frame_pool/frame_pool.h"

namespace serene::runtime {

FrameGroups frame_groups(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                         int64_t group) {
  if (group == 1) return {x, frames};
  std::vector<int64_t> groups;
  for (int64_t b = 0; b < frames.clips; ++b) groups.push_back(frame_pool_length(frames.length(b), group));
  FramePoolArgs args;
  args.x = x;
  args.x_clips = frames;
  args.frames = group;
  args.y_clips = pass.ragged(groups);
  args.y = pass.arena.take<2>({args.y_clips.rows(), x.size(1)});
  pass.run([&] { frame_pool(args, pass.stream); });
  return {args.y, args.y_clips};
}

}  // namespace serene::runtime
