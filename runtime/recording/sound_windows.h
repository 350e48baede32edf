// Where a recording has sound, and the windows of it that are scored.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "runtime/recording/windows.h"

namespace serene::runtime {

// A frame of 10 ms has sound where its samples deviate from their mean by more than -60 dB of full scale
// (RMS): 34 dB below the nominal level of speech on lines (-26 dB, ITU-T P.56), 12 dB above an idle line in
// A-law, which has no zero. An offset is no sound.
//
// A pause is half a second or more without sound. What lies between two pauses is a stretch: from its first
// frame with sound to its last, and up to 0.1 s more on either side while there is more than a 16-bit
// recording's dither, so that a soft consonant is not cut off. Each stretch is cut into windows as a
// recording of its own (WindowPlan), since a window that is half a pause is not what a model was trained on.
// A stretch next to a pause with less than 0.1 s of sound is a click and belongs to the pause. A recording
// without a pause is one stretch, from its first sample to its last. Windows within a stretch that have no
// sound (a window may be shorter than half a second) are left out.
class SoundWindows {
 public:
  static constexpr size_t kFrame = 160;            // samples at 16 kHz, as all counts here
  static constexpr double kSoundPower = 1e-6;      // mean square
  static constexpr double kDitherPower = 0x1p-28;  // -84 dB
  static constexpr size_t kPause = 8000;
  static constexpr size_t kMargin = 1600;
  static constexpr size_t kLeastSound = 1600;

  // As WindowPlan: window = 0 makes every stretch one window.
  SoundWindows(size_t window, size_t hop);

  // The recording's next samples, mono, 16 kHz. The windows do not depend on how they are cut.
  void add(std::span<const float> samples);
  // Nothing follows.
  void end();

  // The next window that is sure by now, in samples of the recording.
  std::optional<Window> next();
  // The first sample that a window which next() has not given yet may begin with.
  size_t needed_from() const;

  // After end(): share of the samples that lie in no stretch, in [0, 1]; 1 where there is no sound at all.
  double silent_share() const;
  // After end(): RMS of the frames with sound, in dB of full scale; -infinity where there are none.
  double sound_level() const;

 private:
  void end_frame();
  void begin_stretch(size_t frame_begin);
  // `end` is the stretch's, which a pause or the recording's end follows.
  void end_stretch(size_t end);
  void plan(size_t length, bool ended);
  bool has_sound(const Window& window) const;

  size_t window_, hop_;
  size_t samples_ = 0;  // of the recording so far
  bool ended_ = false;
  // The frame that is being filled.
  float first_ = 0;
  double sum_ = 0, squares_ = 0;  // of what its samples differ from the first
  size_t filled_ = 0;

  size_t audible_from_ = 0;            // where the last frame ends that is dither at most
  bool paused_ = false;                // there was a pause
  std::optional<WindowPlan> stretch_;  // nothing in a pause
  size_t begin_ = 0;                   // of the stretch
  size_t heard_ = 0;                   // where its last frame with sound ends
  size_t tail_ = 0;                    // where the stretch ends should a pause follow
  size_t sounding_ = 0;                // samples of its frames with sound
  double energy_ = 0;                  // of these
  std::vector<bool> sounds_;           // for each frame of the stretch: has sound

  std::deque<Window> ready_;
  size_t kept_ = 0;  // samples in stretches
  size_t kept_sounding_ = 0;
  double kept_energy_ = 0;
};

}  // namespace serene::runtime
