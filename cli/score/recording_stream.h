// Decoding and resampling on threads of their own, ahead of the engine, within bounds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <variant>
#include <vector>

#include "cli/audio/recording.h"
#include "cli/inputs/inputs.h"

namespace serene::cli {

struct StreamLimits {
  size_t threads = 1;                 // that decode
  size_t listed = 256;                // inputs found and not begun
  size_t recordings = 32;             // begun and not given back by done()
  size_t samples = size_t{64} << 20;  // held by these, 256 MiB; one recording may go beyond
};

struct Loaded {
  Input input;
  SoundOrError result;
};

class RecordingStream {
 public:
  using Found = std::function<void(Input)>;
  // Calls its argument for every input, on a thread of its own; should look at the token where it waits.
  using List = std::function<void(const std::stop_token&, const Found&)>;
  using Load = std::function<Sound(const Input&)>;  // throws InputError

  RecordingStream(List list, Load load, const StreamLimits& limits);
  // Waits for what is being decoded, gives up the rest.
  ~RecordingStream();
  RecordingStream(const RecordingStream&) = delete;
  RecordingStream& operator=(const RecordingStream&) = delete;

  // The next recording in the order of the list, waiting up to `patience` for it. Nothing also when decoding
  // waits for done() and at the end: see finished(). Throws what `list` threw, once all before is given out.
  std::optional<Loaded> next(std::chrono::milliseconds patience);
  // Everything was given out.
  bool finished() const;
  // An input of that many samples that next() gave is no longer held.
  void done(size_t samples);

 private:
  struct Cancelled {};

  void stop();
  void run_list();
  void run_decoder();
  void found(Input input);
  Loaded load(Input input) const;
  // All of these with the mutex held.
  bool may_begin() const;
  bool at_end() const { return listing_done_ && given_ == found_; }
  bool stuck() const { return !listed_.empty() && busy_ == 0 && !may_begin(); }

  List list_;
  Load load_;
  StreamLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable room_, work_, ready_changed_;
  std::deque<Input> listed_;
  std::map<uint64_t, Loaded> ready_;            // by place in the list
  uint64_t found_ = 0, begun_ = 0, given_ = 0;  // inputs so far
  size_t held_ = 0, held_samples_ = 0, busy_ = 0;
  bool listing_done_ = false;
  std::exception_ptr failure_;
  std::stop_source stop_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace serene::cli
