#include "weights/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "kernels/common/error.h"
#include "weights/atomic_file.h"
#include "weights/json/text.h"
#include "weights/refuse.h"

namespace serene::weights {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxHeader = 100'000'000;
constexpr uint64_t kLargestInMemory = uint64_t{4} << 30;
// What a header costs in memory beyond its own bytes is bounded by these.
constexpr size_t kMaxTensors = 100'000, kMaxMetadata = 10'000, kMaxRank = 64;

struct Entry {
  bool has_dtype = false, has_shape = false, has_offsets = false;
  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<uint64_t> offsets;
};

// Takes the header's JSON event by event: no tree is built, so that neither depth nor duplicate keys can do
// harm.
class HeaderHandler : public nlohmann::json_sax<Json> {
 public:
  HeaderHandler(std::string file, StoredFile& out) : file_(std::move(file)), out_(out) {}

  std::map<std::string, Entry> entries;

  bool start_object(size_t) override {
    if (depth_ == 0) {
      depth_ = 1;
    } else if (depth_ == 1 && !in_array_) {
      depth_ = 2;
    } else {
      fail(name_ + ": nested deeper than the format allows");
    }
    return true;
  }
  bool end_object() override {
    // At once, so that no header is read to its end for tensors that are none.
    if (depth_ == 2 && !metadata()) {
      const Entry& entry = entries[name_];
      if (!entry.has_dtype || !entry.has_shape || !entry.has_offsets) {
        fail(name_ + ": needs dtype, shape and data_offsets");
      }
    }
    --depth_;
    fields_.clear();
    return true;
  }
  bool start_array(size_t) override {
    if (depth_ != 2 || metadata() || in_array_ || (field_ != "shape" && field_ != "data_offsets")) {
      fail((depth_ == 0 ? std::string("header") : name_) + ": an array where none belongs");
    }
    in_array_ = true;
    (field_ == "shape" ? entries[name_].has_shape : entries[name_].has_offsets) = true;
    return true;
  }
  bool end_array() override {
    in_array_ = false;
    return true;
  }
  bool key(std::string& text) override {
    if (depth_ == 1) {
      name_ = text;
      if (names_.size() == kMaxTensors) fail("header: more than " + std::to_string(kMaxTensors) + " tensors");
      if (!names_.insert(text).second) fail(text + ": duplicate key");
      if (!metadata()) entries[name_];
    } else {
      field_ = text;
      if (fields_.size() == kMaxMetadata) {
        fail("__metadata__: more than " + std::to_string(kMaxMetadata) + " keys");
      }
      if (!fields_.insert(text).second) fail(name_ + ": duplicate key " + text);
      if (!metadata() && text != "dtype" && text != "shape" && text != "data_offsets") {
        fail(name_ + ": unknown key " + text);
      }
    }
    return true;
  }
  bool string(std::string& text) override {
    if (depth_ == 2 && metadata()) {
      out_.metadata[field_] = text;
    } else if (depth_ == 2 && !in_array_ && field_ == "dtype") {
      entries[name_].dtype = text;
      entries[name_].has_dtype = true;
    } else {
      misplaced("a string");
    }
    return true;
  }
  bool number_unsigned(uint64_t value) override {
    if (depth_ != 2 || !in_array_) misplaced("a number");
    if (field_ == "shape") {
      if (value > INT64_MAX) fail(name_ + ": a dimension is too large");
      if (entries[name_].shape.size() == kMaxRank) {
        fail(name_ + ": more than " + std::to_string(kMaxRank) + " dimensions");
      }
      entries[name_].shape.push_back(static_cast<int64_t>(value));
    } else {
      if (entries[name_].offsets.size() == 2) fail(name_ + ": data_offsets must be two numbers");
      entries[name_].offsets.push_back(value);
    }
    return true;
  }
  bool number_integer(int64_t value) override { fail(name_ + ": negative number " + std::to_string(value)); }
  bool number_float(double, const std::string& text) override {
    fail(name_ + ": " + text + " is not an integer");
  }
  bool null() override { misplaced("null"); }
  bool boolean(bool) override { misplaced("a boolean"); }
  bool binary(Json::binary_t&) override { misplaced("binary data"); }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    const bool utf8 = std::string(error.what()).find("UTF-8") != std::string::npos;
    fail("header: byte " + std::to_string(position + 7) + ": not valid " + (utf8 ? "UTF-8" : "JSON"));
  }

