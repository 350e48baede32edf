#include "cli/audio/recording.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>

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

// A recording in the making.
class Track {
 public:
  // Without a channel: the mean of all.
  Track(const Decoder& decoder, std::optional<int> channel)
      : channels_(decoder.channels()),
        channel_(channel),
        flags_(channel ? 1 : channels_, decoder.full_scale()),
        resampler_(decoder.sample_rate()) {
    recording_.channel = channel;
  }

  // interleaved: (frames, channels)
  void add(std::span<const float> interleaved) {
    mono_.resize(interleaved.size() / static_cast<size_t>(channels_));
    if (channel_) {
      pick_channel(interleaved, channels_, *channel_, mono_);
    } else {
      mix_down(interleaved, channels_, mono_);
    }
    flags_.add(channel_ ? std::span<const float>(mono_) : interleaved);
    resampler_.push(mono_, recording_.samples);
  }

  Recording finish() {
    resampler_.finish(recording_.samples);
    recording_.silence = flags_.silence();
    recording_.clipping = flags_.clipping();
    recording_.clipped_share = flags_.clipped_share();
    return std::move(recording_);
  }

 private:
  int channels_;
  std::optional<int> channel_;
  WaveformFlags flags_;
  Resampler resampler_;
  std::vector<float> mono_;  // (frames) of a block
  Recording recording_;
};

// A deque, as a track stays where it is.
std::deque<Track> tracks_of(const Decoder& decoder, const Channels& channels) {
  std::deque<Track> tracks;
  const int count = decoder.channels();
  switch (channels.kind) {
    case Channels::Kind::mix:
      tracks.emplace_back(decoder, std::nullopt);
      break;
    case Channels::Kind::each:
      for (int channel = 0; channel < count; ++channel) tracks.emplace_back(decoder, channel);
      break;
    case Channels::Kind::one:
      if (channels.number >= count) {
        throw InputError(Stage::decode, "no_such_channel",
                         "no channel " + std::to_string(channels.number) + ": there " +
                             (count == 1 ? "is" : "are") + ' ' + std::to_string(count) + ", counted from 0");
      }
      tracks.emplace_back(decoder, channels.number);
      break;
  }
  return tracks;
}

}  // namespace

void pick_channel(std::span<const float> interleaved, int channels, int channel, std::span<float> mono) {
  const auto count = static_cast<size_t>(channels);
  for (size_t i = 0; i < mono.size(); ++i) mono[i] = interleaved[i * count + static_cast<size_t>(channel)];
}

void mix_down(std::span<const float> interleaved, int channels, std::span<float> mono) {
  const auto count = static_cast<size_t>(channels);
  for (size_t i = 0; i < mono.size(); ++i) {
    double sum = 0;  // float could overflow
    for (size_t c = 0; c < count; ++c) sum += interleaved[i * count + c];
    mono[i] = static_cast<float>(sum / channels);
  }
}

Recordings load_recordings(const std::string& path, const Segment& segment, const Channels& which) {
  const SourceFile file(path);
  Decoder decoder(file);
  const int channels = decoder.channels();
  std::deque<Track> tracks = tracks_of(decoder, which);
  std::vector<float> interleaved(static_cast<size_t>(kBlockFrames * channels));
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
    for (Track& track : tracks) track.add(block);
    frames += got;
  }
  if (frames == 0 && segment.offset > 0) refuse_segment("the recording ends before the offset");
  if (frames == 0) throw InputError(Stage::decode, "empty_audio", "no samples");
  if (segment.duration && frames + frames_in(kSegmentSlack, rate) < wanted) {
    refuse_segment("the recording ends before the segment does");
  }
  Recordings recordings;
  for (Track& track : tracks) {
    Recording& recording = recordings.emplace_back(track.finish());
    recording.seconds = static_cast<double>(frames) / rate;
    // What a recording lacks beyond a segment is not the segment's.
    recording.truncated = at_end && decoder.truncated();
    if (recording.truncated) recording.declared_seconds = decoder.declared_seconds();
  }
  return recordings;
}

Recording load_recording(const std::string& path, const Segment& segment) {
  return std::move(load_recordings(path, segment, {}).front());
}

}  // namespace serene::cli
