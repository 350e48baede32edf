#include "runtime/models/common/speech_level.h"

#include <algorithm>

#include "kernels/cut_segments/cut_segments.h"

namespace serene::runtime {
namespace {

// Segments in one pass of the enhancer: enough to keep the threads of a CPU busy, and few enough to bound its
// memory, which CMGAN of 16 channels takes 12.5 MiB of for each, however long a clip is.
constexpr int64_t kTogether = 8;

View<float, 2> rows(const View<float, 2>& x, int64_t first, int64_t count) {
  return make_view<2>(x[first].data, {count, x.size(1)});
}

template <class T>
const T& part_of(const models::ModelConfig& config, networks::Role role, const Parts& parts) {
  return dynamic_cast<const T&>(*parts.at(config.find(role)->name));
}

}  // namespace

SpeechLevel::SpeechLevel(const models::ModelConfig& config, const Parts& parts)
    : enhancer_(part_of<Enhancer>(config, networks::Role::enhancer, parts)),
      estimator_(part_of<LevelEstimator>(config, networks::Role::level, parts)) {}

Segments SpeechLevel::enhance(const Pass& pass, const Waveforms& clips) const {
  std::vector<int64_t> counts;
  for (int64_t b = 0; b < clips.clips.clips; ++b)
    counts.push_back(segments_of(clips.clips.length(b), kSegment));
  const Ragged segments = pass.ragged(counts);
  const View<float, 2> enhanced = pass.arena.take<2>({segments.rows(), kSegment});
  const Arena::Scope scope(pass.arena);
  const View<float, 2> cut = pass.arena.take<2>({segments.rows(), kSegment});
  pass.run([&] { cut_segments({clips.samples, clips.clips, segments, cut}, pass.stream); });
  for (int64_t first = 0; first < segments.rows(); first += kTogether) {
    const int64_t count = std::min(kTogether, segments.rows() - first);
    enhancer_.forward(pass, rows(cut, first, count), rows(enhanced, first, count));
  }
  if (clips.clips.clips == 1) {
    const int64_t n = clips.clips.length(0);
    pass.tap("enhanced.pcm", {enhanced.data, {1, 1, 1, n}, {n, n, n, 1}});
  }
  return {enhanced, segments};
}

}  // namespace serene::runtime
