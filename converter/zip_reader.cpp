#include "converter/zip_reader.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "weights/refuse.h"

namespace serene::converter {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr size_t kEndSize = 22, kLocatorSize = 20, kEnd64Size = 56, kCentralSize = 46, kLocalSize = 30;
constexpr size_t kMaxEntries = 100'000, kMaxName = 1024;

// Eight tables: checkpoints are gigabytes, and eight bytes at a time take a quarter of the time.
class Crc32 {
 public:
  void add(std::span<const std::byte> bytes) {
    size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
      const auto byte = [&](size_t i) { return static_cast<uint32_t>(bytes[at + i]); };
      const uint32_t low = crc_ ^ (byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24);
      crc_ = kTables[7][low & 255] ^ kTables[6][low >> 8 & 255] ^ kTables[5][low >> 16 & 255] ^
             kTables[4][low >> 24] ^ kTables[3][byte(4)] ^ kTables[2][byte(5)] ^ kTables[1][byte(6)] ^
             kTables[0][byte(7)];
    }
    for (; at < bytes.size(); ++at)
      crc_ = kTables[0][(crc_ ^ static_cast<uint32_t>(bytes[at])) & 255] ^ crc_ >> 8;
  }
  uint32_t value() const { return ~crc_; }

 private:
  using Tables = std::array<std::array<uint32_t, 256>, 8>;
  static constexpr Tables kTables = [] {
    Tables tables{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xedb88320 ^ c >> 1 : c >> 1;
      tables[0][i] = c;
    }
    for (size_t t = 1; t < tables.size(); ++t) {
      for (size_t i = 0; i < 256; ++i)
        tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 255];
    }
    return tables;
  }();
  uint32_t crc_ = 0xffffffff;
};

// Little-endian reads, bounds checked. What is read lies in a window of the file, so that fields next to each
// other cost one read.
class Cursor {
 public:
  Cursor(const weights::ByteSource& source, size_t window) : source_(source), window_(window) {}

