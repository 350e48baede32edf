// Zip archives as PyTorch writes them: stored entries, zip64 where needed. Everything an entry claims is
// checked against the file before it is believed, and nothing is ever written to disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "weights/byte_source.h"

namespace serene::converter {

// Where an entry's bytes are in the file, and their checksum.
struct ZipEntry {
  uint64_t begin = 0, size = 0;
  uint32_t crc = 0;
};

class ZipReader {
 public:
  // True if the bytes begin like a zip archive.
  static bool looks_like_zip(std::span<const std::byte> bytes);

  // Reads the directory and the entries' headers. Throws Error(model) "<name>: <entry>: <cause>", as all of
  // it does.
  explicit ZipReader(weights::Source source);

  const std::string& name() const { return source_->name(); }
  // Names without the archive's top folder, in their order. No byte belongs to two entries.
  const std::map<std::string, ZipEntry>& entries() const { return entries_; }
  bool has(const std::string& entry) const { return entries_.contains(entry); }
  // These refuse an entry that is missing.
  const ZipEntry& entry(const std::string& entry) const;
  // All of an entry, its checksum compared.
  std::vector<std::byte> read(const std::string& entry) const;
  // Compares the checksum and keeps nothing.
  void check(const std::string& entry) const;
  const weights::ByteSource& source() const { return *source_; }

 private:
  [[noreturn]] void refuse_damaged(const std::string& entry) const;

  weights::Source source_;
  std::map<std::string, ZipEntry> entries_;
};

}  // namespace serene::converter
