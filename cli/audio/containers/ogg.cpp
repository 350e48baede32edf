#include "cli/audio/containers/inspect.h"

#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "cli/audio/containers/fields.h"

namespace serene::cli {
namespace {

// Where a page begins that is not where it should be, from `offset` on; the file's size where none does.
int64_t next_page(const SourceFile& file, int64_t offset) {
  std::vector<std::byte> bytes(1 << 14);
  while (offset < file.size()) {
    const size_t got = file.read_at(offset, bytes);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), got);
    if (const size_t at = text.find("OggS"); at != std::string_view::npos)
      return offset + static_cast<int64_t>(at);
    if (got < bytes.size()) break;
    offset += static_cast<int64_t>(got) - 3;  // the mark may lie across
  }
  return file.size();
}

}  // namespace

// Page by page: none may be missing, and the last must carry the end-of-stream mark and be whole. libsndfile
// reads the first of chained streams.
ContainerLength inspect_ogg(const SourceFile& file) {
  constexpr int64_t kFixed = 27;  // bytes of a page header before its segment table
  constexpr size_t kMaxStreams = 64;
  // Bound the walk over hostile bytes: pages of nothing, and a page here and there.
  constexpr int kMaxPages = 1 << 22, kMaxBreaks = 1000;
  int pages = 0, breaks = 0;
  std::map<uint32_t, uint32_t> next;  // page of each stream, by its serial number
  bool gap = false, data = false, ended = false;
  ContainerLength length;
  std::array<std::byte, kFixed + 255> head{};
  for (int64_t at = 0; at < file.size();) {
    const auto got = static_cast<int64_t>(file.read_at(at, head));
    if (got < 4 || !is(head.data(), "OggS")) {
      if (++breaks > kMaxBreaks) {
        gap = true;
        break;
      }
      at = next_page(file, at + 1);
      continue;
    }
    if (++pages > kMaxPages) break;
    ended = false;
    if (got < kFixed) break;
    const int flags = std::to_integer<int>(head[5]);
    const bool begins = (flags & 2) != 0;
    if (begins && data) {
      length.followed = true;
      ended = true;
      break;
    }
    data = data || !begins;
    const uint32_t serial = le32(head.data() + 14), page = le32(head.data() + 18);
    if (const auto found = next.find(serial); found != next.end()) {
      gap = gap || page != found->second;
      found->second = page + 1;
    } else if (next.size() < kMaxStreams) {
      next[serial] = page + 1;
    }
    const int64_t segments = std::to_integer<int64_t>(head[26]);
    if (got < kFixed + segments) break;
    int64_t end = at + kFixed + segments;
    for (int64_t s = 0; s < segments; ++s)
      end += std::to_integer<int64_t>(head[static_cast<size_t>(kFixed + s)]);
    ended = (flags & 4) != 0 && end <= file.size();
    at = end;
  }
  length.truncated = gap || !ended;
  return length;
}

}  // namespace serene::cli
