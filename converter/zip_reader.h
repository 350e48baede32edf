// Zip archives as PyTorch writes them: stored entries, zip64 where needed. Everything an entry claims is
// checked against the file before it is believed, and nothing is ever written to disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace serene::converter {

class ZipReader {
 public:
  // True if the bytes begin like a zip archive.
  static bool looks_like_zip(std::span<const std::byte> bytes);

  // `bytes` must outlive the reader. Throws Error(model) "<name>: <entry>: <cause>".
  ZipReader(std::span<const std::byte> bytes, std::string name);

  // Entry names without the archive's top folder, in the order of the names.
  const std::map<std::string, std::span<const std::byte>>& entries() const { return entries_; }
  // Throws Error(model) if there is no such entry.
  std::span<const std::byte> entry(const std::string& entry) const;
  bool has(const std::string& entry) const { return entries_.contains(entry); }

 private:
  std::string name_;
  std::map<std::string, std::span<const std::byte>> entries_;
};

}  // namespace serene::converter
