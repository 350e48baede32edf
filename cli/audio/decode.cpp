#include "cli/audio/decode.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "cli/audio/container.h"
#include "cli/audio/decoder_talk.h"
#include "cli/audio/flac_end.h"
#include "cli/audio/sniff.h"
#include "cli/base/input_error.h"
#include "runtime/recording/sample_values.h"
#include "runtime/recording/waveform_flags.h"

namespace serene::cli {
namespace {

// What libsndfile reads through: the file with the size field put right, and a position.
struct Stream {
  const SourceFile* file = nullptr;
  std::optional<SizePatch> patch;
  sf_count_t position = 0;
  std::exception_ptr failure;  // exceptions must not pass through C
};

sf_count_t stream_length(void* user) { return static_cast<Stream*>(user)->file->size(); }

sf_count_t stream_seek(sf_count_t offset, int whence, void* user) {
  auto& stream = *static_cast<Stream*>(user);
  const sf_count_t base = whence == SEEK_CUR ? stream.position : whence == SEEK_END ? stream.file->size() : 0;
  sf_count_t target = 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0) return -1;
  stream.position = target;
  return target;
}

sf_count_t stream_read(void* buffer, sf_count_t count, void* user) {
  auto& stream = *static_cast<Stream*>(user);
  if (count <= 0) return 0;
  const std::span bytes(static_cast<std::byte*>(buffer), static_cast<size_t>(count));
  size_t got = 0;
  try {
    got = stream.file->read_at(stream.position, bytes);
  } catch (...) {
    stream.failure = std::current_exception();
    return 0;
  }
  if (stream.patch) {
    for (int i = 0; i < 4; ++i) {
      const sf_count_t at = stream.patch->offset + i - stream.position;
      if (at >= 0 && at < static_cast<sf_count_t>(got))
        bytes[static_cast<size_t>(at)] = std::byte{stream.patch->bytes[i]};
    }
  }
  stream.position += static_cast<sf_count_t>(got);
  return static_cast<sf_count_t>(got);
}

sf_count_t stream_write(const void*, sf_count_t, void*) { return 0; }

sf_count_t stream_tell(void* user) { return static_cast<Stream*>(user)->position; }

SF_VIRTUAL_IO stream_functions() {
  return {stream_length, stream_seek, stream_read, stream_write, stream_tell};
}

[[noreturn]] void refuse_format(const SourceFile& file, const char* cause) {
  std::array<std::byte, 64> head{};
  const Sniffed found = sniff(std::span(head).first(file.read_at(0, head)));
  if (found.decodable) throw InputError(Stage::decode, "damaged_file", found.name + ": " + cause);
  std::string message = "not an audio format that can be read: " + found.name;
  if (found.is_audio) message += "; convert it first: ffmpeg -i INPUT OUTPUT.flac";
  throw InputError(Stage::decode, "unsupported_format", message);
}

}  // namespace

