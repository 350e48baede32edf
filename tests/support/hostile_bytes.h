// Builders of files, right and wrong: zip archives, pickles, torch checkpoints, safetensors.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serene::test {

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Little-endian.
inline std::string le(uint64_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text += static_cast<char>(i < 8 ? value >> 8 * i & 255 : 0);
  return text;
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

inline std::string repeat(std::string_view text, size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

// Bytes of a case that are made when it runs: googletest lists the cases of a program in every process.
class MadeBytes {
 public:
  MadeBytes(std::string bytes) : make_([bytes = std::move(bytes)] { return bytes; }) {}
  MadeBytes(const char* bytes) : MadeBytes(std::string(bytes)) {}
  template <std::invocable Make>
  MadeBytes(Make make) : make_(std::move(make)) {}
  std::string operator()() const { return make_(); }

 private:
  std::function<std::string()> make_;
};

inline uint32_t zip_crc(std::string_view text) {
  static const auto table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xedb88320 ^ c >> 1 : c >> 1;
      t[i] = c;
    }
    return t;
  }();
  uint32_t crc = 0xffffffff;
  for (const char c : text) crc = table[(crc ^ static_cast<uint8_t>(c)) & 255] ^ crc >> 8;
  return ~crc;
}

// A stored entry; what is set lies.
struct ZipEntry {
  std::string name;
  std::string data;
  uint16_t flags = 0, method = 0;
  std::optional<uint16_t> local_flags = {}, local_method = {};
  std::optional<std::string> local_name = {};
  std::optional<uint32_t> crc = {}, local_crc = {};
  std::optional<uint64_t> size = {}, packed = {}, local_size = {}, offset = {};
  bool zip64 = false;                   // sizes and offset of the directory in an extra field
  std::optional<uint64_t> size64 = {};  // the size that field gives
  std::string extra = {};               // further extra fields of the directory
};

struct ZipEnd {
  std::string comment = {};
  std::optional<uint64_t> entries = {}, size = {}, offset = {};
  uint16_t disk = 0;
  bool zip64 = false;                         // with zip64 end record and locator
  std::optional<uint64_t> locator = {};       // where the locator says the zip64 record is
  std::optional<uint32_t> signature64 = {};   // of the zip64 record
  uint64_t size64 = 44;                       // of the zip64 record, as it says itself
  uint64_t short_entries = 0xffff;            // what the end record says besides a zip64 record
  std::optional<uint64_t> entries_here = {};  // the end record's other count
  std::string gap = {};                       // between directory and end record
};

inline std::string zip_end(uint64_t entries, uint64_t size, uint64_t offset, const std::string& comment = "",
                           uint16_t disk = 0) {
  return le(0x06054b50, 4) + le(disk, 2) + le(0, 2) + le(entries, 2) + le(entries, 2) + le(size, 4) +
         le(offset, 4) + le(comment.size(), 2) + comment;
}

inline std::string zip(const std::vector<ZipEntry>& entries, const ZipEnd& end = {}) {
  std::string file, directory;
  for (const ZipEntry& entry : entries) {
    const uint64_t offset = entry.offset.value_or(file.size());
    const uint64_t size = entry.size.value_or(entry.data.size());
    const uint64_t packed = entry.packed.value_or(size);
    const uint32_t crc = entry.crc.value_or(zip_crc(entry.data));
    const uint64_t local_size = entry.local_size.value_or(size);
    const std::string local_name = entry.local_name.value_or(entry.name);
    file += le(0x04034b50, 4) + le(20, 2) + le(entry.local_flags.value_or(entry.flags), 2) +
            le(entry.local_method.value_or(entry.method), 2) + le(0, 4) +
            le(entry.local_crc.value_or(crc), 4) + le(local_size, 4) + le(local_size, 4) +
            le(local_name.size(), 2) + le(0, 2) + local_name + entry.data;
    std::string extra = entry.extra;
    if (entry.zip64) {
      const uint64_t size64 = entry.size64.value_or(size);
      extra += le(1, 2) + le(24, 2) + le(size64, 8) + le(size64, 8) + le(offset, 8);
    }
    const auto field = [&](uint64_t value) { return le(entry.zip64 ? 0xffffffff : value, 4); };
    directory += le(0x02014b50, 4) + le(20, 2) + le(20, 2) + le(entry.flags, 2) + le(entry.method, 2) +
                 le(0, 4) + le(crc, 4) + field(packed) + field(size) + le(entry.name.size(), 2) +
                 le(extra.size(), 2) + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + field(offset) +
                 entry.name + extra;
  }
  const uint64_t count = end.entries.value_or(entries.size());
  const uint64_t size = end.size.value_or(directory.size());
  const uint64_t offset = end.offset.value_or(file.size());
  file += directory + end.gap;
  if (!end.zip64) {
    std::string record = zip_end(count, size, offset, end.comment, end.disk);
    if (end.entries_here) record.replace(8, 2, le(*end.entries_here, 2));
    return file + record;
  }
  const uint64_t at = end.locator.value_or(file.size());
  file += le(end.signature64.value_or(0x06064b50), 4) + le(end.size64, 8) + le(45, 2) + le(45, 2) + le(0, 4) +
          le(0, 4) + le(count, 8) + le(count, 8) + le(size, 8) + le(offset, 8);
  file += le(0x07064b50, 4) + le(0, 4) + le(at, 8) + le(1, 4);
  return file + zip_end(end.short_entries, 0xffffffff, 0xffffffff, end.comment, end.disk);
}