  [[noreturn]] void fail(const std::string& what) const { weights::refuse(source_.name(), what); }
  uint64_t number(uint64_t at, int size, const char* what) {
    const std::span<const std::byte> bytes = span(at, static_cast<uint64_t>(size), what);
    uint64_t value = 0;
    for (int i = 0; i < size; ++i) value |= static_cast<uint64_t>(bytes[i]) << 8 * i;
    return value;
  }
  std::string text(uint64_t at, uint64_t size, const char* what) {
    const std::span<const std::byte> bytes = span(at, size, what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  // At most 64 KiB: a text's length is a number of two bytes.
  std::span<const std::byte> span(uint64_t at, uint64_t size, const char* what) {
    if (at > source_.size() || source_.size() - at < size) fail(std::string(what) + ": truncated");
    if (at < begin_ || at + size > begin_ + bytes_.size()) {
      // A quarter of the window lies before, for a search from the end.
      begin_ = at - std::min<uint64_t>(at, window_ / 4);
      const uint64_t wanted = std::max<uint64_t>(window_, at + size - begin_);
      bytes_ = source_.read(begin_, std::min(wanted, source_.size() - begin_));
    }
    return std::span<const std::byte>(bytes_).subspan(at - begin_, size);
  }

  const weights::ByteSource& source_;
  size_t window_;
  uint64_t begin_ = 0;
  std::vector<std::byte> bytes_;
};

struct Directory {
  uint64_t entries, size, offset, limit;  // limit: where what follows the directory begins
};

Directory find_directory(uint64_t file_size, Cursor& cursor) {
  if (file_size < kEndSize) cursor.fail("truncated: no end record of a zip archive");
  // The end record and its comment must reach exactly to the end of the file.
  uint64_t end = 0;
  bool found = false;
  const uint64_t lowest = file_size - std::min<uint64_t>(file_size, kEndSize + 65535);
  for (uint64_t at = file_size - kEndSize + 1; at-- > lowest;) {
    if (cursor.number(at, 4, "end record") != kEnd) continue;
    if (at + kEndSize + cursor.number(at + 20, 2, "end record") == file_size) {
      if (found) cursor.fail("two end records");
      end = at;
      found = true;
    }
  }
  if (!found) cursor.fail("truncated: no end record of a zip archive");
  Directory directory{cursor.number(end + 10, 2, "end record"), cursor.number(end + 12, 4, "end record"),
                      cursor.number(end + 16, 4, "end record"), end};
  if (cursor.number(end + 4, 2, "end record") != cursor.number(end + 6, 2, "end record")) {
    cursor.fail("end record: archive of several disks");
  }
  if (cursor.number(end + 8, 2, "end record") != directory.entries)
    cursor.fail("end record: two counts of entries");
  const bool has_locator =
      end >= kLocatorSize && cursor.number(end - kLocatorSize, 4, "zip64 locator") == kLocator64;
  if (has_locator) {
    const uint64_t at = cursor.number(end - kLocatorSize + 8, 8, "zip64 locator");
    if (at > end - kLocatorSize || end - kLocatorSize - at < kEnd64Size)
      cursor.fail("zip64 locator: offset out of the file");
    if (cursor.number(at, 4, "zip64 end record") != kEnd64) cursor.fail("zip64 end record: wrong signature");
    if (cursor.number(at + 4, 8, "zip64 end record") != end - kLocatorSize - at - 12)
      cursor.fail("zip64 end record: its size does not reach to the locator");
    const Directory short_record = directory;
    directory = {cursor.number(at + 32, 8, "zip64 end record"), cursor.number(at + 40, 8, "zip64 end record"),
                 cursor.number(at + 48, 8, "zip64 end record"), at};
    // Readers that know no zip64 must not see another archive than we do.
    if ((short_record.entries != 0xffff && short_record.entries != directory.entries) ||
        (short_record.size != 0xffffffff && short_record.size != directory.size) ||
        (short_record.offset != 0xffffffff && short_record.offset != directory.offset)) {
      cursor.fail("zip64 end record: differs from the end record");
    }
  } else if (directory.entries == 0xffff || directory.size == 0xffffffff || directory.offset == 0xffffffff) {
    cursor.fail("end record: zip64 record missing");
  }
  if (directory.offset > directory.limit || directory.size != directory.limit - directory.offset) {
    cursor.fail("end record: the central directory does not lie before it");
  }
  if (directory.entries > kMaxEntries || directory.entries > directory.size / kCentralSize) {
    cursor.fail("end record: " + std::to_string(directory.entries) + " entries in a directory of " +
                std::to_string(directory.size) + " bytes");
  }
  return directory;
}

bool safe_name(const std::string& name) {
  if (name.empty() || name.size() > kMaxName || name.front() == '/') return false;
  for (size_t at = 0; at <= name.size();) {
    const size_t slash = std::min(name.find('/', at), name.size());
    if (name.compare(at, slash - at, "..") == 0) return false;
    at = slash + 1;
  }
  return name.find('\\') == name.npos &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 32 || c == 127; });
}

// Of an entry's name, as much as a message needs.
std::string shown(const std::string& entry) { return weights::printable(entry, 80); }

}  // namespace

bool ZipReader::looks_like_zip(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && bytes[0] == std::byte{'P'} && bytes[1] == std::byte{'K'} &&
         (bytes[2] == std::byte{3} || bytes[2] == std::byte{5});
}

