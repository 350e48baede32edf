#include "cli/audio/recording.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <new>
#include <optional>
#include <utility>

#include "cli/audio/container.h"
#include "cli/audio/decode.h"
#include "cli/audio/source_file.h"
#include "cli/base/input_error.h"
#include "runtime/recording/resample.h"
#include "runtime/recording/track.h"

namespace serene::cli {
namespace {

constexpr int64_t kBlockFrames = 16384;

// A number of frames for a number of seconds; what is too long for one is longer than any file.
int64_t frames_in(double seconds, int rate) { return std::llround(std::min(seconds * rate, 0x1p62)); }

[[noreturn]] void refuse_segment(const std::string& cause) {
  throw InputError(Stage::decode, "beyond_the_end", cause);
}

template <class Body>
void resampling(Body&& body) {
  try {
    body();
  } catch (const runtime::ResampleError& error) {
    throw InputError(Stage::resample, "resample_failed", error.what());
  }
}

// A recording in the making.
class Track {
 public:
  // Without a channel: the mean of all.
  Track(const Decoder& decoder, std::optional<int> channel) : channel_(channel) {
    recording_.channel = channel;
    resampling(
        [&] { track_.emplace(decoder.sample_rate(), decoder.channels(), channel, decoder.full_scale()); });
  }

  // interleaved: (frames, channels)
  void add(std::span<const float> interleaved) {
    resampling([&] { track_->add(interleaved, recording_.samples); });
  }

  void reserve(size_t samples) { recording_.samples.reserve(samples + kBlockFrames); }
  size_t held() const { return recording_.samples.size(); }
  void finish() {
    resampling([&] { track_->finish(recording_.samples); });
  }
  // What came since the last time, with the flags so far.
  Recording take() {
    Recording piece = std::exchange(recording_, {});
    recording_.channel = channel_;
    piece.silence = track_->flags().silence();
    piece.clipping = track_->flags().clipping();
    piece.clipped_share = track_->flags().clipped_share();
    return piece;
  }

 private:
  std::optional<int> channel_;
  std::optional<runtime::Track> track_;
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

const SourceFile& behind_tag(SourceFile& file) {
  file.begin_at(tag_before_container(file));
  return file;
}

}  // namespace

struct RecordingReader::State {
  State(const std::string& path, const Segment& part, const Channels& channels)
      : file(path),
        decoder(behind_tag(file)),
        tracks(tracks_of(decoder, channels)),
        interleaved(static_cast<size_t>(kBlockFrames * decoder.channels())),
        segment(part) {
    if (!segment.duration) return;
    wanted = std::max<int64_t>(1, frames_in(*segment.duration, decoder.sample_rate()));
  }

  SourceFile file;
  Decoder decoder;
  std::deque<Track> tracks;
  std::vector<float> interleaved;  // (kBlockFrames, channels)
  int64_t wanted = INT64_MAX, frames = 0;
  Segment segment;
  bool done = false;
};

RecordingReader::RecordingReader(const std::string& path, const Segment& segment, const Channels& channels)
    : state_(std::make_unique<State>(path, segment, channels)) {
  if (!state_->decoder.skip(frames_in(segment.offset, state_->decoder.sample_rate()))) {
    refuse_segment("the recording ends before the offset");
  }
}

RecordingReader::~RecordingReader() = default;

bool RecordingReader::done() const { return state_->done; }

Recordings RecordingReader::read(size_t most) {
  State& state = *state_;
  Decoder& decoder = state.decoder;
  const int channels = decoder.channels(), rate = decoder.sample_rate();
  // A recording that goes on after its first piece is likely to fill this one, too.
  if (state.frames > 0) {
    for (Track& track : state.tracks) track.reserve(most);
  }
  bool at_end = false;
  while (!at_end && state.frames < state.wanted && state.tracks.front().held() < most) {
    const int64_t frames = std::min(kBlockFrames, state.wanted - state.frames);
    const auto block = std::span(state.interleaved).first(static_cast<size_t>(frames * channels));
    const int64_t got = decoder.read(block);
    at_end = got == 0;
    for (Track& track : state.tracks) track.add(block.first(static_cast<size_t>(got * channels)));
    state.frames += got;
  }
  state.done = at_end || state.frames == state.wanted;
  if (state.done) {
    const bool has_offset = state.segment.offset > 0;
    if (state.frames == 0 && has_offset) refuse_segment("the recording ends before the offset");
    if (state.frames == 0) throw InputError(Stage::decode, "empty_audio", "no samples");
    if (state.segment.duration && state.frames + frames_in(kSegmentSlack, rate) < state.wanted) {
      refuse_segment("the recording ends before the segment does");
    }
    for (Track& track : state.tracks) track.finish();
  }
  Recordings recordings;
  for (Track& track : state.tracks) {
    Recording& recording = recordings.emplace_back(track.take());
    if (!state.done) continue;
    recording.seconds = static_cast<double>(state.frames) / rate;
    // What a recording lacks beyond a segment is not the segment's.
    recording.truncated = at_end && decoder.truncated();
    recording.trailing_data = at_end && decoder.trailing_data();
    if (recording.truncated) recording.declared_seconds = decoder.declared_seconds();
  }
  return recordings;
}

namespace {

Sound next_piece(const std::shared_ptr<RecordingReader>& reader, size_t most) {
  Sound sound{reader->read(most)};
  if (!reader->done()) sound.rest = [reader, most] { return next_piece(reader, most); };
  return sound;
}

}  // namespace

Sound load_sound(const std::string& path, const Segment& segment, const Channels& channels, size_t most) {
  return next_piece(std::make_shared<RecordingReader>(path, segment, channels), most);
}

SoundOrError sound_or_error(const std::function<Sound()>& load) {
  try {
    return load();
  } catch (const InputError& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return InputError(Stage::decode, kOutOfMemory, "too long for the memory there is");
  }
}

Recordings load_recordings(const std::string& path, const Segment& segment, const Channels& channels) {
  return RecordingReader(path, segment, channels).read(SIZE_MAX);
}

Recording load_recording(const std::string& path, const Segment& segment) {
  return std::move(load_recordings(path, segment, {}).front());
}

}  // namespace serene::cli
