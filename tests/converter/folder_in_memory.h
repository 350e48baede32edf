// A folder of a checkpoint without a disk.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "converter/folder.h"

namespace serene::test {

class FolderInMemory : public converter::Folder {
 public:
  explicit FolderInMemory(std::map<std::string, std::string> contents) : files(std::move(contents)) {}
  const std::string& name() const override { return name_; }
  weights::Source open(const std::string& file) const override {
    const auto it = files.find(file);
    if (it == files.end()) return nullptr;
    // The source may outlive the folder.
    const std::span<const std::byte> bytes = std::as_bytes(std::span(it->second));
    return weights::in_memory(std::vector<std::byte>(bytes.begin(), bytes.end()), name_ + '/' + file);
  }

  std::map<std::string, std::string> files;

 private:
  std::string name_ = "m";
};

}  // namespace serene::test
