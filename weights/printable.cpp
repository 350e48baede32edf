#include "weights/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "weights/utf8.h"

namespace serene::weights {
namespace {

constexpr std::string_view kCut = "...";

struct CodeRange {
  char32_t first, last;
};
// Characters that a terminal or a reader of its screen obeys.
constexpr std::array<CodeRange, 5> kObeyed{{{0x00, 0x1f},
                                            {0x7f, 0x9f},
                                            {0x2028, 0x2029},    // separators of lines and paragraphs
                                            {0x202a, 0x202e},    // direction: embeddings and overrides
                                            {0x2066, 0x2069}}};  // direction: isolates

bool is_obeyed(char32_t code) {
  return std::any_of(kObeyed.begin(), kObeyed.end(),
                     [=](const CodeRange& range) { return range.first <= code && code <= range.last; });
}

// One character as it is shown: itself, or an escape.
class Shown {
 public:
  // The first of `text`, which is not empty.
  explicit Shown(std::string_view text) noexcept {
    const auto [code, size] = first_character(text);
    if (size == 0) {
      taken_ = 1;
      escape('x', static_cast<uint8_t>(text[0]), 2);
      return;
    }
    taken_ = size;
    if (!is_obeyed(code)) {
      std::copy_n(text.begin(), shown_ = size, bytes_.begin());
    } else if (code == '\n' || code == '\r' || code == '\t') {
      bytes_ = {'\\', code == '\n' ? 'n' : code == '\r' ? 'r' : 't'};
      shown_ = 2;
    } else if (code < 0x80) {
      escape('x', code, 2);
    } else {
      escape('u', code, 4);
    }
  }

  std::string_view text() const { return {bytes_.data(), shown_}; }
  // Bytes of the original.
  size_t taken() const { return taken_; }

 private:
  void escape(char kind, char32_t code, size_t digits) {
    bytes_ = {'\\', kind};
    for (size_t i = 0; i < digits; ++i) bytes_[2 + i] = "0123456789abcdef"[code >> 4 * (digits - 1 - i) & 15];
    shown_ = 2 + digits;
  }

  std::array<char, 6> bytes_{};
  size_t shown_ = 0, taken_ = 0;
};

// Hands on as many characters as can be shown in `longest` bytes, and dots for the rest.
template <class Append>
void show(std::string_view text, size_t longest, Append append) {
  size_t size = 0;
  while (!text.empty()) {
    const Shown character(text);
    size += character.text().size();
    if (size > longest) return append(kCut);
    append(character.text());
    text.remove_prefix(character.taken());
  }
}

}  // namespace

std::string printable(std::string_view text, size_t longest) {
  std::string shown;
  shown.reserve(std::min(text.size(), longest));
  show(text, longest, [&](std::string_view part) { shown += part; });
  return shown;
}

void printable_into(std::span<char> to, std::string_view text) noexcept {
  auto at = to.begin();
  show(text, to.size() - kCut.size() - 1,
       [&](std::string_view part) { at = std::copy(part.begin(), part.end(), at); });
  *at = '\0';
}

}  // namespace serene::weights
