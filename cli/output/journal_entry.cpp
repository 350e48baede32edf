#include "cli/output/journal_entry.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>

#include "cli/text/fingerprint.h"

namespace serene::cli {
namespace {

constexpr size_t kSecondHalfAt = 16, kFailedAt = 33, kEndAt = 35, kCheckAt = 52;

bool parse_hex(std::string_view text, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

uint64_t rows_check(const InputKey& key, bool failed, std::string_view rows, std::string_view vectors) {
  const Fingerprint of_rows = fingerprint_of(rows, fingerprint_of(failed ? "f" : "-", {key.name, key.state}));
  const Fingerprint all = fingerprint_of(vectors, of_rows);
  return all.high ^ all.low;  // the low half alone knows nothing of the key's high half
}

std::string to_text(const JournalEntry& entry) {
  return fmt::format("{:016x}{:016x} {} {:016x} {:016x}\n", entry.key.name, entry.key.state,
                     entry.failed ? 'f' : '-', entry.end, entry.check);
}

std::optional<JournalEntry> parse_entry(std::string_view text) {
  if (text.size() != kEntryBytes || text.back() != '\n') return std::nullopt;
  JournalEntry entry;
  const char failed = text[kFailedAt];
  if (!parse_hex(text.substr(0, 16), entry.key.name) ||
      !parse_hex(text.substr(kSecondHalfAt, 16), entry.key.state) || (failed != 'f' && failed != '-') ||
      !parse_hex(text.substr(kEndAt, 16), entry.end) || !parse_hex(text.substr(kCheckAt, 16), entry.check)) {
    return std::nullopt;
  }
  entry.failed = failed == 'f';
  return entry;
}

}  // namespace serene::cli
