// Clips of different lengths cut into segments of one length, the last of each filled up with zeros.
//
//   y[s_b + i, n] = x_b[i L + n], 0 beyond the clip's end
//
// with clip b's segments from row s_b on, so that its samples follow one another there as they do in x. No
// workspace.
#pragma once

#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

// Segments of so many samples that a clip is cut into.
inline int64_t segments_of(int64_t samples, int64_t segment) { return (samples + segment - 1) / segment; }

struct CutSegmentsArgs {
  View<const float, 1> x;  // (N) samples of all clips
  Ragged clips;            // of x
  Ragged segments;         // of y's rows: as many clips, segments_of() each
  View<float, 2> y;        // (S, L), contiguous, L >= 1
};

// Throws Error(invalid_argument) on shapes that do not fit, naming the clip whose segments are not as many as
// its samples want.
void cut_segments(const CutSegmentsArgs& args, const Stream& stream);

Work cut_segments_work(const CutSegmentsArgs& args);

void cut_segments_cpu(const CutSegmentsArgs& args, const Stream& stream);

// For ops on clips and their segments: throws unless they belong together as above.
void check_segments(const char* op, const Ragged& clips, const Ragged& segments, int64_t samples,
                    const std::array<int64_t, 2>& shape);

}  // namespace serene