  [[noreturn]] void fail(const std::string& what) const { refuse(file_, what); }

 private:
  bool metadata() const { return name_ == "__metadata__"; }
  [[noreturn]] void misplaced(const char* what) const {
    if (depth_ == 0) fail("header: not an object");
    if (metadata()) fail("__metadata__: " + std::string(what) + " where only strings belong");
    fail(name_ + ": " + what + " where none belongs");
  }

  std::string file_;
  StoredFile& out_;
  int depth_ = 0;
  bool in_array_ = false;
  std::string name_, field_;
  std::set<std::string> names_, fields_;
};

void parse_header(const std::vector<std::byte>& bytes, HeaderHandler& handler) {
  const auto* json = reinterpret_cast<const char*>(bytes.data());
  // The parser takes a NUL for the end and leaves what follows it unread.
  if (const void* nul = std::memchr(json, 0, bytes.size())) {
    handler.fail("header: byte " + std::to_string(8 + (static_cast<const char*>(nul) - json)) +
                 ": not valid JSON");
  }
  Json::sax_parse(json, json + bytes.size(), &handler);
}

// Elements times size, false on overflow.
bool product_of(const std::vector<int64_t>& shape, size_t element, uint64_t* bytes) {
  uint64_t product = element;
  for (int64_t s : shape) {
    if (__builtin_mul_overflow(product, static_cast<uint64_t>(s), &product)) return false;
  }
  *bytes = product;
  return true;
}

TensorFile read_all(StoredFile stored) {
  TensorFile file{std::move(stored.name), std::move(stored.metadata), {}};
  for (const auto& [name, tensor] : stored.tensors) file.tensors.emplace(name, tensor.read());
  return file;
}

uint64_t byte_count(const Tensor& tensor) { return tensor.bytes.size(); }
uint64_t byte_count(const StoredTensor& tensor) { return bytes_of(tensor); }

// Calls `take` with the tensor's bytes.
template <class Take>
void with_bytes(const Tensor& tensor, Take&& take) {
  take(std::span<const std::byte>(tensor.bytes));
}
template <class Take>
void with_bytes(const StoredTensor& stored, Take&& take) {
  const Tensor tensor = stored.read();
  if (tensor.bytes.size() != byte_count(stored))
    throw Error(ErrorKind::internal, tensor.name + ": other bytes than its header says");
  take(std::span<const std::byte>(tensor.bytes));
}

// Length and text of the header.
template <class File>
std::string header_of(const File& file) {
  json::Object header;
  int64_t end = 0;
  if (!file.metadata.empty()) {
    json::Object metadata;
    for (const auto& [key, value] : file.metadata) json::add(metadata, key, value);
    json::add(header, "__metadata__", std::move(metadata));
  }
  for (const auto& [name, tensor] : file.tensors) {
    const int64_t begin = end;
    end += static_cast<int64_t>(byte_count(tensor));
    json::add(header, name,
              json::object("dtype", std::string(dtype_name(tensor.dtype)), "shape",
                           json::Array(tensor.shape.begin(), tensor.shape.end()), "data_offsets",
                           json::array(begin, end)));
  }
  std::string text = json::text(std::move(header));
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string length;
  for (int i = 0; i < 8; ++i) length += static_cast<char>(text.size() >> 8 * i & 255);
  return length + text;
}

// Hands the file's bytes to `take`, the header first, then tensor by tensor.
template <class File, class Take>
void serialize(const File& file, Take&& take) {
  const std::string header = header_of(file);
  take(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : file.tensors) with_bytes(tensor, take);
}

template <class File>
std::vector<std::byte> in_memory_of(const File& file) {
  std::vector<std::byte> bytes;
  serialize(file, [&bytes](std::span<const std::byte> part) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  });
  return bytes;
}

template <class File>
void write_to_disk(const std::string& path, const File& file) {
  AtomicFile written(path);
  serialize(file, [&written](std::span<const std::byte> part) { written.write(part); });
  written.sync();
  written.commit();
}

}  // namespace

