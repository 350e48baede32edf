// One line of a journal: an input whose rows are in the output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/inputs/input_key.h"

namespace serene::cli {

struct JournalEntry {
  InputKey key;
  bool failed = false;
  uint64_t end = 0;    // of its rows in the output; they begin where the entry's before end
  uint64_t check = 0;  // rows_check() of them
};

// Of the rows' bytes and those of their vectors, where such are kept, whose they are and whether they are an
// error: what a crash left half done does not pass.
uint64_t rows_check(const InputKey& key, bool failed, std::string_view rows, std::string_view vectors = {});

// "KEY f END CHECK\n" in hexadecimal, always as long as this; - instead of f where it did not fail.
inline constexpr size_t kEntryBytes = 32 + 1 + 1 + 1 + 16 + 1 + 16 + 1;
std::string to_text(const JournalEntry& entry);
// Nothing where the text is no entry.
std::optional<JournalEntry> parse_entry(std::string_view text);

}  // namespace serene::cli