ZipReader::ZipReader(weights::Source source) : source_(std::move(source)) {
  Cursor cursor(*source_, 256 << 10), local(*source_, 4 << 10);
  const Directory directory = find_directory(source_->size(), cursor);

  struct Range {
    uint64_t begin, end;
    std::string name;
  };
  std::vector<Range> ranges;
  std::map<std::string, ZipEntry> found;
  uint64_t at = directory.offset;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const char* what = "central directory";
    if (cursor.number(at, 4, what) != kCentral)
      cursor.fail("central directory: wrong signature at byte " + std::to_string(at));
    const uint64_t flags = cursor.number(at + 8, 2, what), method = cursor.number(at + 10, 2, what);
    const uint64_t crc = cursor.number(at + 16, 4, what);
    uint64_t packed = cursor.number(at + 20, 4, what), size = cursor.number(at + 24, 4, what);
    const uint64_t name_size = cursor.number(at + 28, 2, what), extra_size = cursor.number(at + 30, 2, what);
    const uint64_t comment_size = cursor.number(at + 32, 2, what);
    uint64_t offset = cursor.number(at + 42, 4, what);
    const std::string entry = cursor.text(at + kCentralSize, name_size, what);
    const auto fail = [&](const std::string& cause) { cursor.fail(shown(entry) + ": " + cause); };
    if (!safe_name(entry)) fail("name not accepted");

    // Those of 2^32 - 1 are in the zip64 extra field, in this order.
    const uint64_t extra_end = at + kCentralSize + name_size + extra_size;
    for (uint64_t x = at + kCentralSize + name_size; x < extra_end;) {
      const uint64_t id = cursor.number(x, 2, "extra field"), length = cursor.number(x + 2, 2, "extra field");
      if (x + 4 + length > extra_end) fail("extra field: runs over its end");
      if (id == 1) {
        uint64_t y = x + 4;
        for (uint64_t* field : {&size, &packed, &offset}) {
          if (*field != 0xffffffff) continue;
          if (y + 8 > x + 4 + length) fail("zip64 extra field: too short");
          *field = cursor.number(y, 8, "zip64 extra field");
          y += 8;
        }
      }
      x += 4 + length;
    }
    if (extra_end + comment_size > directory.limit) fail("central directory: runs over its end");
    if ((flags & 1) != 0) fail("encrypted entry not accepted");
    if (method != 0) fail("compressed entry not accepted");
    if (packed != size) fail("stored entry with two sizes");

    if (offset > directory.offset || directory.offset - offset < kLocalSize) fail("offset out of the file");
    if (local.number(offset, 4, "local header") != kLocal) fail("local header: wrong signature");
    const uint64_t local_name = local.number(offset + 26, 2, "local header");
    const uint64_t local_extra = local.number(offset + 28, 2, "local header");
    if (local.text(offset + kLocalSize, local_name, "local header") != entry)
      fail("local header has another name");
    if ((local.number(offset + 6, 2, "local header") & 1) != 0) fail("encrypted entry not accepted");
    if (local.number(offset + 8, 2, "local header") != method) fail("local header has another method");
    const bool sizes_follow = (flags & 8) != 0;  // in a data descriptor, zeros in the local header
    const uint64_t local_size = local.number(offset + 22, 4, "local header");
    if (!sizes_follow && local_size != 0xffffffff && local_size != size)
      fail("local header has another size");
    if (!sizes_follow && local.number(offset + 14, 4, "local header") != crc)
      fail("local header has another checksum");
    const uint64_t begin = offset + kLocalSize + local_name + local_extra;
    if (begin > directory.offset || size > directory.offset - begin)
      fail("data runs over the end of the file");
    ranges.push_back({offset, begin + size, entry});
    if (!entry.ends_with('/') &&
        !found.emplace(entry, ZipEntry{begin, size, static_cast<uint32_t>(crc)}).second)
      fail("duplicate entry");
    at = extra_end + comment_size;
  }
  if (at != directory.limit)
    cursor.fail("central directory: " + std::to_string(directory.limit - at) + " bytes too many");
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].begin < ranges[i - 1].end) {
      cursor.fail(shown(ranges[i].name) + ": overlaps " + shown(ranges[i - 1].name));
    }
  }
  // PyTorch puts everything into one folder, named as the file was.
  std::set<std::string> tops;
  for (const auto& [entry, data] : found) {
    const size_t slash = entry.find('/');
    tops.insert(slash == entry.npos ? "" : entry.substr(0, slash + 1));
  }
  const size_t strip = tops.size() == 1 ? tops.begin()->size() : 0;
  for (const auto& [entry, data] : found) entries_.emplace(entry.substr(strip), data);
}

const ZipEntry& ZipReader::entry(const std::string& entry) const {
  const auto it = entries_.find(entry);
  if (it == entries_.end()) weights::refuse(name(), shown(entry) + ": missing from the archive");
  return it->second;
}

std::vector<std::byte> ZipReader::read(const std::string& entry) const {
  const ZipEntry& of = this->entry(entry);
  std::vector<std::byte> bytes = source_->read(of.begin, of.size);
  Crc32 crc;
  crc.add(bytes);
  if (crc.value() != of.crc) refuse_damaged(entry);
  return bytes;
}

void ZipReader::check(const std::string& entry) const {
  constexpr uint64_t kPiece = 1 << 20;
  const ZipEntry& of = this->entry(entry);
  std::vector<std::byte> piece(std::min(kPiece, of.size));
  Crc32 crc;
  for (uint64_t at = 0; at < of.size; at += kPiece) {
    const auto part = std::span(piece).first(std::min(kPiece, of.size - at));
    source_->read(of.begin + at, part);
    crc.add(part);
  }
  if (crc.value() != of.crc) refuse_damaged(entry);
}

void ZipReader::refuse_damaged(const std::string& entry) const {
  weights::refuse(name(), shown(entry) + ": checksum differs: the file is damaged");
}

}  // namespace serene::converter
