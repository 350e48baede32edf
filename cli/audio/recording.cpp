#include "cli/audio/recording.h"

#include "cli/audio/decode.h"
#include "cli/audio/resample.h"
#include "cli/audio/source_file.h"
#include "cli/audio/waveform_flags.h"
#include "cli/input_error.h"

namespace serene::cli {
namespace {

constexpr int64_t kBlockFrames = 16384;

}  // namespace

void mix_down(std::span<const float> interleaved, int channels, std::span<float> mono) {
  const auto count = static_cast<size_t>(channels);
  for (size_t i = 0; i < mono.size(); ++i) {
    double sum = 0;  // float could overflow
    for (size_t c = 0; c < count; ++c) sum += interleaved[i * count + c];
    mono[i] = static_cast<float>(sum / channels);
  }
}

Recording load_recording(const std::string& path) {
  const SourceFile file(path);
  Decoder decoder(file);
  const int channels = decoder.channels();
  WaveformFlags flags(channels, decoder.full_scale());
  Resampler resampler(decoder.sample_rate());
  std::vector<float> interleaved(static_cast<size_t>(kBlockFrames * channels));
  std::vector<float> mono(static_cast<size_t>(kBlockFrames));
  Recording recording;
  int64_t frames = 0;
  while (const int64_t got = decoder.read(interleaved)) {
    const auto block = std::span(interleaved).first(static_cast<size_t>(got * channels));
    const auto mixed = std::span(mono).first(static_cast<size_t>(got));
    flags.add(block);
    mix_down(block, channels, mixed);
    resampler.push(mixed, recording.samples);
    frames += got;
  }
  if (frames == 0) throw InputError(Stage::decode, "empty_audio", "no samples");
  resampler.finish(recording.samples);
  recording.seconds = static_cast<double>(frames) / decoder.sample_rate();
  recording.truncated = decoder.truncated();
  recording.declared_seconds = decoder.declared_seconds();
  recording.silence = flags.silence();
  recording.clipping = flags.clipping();
  recording.clipped_share = flags.clipped_share();
  return recording;
}

}  // namespace serene::cli
