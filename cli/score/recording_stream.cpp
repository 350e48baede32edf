#include "cli/score/recording_stream.h"

#include <utility>

#include "cli/base/start_thread.h"

namespace serene::cli {

RecordingStream::RecordingStream(List list, Load load, const StreamLimits& limits)
    : list_(std::move(list)), load_(std::move(load)), limits_(limits) {
  try {
    start_thread("decodes", [this] {
      threads_.emplace_back([this] { run_list(); });
      for (size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { run_decoder(); });
    });
  } catch (...) {
    stop();
    throw;
  }
}

RecordingStream::~RecordingStream() { stop(); }

void RecordingStream::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_.request_stop();
  }
  room_.notify_all();
  work_.notify_all();
}

void RecordingStream::run_list() {
  std::exception_ptr failure;
  try {
    list_(stop_.get_token(), [this](Input input) { found(std::move(input)); });
  } catch (const Cancelled&) {
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    listing_done_ = true;
  }
  work_.notify_all();
  ready_changed_.notify_all();
}

void RecordingStream::found(Input input) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return stop_.stop_requested() || listed_.size() < limits_.listed; });
  if (stop_.stop_requested()) throw Cancelled();
  listed_.push_back(std::move(input));
  ++found_;
  work_.notify_one();
}

bool RecordingStream::may_begin() const {
  return held_ == 0 || (held_ < limits_.recordings && held_samples_ < limits_.samples);
}

void RecordingStream::run_decoder() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock,
               [this] { return stop_.stop_requested() || (listed_.empty() ? listing_done_ : may_begin()); });
    if (stop_.stop_requested() || listed_.empty()) return;
    Input input = std::move(listed_.front());
    listed_.pop_front();
    const uint64_t place = begun_++;
    ++held_;
    ++busy_;
    room_.notify_one();
    lock.unlock();
    Loaded loaded = load(std::move(input));
    lock.lock();
    --busy_;
    if (const auto* sound = std::get_if<Sound>(&loaded.result)) {
      for (const Recording& recording : sound->recordings) held_samples_ += recording.samples.size();
    }
    ready_.emplace(place, std::move(loaded));
    ready_changed_.notify_all();
  }
}

Loaded RecordingStream::load(Input input) const {
  SoundOrError result = sound_or_error([&] {
    if (input.error) throw InputError(*input.error);
    return load_(input);
  });
  return {std::move(input), std::move(result)};
}

std::optional<Loaded> RecordingStream::next(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  ready_changed_.wait_for(lock, patience, [this] { return ready_.contains(given_) || at_end() || stuck(); });
  const auto found = ready_.find(given_);
  if (found == ready_.end()) {
    if (at_end() && failure_) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  Loaded loaded = std::move(found->second);
  ready_.erase(found);
  ++given_;
  return loaded;
}

bool RecordingStream::finished() const {
  const std::lock_guard lock(mutex_);
  return at_end();
}

void RecordingStream::done(size_t samples) {
  {
    const std::lock_guard lock(mutex_);
    --held_;
    held_samples_ -= samples;
  }
  work_.notify_all();
}

}  // namespace serene::cli
