#include "cli/audio/recording.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "cli/audio/decode.h"
#include "cli/audio/resample.h"
#include "cli/audio/source_file.h"
#include "cli/audio/waveform_flags.h"
#include "cli/input_error.h"

namespace serene::cli {
namespace {

constexpr int64_t kBlockFrames = 16384;

// A number of frames for a number of seconds; what is too long for one is longer than any file.
int64_t frames_in(double seconds, int rate) { return std::llround(std::min(seconds * rate, 0x1p62)); }

[[noreturn]] void refuse_segment(const std::string& cause) {
  throw InputError(Stage::decode, "beyond_the_end", cause);
}

// The filter's sums overflow next to the largest float.
void refuse_overflow(std::span<const float> samples) {
  if (std::all_of(samples.begin(), samples.end(), [](float v) { return std::isfinite(v); })) return;
  throw InputError(Stage::resample, "resample_failed",
                   "samples too large to be resampled: scale them to [-1, 1]");
}

}  // namespace

void mix_down(std::span<const float> interleaved, int channels, std::span<float> mono) {
  const auto count = static_cast<size_t>(channels);
  for (size_t i = 0; i < mono.size(); ++i) {
    double sum = 0;  // float could overflow
    for (size_t c = 0; c < count; ++c) sum += interleaved[i * count + c];
    mono[i] = static_cast<float>(sum / channels);
  }
}

Recording load_recording(const std::string& path, const Segment& segment) {
  const SourceFile file(path);
  Decoder decoder(file);
  const int channels = decoder.channels();
  WaveformFlags flags(channels, decoder.full_scale());
  Resampler resampler(decoder.sample_rate());
  std::vector<float> interleaved(static_cast<size_t>(kBlockFrames * channels));
  std::vector<float> mono(static_cast<size_t>(kBlockFrames));
  Recording recording;
  const int rate = decoder.sample_rate();
  if (!decoder.skip(frames_in(segment.offset, rate))) refuse_segment("the recording ends before the offset");
  const int64_t wanted =
      segment.duration ? std::max<int64_t>(1, frames_in(*segment.duration, rate)) : INT64_MAX;
  int64_t frames = 0;
  bool at_end = false;
  while (frames < wanted) {
    const int64_t most = std::min(kBlockFrames, wanted - frames);
    const int64_t got = decoder.read(std::span(interleaved).first(static_cast<size_t>(most * channels)));
    if (got == 0) {
      at_end = true;
      break;
    }
    const auto block = std::span(interleaved).first(static_cast<size_t>(got * channels));
    const auto mixed = std::span(mono).first(static_cast<size_t>(got));
    flags.add(block);
    mix_down(block, channels, mixed);
    resampler.push(mixed, recording.samples);
    frames += got;
  }
  if (frames == 0 && segment.offset > 0) refuse_segment("the recording ends before the offset");
  if (frames == 0) throw InputError(Stage::decode, "empty_audio", "no samples");
  if (segment.duration && frames + frames_in(kSegmentSlack, rate) < wanted) {
    refuse_segment("the recording ends before the segment does");
  }
  resampler.finish(recording.samples);
  refuse_overflow(recording.samples);
  recording.seconds = static_cast<double>(frames) / rate;
  // What a recording lacks beyond a segment is not the segment's.
  recording.truncated = at_end && decoder.truncated();
  if (recording.truncated) recording.declared_seconds = decoder.declared_seconds();
  recording.silence = flags.silence();
  recording.clipping = flags.clipping();
  recording.clipped_share = flags.clipped_share();
  return recording;
}

}  // namespace serene::cli
