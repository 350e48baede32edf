// Sound from a file, block by block, by libsndfile. The content decides the format, never the name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "cli/audio/source_file.h"
#include "runtime/recording/limits.h"

namespace serene::cli {

using runtime::kMaxChannels;
using runtime::kMaxSampleRate;
using runtime::kMinSampleRate;

class Decoder {
 public:
  // Throws InputError(decode): empty_audio for a file without a byte, unsupported_format, damaged_file,
  // sample_rate_out_of_range, too_many_channels. `file` must outlive the decoder.
  explicit Decoder(const SourceFile& file);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  int sample_rate() const;  // Hz
  int channels() const;
  // The value of a sample that sits at the top of the coding's range.
  float full_scale() const;

  // Passes over the next `frames` frames, by a jump where the coding allows an exact one. False where the
  // sound ends before. Throws as read().
  bool skip(int64_t frames);

  // Up to interleaved.size() / channels() frames, values as coded, [-1, 1] for integers; frames read, 0 at
  // the end. Damage ends the sound there, see truncated(). Throws InputError(decode, nonfinite_audio) with
  // the frame of the first NaN or infinity, and InputError(decode, read_failed).
  int64_t read(std::span<float> interleaved);

  // Once read() returned 0: frames are missing against what the container promises.
  bool truncated() const;
  std::optional<double> declared_seconds() const;
  // The same: sound follows on what is read, which ends where the container says.
  bool trailing_data() const;

 private:
  // A jump lands on the very frame asked for.
  bool can_jump() const;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace serene::cli
