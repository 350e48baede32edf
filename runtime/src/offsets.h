// Where clips' rows lie in packed arrays, for the host and for kernels on a device.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "kernels/common/ragged.h"

namespace serene::runtime {

// Every Ragged of a pass. The pass that measures adds them; each later one of the same plan asks for them
// again in the same order, and the values reach the device with the pass's input.
class Offsets {
 public:
  // From lengths, while measuring.
  Ragged add(std::span<const int64_t> lengths);

  // What was added, for a pass whose device has the values at `on_device`, laid out as write() does; null:
  // the kernels read the host's.
  class Reader {
   public:
    Reader(const Offsets& offsets, const int64_t* on_device) : offsets_(offsets), on_device_(on_device) {}
    // The next one. Throws Error(internal) where other lengths were measured.
    Ragged next(std::span<const int64_t> lengths);

   private:
    const Offsets& offsets_;
    const int64_t* on_device_;
    size_t next_ = 0, position_ = 0;
  };

  // Numbers in all.
  size_t size() const { return size_; }
  void write(std::span<int64_t> all) const;

 private:
  // Kernels' arguments point into them: they stay where they are.
  std::deque<std::vector<int64_t>> tables_;
  size_t size_ = 0;
};

}  // namespace serene::runtime
