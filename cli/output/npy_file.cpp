#include "cli/output/npy_file.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {

static_assert(std::endian::native == std::endian::little, "rows are written as they are in memory");

std::string npy_header(uint64_t rows, uint64_t width) {
  constexpr std::string_view kBegin("\x93NUMPY\x01\x00", 8);
  const std::string dict =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, width);
  constexpr size_t kDictBytes = kNpyHeaderBytes - kBegin.size() - 2;
  std::string header(kBegin);
  header += static_cast<char>(kDictBytes % 256);
  header += static_cast<char>(kDictBytes / 256);
  return header + fmt::format("{:<{}}\n", dict, kDictBytes - 1);
}

NpyReader::NpyReader(const std::string& path, size_t width)
    : name_(path), width_(width), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (file_.get() < 0 && errno != ENOENT) fail_output(name_, errno);
}

bool NpyReader::has_header() const {
  if (file_.get() < 0) return false;
  std::string head(kNpyHeaderBytes, '\0');
  head.resize(read_at(file_.get(), 0, head, name_));
  // Whatever number of rows it has.
  const std::string wanted = npy_header(0, width_);
  const std::string_view shape = "'shape': (";
  const size_t rows = wanted.find(shape) + shape.size();
  const size_t end = head.find(',', rows);
  return head.size() == kNpyHeaderBytes && end != std::string::npos &&
         head.compare(0, rows, wanted, 0, rows) == 0 &&
         head.compare(end, std::string::npos,
                      fmt::format("{:<{}}\n", fmt::format(", {}), }}", width_), kNpyHeaderBytes - 1 - end)) ==
             0;
}

std::string NpyReader::read(uint64_t first, uint64_t count) const {
  if (file_.get() < 0) return "";
  const uint64_t row = width_ * sizeof(float), begin = kNpyHeaderBytes + first * row;
  const uint64_t size = size_of(file_.get(), name_);
  // Not more than there is, whatever a damaged journal says.
  std::string bytes(begin < size ? std::min(count * row, size - begin) : 0, '\0');
  bytes.resize(read_at(file_.get(), begin, bytes, name_));
  return bytes;
}

NpyFile::NpyFile(const std::string& path) : path_(path), file_(path) {
  if (!file_->is_file()) throw Stop(kExitUsage, "--embeddings " + path + " is no file");
  place_ = std::filesystem::canonical(path).string();
}

void NpyFile::start() {
  drop_other();
  go_on_at(0);
}

void NpyFile::go_on_at(uint64_t rows) {
  rows_ = rows;
  file_->go_on_at(kNpyHeaderBytes + rows * width_ * sizeof(float));
  file_->write_at(0, npy_header(rows_, width_));
}

void NpyFile::write(std::span<const float> rows) {
  file_->write({reinterpret_cast<const char*>(rows.data()), rows.size_bytes()});
}

void NpyFile::publish() {
  rows_ = (file_->end() - kNpyHeaderBytes) / (width_ * sizeof(float));
  file_->write_at(0, npy_header(rows_, width_));
}

bool NpyFile::has_other() const { return ::access(other_path().c_str(), F_OK) == 0; }

void NpyFile::take_other() {
  if (std::rename(other_path().c_str(), place_.c_str()) != 0) fail_output(path_, errno);
  file_.emplace(place_);
}

void NpyFile::put_other_in_place() {
  // Missing already where another run has begun in between and taken it over.
  if (std::rename(other_path().c_str(), place_.c_str()) != 0 && errno != ENOENT) fail_output(path_, errno);
  replaced_ = true;
}

void NpyFile::drop_other() { ::unlink(other_path().c_str()); }

void NpyFile::make_other(const std::function<uint64_t(OutputFile&)>& write_rows) {
  OutputFile file(other_path());
  file.write(npy_header(0, width_));
  const uint64_t rows = write_rows(file);
  write_at(file.descriptor(), 0, npy_header(rows, width_), path_);
  file.sync();
  file.commit();
}

}  // namespace serene::cli
