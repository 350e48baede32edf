#include "runtime/recording/sound_windows.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace serene::runtime {

SoundWindows::SoundWindows(size_t window, size_t hop) : window_(window), hop_(hop) {}

void SoundWindows::add(std::span<const float> samples) {
  for (const float sample : samples) {
    if (filled_ == 0) first_ = sample;
    const double value = static_cast<double>(sample) - first_;  // so that an offset cancels exactly
    sum_ += value;
    squares_ += value * value;
    if (++filled_ == kFrame) end_frame();
  }
}

void SoundWindows::end() {
  if (filled_ > 0) end_frame();
  if (stretch_) end_stretch(samples_);
  ended_ = true;
}

void SoundWindows::end_frame() {
  const auto count = static_cast<double>(filled_);
  const double mean = sum_ / count;
  const double power = squares_ / count - mean * mean;
  const bool sound = !(power <= kSoundPower);  // no number is for the engine to refuse
  const size_t frame_begin = samples_;
  samples_ += filled_;
  if (sound && !stretch_) begin_stretch(frame_begin);
  if (stretch_) sounds_.push_back(sound);
  if (power <= kDitherPower) audible_from_ = samples_;
  if (stretch_ && audible_from_ <= heard_ && samples_ - heard_ <= kMargin) tail_ = samples_;
  if (sound) {
    heard_ = tail_ = samples_;
    sounding_ += filled_;
    energy_ += power * count;
    if (sounding_ >= kLeastSound) plan(heard_ - begin_, false);  // else a pause may yet make it a click
  }
  sum_ = squares_ = 0;
  filled_ = 0;
  if (stretch_ && samples_ - heard_ >= kPause) {
    paused_ = true;
    end_stretch(tail_);
  }
}

void SoundWindows::begin_stretch(size_t frame_begin) {
  paused_ = paused_ || frame_begin >= kPause;
  begin_ = paused_ ? std::max(audible_from_, frame_begin - kMargin) : 0;
  stretch_.emplace(window_, hop_);
  sounds_.assign((frame_begin - begin_) / kFrame, false);
  sounding_ = 0;
  energy_ = 0;
}

void SoundWindows::end_stretch(size_t end) {
  const bool click = paused_ && sounding_ < kLeastSound;
  if (!click) {
    plan(end - begin_, true);
    kept_ += end - begin_;
    kept_sounding_ += sounding_;
    kept_energy_ += energy_;
  }
  stretch_.reset();
}

void SoundWindows::plan(size_t length, bool ended) {
  while (auto window = stretch_->next(length, ended)) {
    if (!has_sound(*window)) continue;
    window->start += begin_;
    ready_.push_back(*window);
  }
}

bool SoundWindows::has_sound(const Window& window) const {
  const size_t end = std::min((window.start + window.length + kFrame - 1) / kFrame, sounds_.size());
  for (size_t frame = window.start / kFrame; frame < end; ++frame) {
    if (sounds_[frame]) return true;
  }
  return false;
}

std::optional<Window> SoundWindows::next() {
  if (ready_.empty()) return std::nullopt;
  const Window window = ready_.front();
  ready_.pop_front();
  return window;
}

size_t SoundWindows::needed_from() const {
  size_t needed = samples_;
  if (stretch_) {
    needed = begin_ + (sounding_ < kLeastSound ? 0 : stretch_->needed_from(heard_ - begin_));
  } else if (!ended_ && (paused_ || samples_ >= kPause)) {
    needed = samples_ - kMargin;
  } else if (!ended_) {
    needed = 0;
  }
  return ready_.empty() ? needed : std::min(needed, ready_.front().start);
}

double SoundWindows::silent_share() const {
  return samples_ == 0 ? 0 : static_cast<double>(samples_ - kept_) / static_cast<double>(samples_);
}

double SoundWindows::sound_level() const {
  if (kept_sounding_ == 0) return -std::numeric_limits<double>::infinity();
  return 10 * std::log10(kept_energy_ / static_cast<double>(kept_sounding_));
}

}  // namespace serene::runtime