struct Decoder::State {
  explicit State(const SourceFile& file) : talk(file.path()) {}
  ~State() {
    const DecoderTalk::Listening listening(talk);
    if (handle != nullptr) sf_close(handle);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  DecoderTalk talk;
  Stream stream;
  SF_INFO info{};
  SNDFILE* handle = nullptr;
  ContainerLength container;
  int64_t frames_read = 0;
};

Decoder::Decoder(const SourceFile& file) : state_(std::make_unique<State>(file)) {
  if (file.size() == 0) throw InputError(Stage::decode, "empty_audio", "the file is empty");
  state_->container = inspect_container(file);
  state_->stream.file = &file;
  state_->stream.patch = state_->container.patch;
  SF_VIRTUAL_IO functions = stream_functions();
  {
    const DecoderTalk::Listening listening(state_->talk);
    state_->handle = sf_open_virtual(&functions, SFM_READ, &state_->info, &state_->stream);
  }
  if (state_->stream.failure) std::rethrow_exception(state_->stream.failure);
  if (state_->handle == nullptr) {
    const char* cause = sf_strerror(nullptr);
    // libsndfile's code for it is not public.
    if (std::strstr(cause, "malloc") != nullptr) throw std::bad_alloc();
    refuse_format(file, cause);
  }
  const SF_INFO& info = state_->info;
  if (info.samplerate < kMinSampleRate || info.samplerate > kMaxSampleRate) {
    throw InputError(Stage::decode, "sample_rate_out_of_range",
                     "sample rate " + std::to_string(info.samplerate) + " Hz, accepted are " +
                         std::to_string(kMinSampleRate) + " to " + std::to_string(kMaxSampleRate));
  }
  if (info.channels < 1 || info.channels > kMaxChannels) {
    throw InputError(Stage::decode, "too_many_channels",
                     std::to_string(info.channels) + " channels, at most " + std::to_string(kMaxChannels) +
                         " are accepted");
  }
}

Decoder::~Decoder() = default;

int Decoder::sample_rate() const { return state_->info.samplerate; }
int Decoder::channels() const { return state_->info.channels; }

float Decoder::full_scale() const {
  switch (state_->info.format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
      return 127.0f / 128;
    case SF_FORMAT_ULAW:
      return 32124.0f / 32768;
    case SF_FORMAT_ALAW:
      return 32256.0f / 32768;
    case SF_FORMAT_PCM_16:
      return 32767.0f / 32768;
    default:
      return runtime::kFloatFullScale;
  }
}

int64_t Decoder::read(std::span<float> interleaved) {
  const int channels = state_->info.channels;
  const auto wanted = static_cast<sf_count_t>(interleaved.size()) / channels;
  sf_count_t got = 0;
  {
    const DecoderTalk::Listening listening(state_->talk);
    got = std::max<sf_count_t>(sf_readf_float(state_->handle, interleaved.data(), wanted), 0);
  }
  if (state_->stream.failure) std::rethrow_exception(state_->stream.failure);
  const auto samples = interleaved.first(static_cast<size_t>(got * channels));
  if (const auto bad = runtime::first_not_finite(samples)) {
    const int64_t frame = state_->frames_read + static_cast<int64_t>(*bad) / channels;
    throw InputError(Stage::decode, "nonfinite_audio",
                     std::string("sample ") + std::to_string(frame) + " is " +
                         (std::isnan(samples[*bad]) ? "not a number" : "infinite"));
  }
  runtime::flush_subnormals(samples);
  state_->frames_read += got;
  return got;
}

bool Decoder::can_jump() const {
  switch (state_->info.format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
      // FLAC's subformats are called PCM too; libsndfile jumps there to the sample.
      return state_->info.seekable != 0;
    default:
      return false;
  }
}

bool Decoder::skip(int64_t frames) {
  if (frames <= 0) return true;
  const int64_t target = state_->frames_read + frames;
  if (can_jump()) {
    const DecoderTalk::Listening listening(state_->talk);
    if (target >= state_->info.frames) return false;
    if (sf_seek(state_->handle, target, SEEK_SET) == target) {
      state_->frames_read = target;
      return true;
    }
    if (state_->stream.failure) std::rethrow_exception(state_->stream.failure);
    // A damaged file; what can be read of it counts.
    if (sf_seek(state_->handle, state_->frames_read, SEEK_SET) != state_->frames_read) return false;
  }
  const int64_t block = std::max<int64_t>(1, 65536 / state_->info.channels);
  std::vector<float> passed(static_cast<size_t>(block * state_->info.channels));
  while (state_->frames_read < target) {
    const int64_t wanted = std::min(block, target - state_->frames_read);
    const auto part = std::span(passed).first(static_cast<size_t>(wanted * state_->info.channels));
    if (read(part) == 0) return false;
  }
  return true;
}

bool Decoder::truncated() const {
  // Above SF_COUNT_MAX / 2 libsndfile means "unknown", as of an Ogg with a tag after its last page, which
  // inspect_container() has been through page by page.
  const bool ogg = (state_->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG;
  const bool unknown = ogg && state_->info.frames >= SF_COUNT_MAX / 2;
  return state_->container.truncated || (!unknown && state_->frames_read < state_->info.frames);
}

bool Decoder::trailing_data() const {
  if (state_->container.followed) return true;
  const bool flac = (state_->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
  return flac && !truncated() && flac_goes_on(*state_->stream.file, state_->stream.position);
}

std::optional<double> Decoder::declared_seconds() const {
  if (!truncated()) return std::nullopt;
  if (state_->container.declared_seconds) return state_->container.declared_seconds;
  if (state_->info.frames > state_->frames_read && state_->info.frames < SF_COUNT_MAX / 2) {
    return static_cast<double>(state_->info.frames) / state_->info.samplerate;
  }
  return std::nullopt;
}

}  // namespace serene::cli
