// What an input's rows depend on, as a fingerprint for the journal.
#pragma once

#include <compare>
#include <cstdint>

namespace serene::cli {

struct Input;

// Raised when keys are made in another way, so that no journal is read with keys that fit nothing in it.
inline constexpr int kInputKeyVersion = 2;

// Two halves of 64 bits each, so that an input is known by the first where its file is gone or changed.
struct InputKey {
  uint64_t name = 0;   // of path, segment, channels and what a manifest says of it
  uint64_t state = 0;  // of size and time of change of its file, too
  auto operator<=>(const InputKey&) const = default;
};

// The key of an input that is to be done again, whatever its rows are: of its name, and of a state that no
// file has.
InputKey undone(const InputKey& key);

// Looks at no file.
uint64_t input_name(const Input& input);
// A file that cannot be looked at has a key, too, which changes once it can.
InputKey input_key(const Input& input);

}  // namespace serene::cli