// Pickle opcodes with their arguments.
namespace pickle {

inline std::string proto(int version) { return "\x80" + le(static_cast<uint64_t>(version), 1); }
inline std::string text(std::string_view s) { return "X" + le(s.size(), 4) + std::string(s); }
inline std::string integer(int64_t value) {
  if (value >= 0 && value < 256) return "K" + le(static_cast<uint64_t>(value), 1);
  return std::string("\x8a\x08", 2) + le(static_cast<uint64_t>(value), 8);
}
inline std::string global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}
inline std::string stack_global(std::string_view module, std::string_view name) {
  return text(module) + text(name) + "\x93";
}
inline std::string put(uint32_t index) { return "r" + le(index, 4); }
inline std::string get(uint32_t index) { return "j" + le(index, 4); }
inline std::string tuple(const std::vector<std::string>& items) {
  std::string all = "(";
  for (const std::string& item : items) all += item;
  return all + "t";
}
inline std::string integers(const std::vector<int64_t>& values) {
  std::string all = "(";
  for (const int64_t value : values) all += integer(value);
  return all + "t";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string all = "}(";
  for (const auto& [key, value] : items) all += text(key) + value;
  return all + "u";
}
inline std::string list(const std::vector<std::string>& items) {
  std::string all = "](";
  for (const std::string& item : items) all += item;
  return all + "e";
}
inline std::string call(const std::string& function, const std::vector<std::string>& arguments) {
  return function + tuple(arguments) + "R";
}
// An instance of a class, with a state.
inline std::string object(const std::string& type, const std::string& state) {
  return type + ")\x81" + state + "b";
}
inline std::string document(const std::string& body, int version = 2) {
  return (version >= 2 ? proto(version) : "") + body + ".";
}

inline std::string storage(std::string_view type, std::string_view key, int64_t elements,
                           std::string_view location = "cpu") {
  return tuple({text("storage"), global("torch", type), text(key), text(location), integer(elements)}) + "Q";
}
struct View {
  std::string type = "FloatStorage";
  std::string key = "0";
  int64_t elements = 6;
  int64_t offset = 0;
  std::vector<int64_t> shape = {2, 3}, stride = {3, 1};
};
inline std::string tensor(const View& view) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              {storage(view.type, view.key, view.elements), integer(view.offset), integers(view.shape),
               integers(view.stride), "\x89", call(global("collections", "OrderedDict"), {})});
}

}  // namespace pickle

using Parts = std::map<std::string, std::string>;

// torch.save's archive: the pickle and its storages by key.
inline std::string torch_zip(const std::string& data_pkl, const Parts& storages, const Parts& more = {}) {
  std::vector<ZipEntry> entries{{.name = "archive/data.pkl", .data = data_pkl}};
  for (const auto& [name, data] : more) entries.push_back({.name = "archive/" + name, .data = data});
  for (const auto& [key, data] : storages) entries.push_back({.name = "archive/data/" + key, .data = data});
  entries.push_back({.name = "archive/version", .data = "3\n"});
  return zip(entries);
}

// The format before PyTorch 1.6.
inline std::string torch_legacy(const std::string& object,
                                const std::vector<std::pair<std::string, std::string>>& storages,
                                size_t element = 4, bool little = true) {
  const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  std::string keys = "](", data;
  for (const auto& [key, bytes] : storages) {
    keys += pickle::text(key);
    data += le(bytes.size() / element, 8) + bytes;
  }
  return magic + pickle::document(std::string("M\xe9\x03", 3)) +
         pickle::document(pickle::dict({{"protocol_version", std::string("M\xe9\x03", 3)},
                                        {"little_endian", little ? "\x88" : "\x89"}})) +
         object + pickle::document(keys + "e") + data;
}

inline const std::vector<float>& six_values() {
  static const std::vector<float> values{1, -2, 3, 4.5f, 0, 6};
  return values;
}

// A state_dict of one tensor, "weight", [2, 3].
inline std::string one_tensor_pickle(const pickle::View& view = {}) {
  return pickle::document(pickle::dict({{"weight", pickle::tensor(view)}}));
}
inline std::string one_tensor_zip(const pickle::View& view = {}) {
  return torch_zip(one_tensor_pickle(view), {{"0", raw(six_values())}}, {{"byteorder", "little"}});
}
inline std::string one_tensor_legacy(const pickle::View& view = {}) {
  return torch_legacy(one_tensor_pickle(view), {{"0", raw(six_values())}});
}

inline std::string safetensors(std::string_view header, std::string_view data = "") {
  return le(header.size(), 8) + std::string(header) + std::string(data);
}
// A tensor's entry.
inline std::string entry(std::string_view name, std::string_view dtype, std::string_view shape,
                         std::string_view offsets) {
  return "\"" + std::string(name) + "\":{\"dtype\":\"" + std::string(dtype) +
         "\",\"shape\":" + std::string(shape) + ",\"data_offsets\":" + std::string(offsets) + "}";
}

}  // namespace serene::test