const Tensor* TensorFile::find(const std::string& tensor) const {
  const auto it = tensors.find(tensor);
  return it == tensors.end() ? nullptr : &it->second;
}

StoredFile read_stored(const Source& source) {
  StoredFile file;
  file.name = source->name();
  HeaderHandler handler(file.name, file);
  const uint64_t size = source->size();
  if (size < 8) handler.fail("not a safetensors file: " + std::to_string(size) + " bytes");
  const std::vector<std::byte> start = source->read(0, std::min<uint64_t>(size, 64));
  uint64_t header = 0;
  for (int i = 0; i < 8; ++i) header |= static_cast<uint64_t>(start[i]) << 8 * i;
  if (header == 0 || header > kMaxHeader || header > size - 8) {
    const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
    if (text.starts_with("version https://git-lfs"))
      handler.fail("a Git LFS pointer, not the file itself: run git lfs pull");
    if (text.starts_with("PK"))
      handler.fail("a zip archive, perhaps a PyTorch checkpoint: run serene-convert on it");
    handler.fail("not a safetensors file: header length " + std::to_string(header) + " in a file of " +
                 std::to_string(size) + " bytes");
  }
  if (start[8] != std::byte{'{'}) handler.fail("not a safetensors file: header does not begin with {");
  parse_header(source->read(8, header), handler);

  const uint64_t data_begin = 8 + header, data_size = size - data_begin;
  struct Range {
    uint64_t begin, end;
    const std::string* name;
  };
  std::vector<Range> ranges;
  for (auto& [tensor_name, entry] : handler.entries) {
    StoredTensor tensor;
    if (!parse_dtype(entry.dtype, &tensor.dtype))
      handler.fail(tensor_name + ": unknown dtype " + entry.dtype);
    if (entry.offsets.size() != 2) handler.fail(tensor_name + ": data_offsets must be two numbers");
    const auto [begin, end] = std::pair(entry.offsets[0], entry.offsets[1]);
    if (begin > end) handler.fail(tensor_name + ": data_offsets are reversed");
    if (end > data_size) {
      handler.fail(tensor_name + ": ends at byte " + std::to_string(end) + " of " +
                   std::to_string(data_size) + " bytes of data (truncated?)");
    }
    uint64_t wanted = 0;
    if (!product_of(entry.shape, element_size(tensor.dtype), &wanted))
      handler.fail(tensor_name + ": shape overflows");
    if (wanted != end - begin) {
      handler.fail(tensor_name + ": " + std::to_string(end - begin) + " bytes for shape " +
                   shape_text(entry.shape) + " of " + entry.dtype + ", wanted " + std::to_string(wanted));
    }
    ranges.push_back({begin, end, &tensor_name});
    tensor.shape = std::move(entry.shape);
    tensor.read = [source, name = tensor_name, dtype = tensor.dtype, shape = tensor.shape,
                   at = data_begin + begin, wanted] {
      return Tensor{name, dtype, shape, source->read(at, wanted)};
    };
    file.tensors.emplace(tensor_name, std::move(tensor));
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t at = 0;
  for (const Range& range : ranges) {
    if (range.begin < at) handler.fail(*range.name + ": overlaps the tensor before it");
    if (range.begin > at)
      handler.fail(*range.name + ": " + std::to_string(range.begin - at) + " unused bytes before it");
    at = range.end;
  }
  if (at != data_size) handler.fail(std::to_string(data_size - at) + " bytes after the last tensor");
  return file;
}

TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& name) {
  return read_all(read_stored(in_memory(bytes, name)));
}

TensorFile read_safetensors(const std::string& path) {
  const Source source = open_file(path);
  // A sparse file can claim any size without holding a byte.
  if (source->size() > kLargestInMemory) refuse(path, "larger than 4 GiB");
  return read_all(read_stored(source));
}

std::vector<std::byte> serialize_safetensors(const TensorFile& file) { return in_memory_of(file); }
std::vector<std::byte> serialize_safetensors(const StoredFile& file) { return in_memory_of(file); }

void write_safetensors(const std::string& path, const TensorFile& file) { write_to_disk(path, file); }
void write_safetensors(const std::string& path, const StoredFile& file) { write_to_disk(path, file); }

}  // namespace serene::weights
