// Clips of different lengths in one batch: their rows follow one another without padding.
#pragma once

#include <algorithm>
#include <cstdint>

namespace serene {

struct Ragged {
  const int64_t* begin =
      nullptr;  // (clips + 1), where the host reads it: clip b has rows [begin[b], begin[b + 1])
  // The same numbers where kernels of a GPU read them; null: they read `begin`.
  const int64_t* device_copy = nullptr;
  int64_t clips = 0;

  int64_t rows() const { return clips > 0 ? begin[clips] : 0; }
  int64_t length(int64_t clip) const { return begin[clip + 1] - begin[clip]; }
  int64_t longest() const {
    int64_t most = 0;
    for (int64_t b = 0; b < clips; ++b) most = std::max(most, length(b));
    return most;
  }
  // The clip that a row, below rows(), belongs to.
  int64_t clip_of(int64_t row) const { return std::upper_bound(begin, begin + clips + 1, row) - begin - 1; }
  const int64_t* on_device() const { return device_copy != nullptr ? device_copy : begin; }
};

// part(clip, first, count) for what each clip has of rows [row, row + count); `first` is counted from the
// clip's own first row.
template <class Part>
void each_part(const Ragged& ragged, int64_t row, int64_t count, Part part) {
  const int64_t end = row + count;
  while (row < end) {
    const int64_t clip = ragged.clip_of(row), stop = std::min(end, ragged.begin[clip + 1]);
    part(clip, row - ragged.begin[clip], stop - row);
    row = stop;
  }
}

// Throws Error(invalid_argument) unless the clips' rows begin at 0, follow one another and are `rows` in all.
// Clips without rows are allowed.
void check_ragged(const char* op, const char* argument, const Ragged& ragged, int64_t rows);
// Throws where a clip has no rows; the message ends in what is `wanted`.
void check_no_clip_empty(const char* op, const char* argument, const Ragged& ragged, const char* wanted);

}  // namespace serene
