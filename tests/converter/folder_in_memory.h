// A folder of a checkpoint without a disk.
#pragma once

#include <map>
#include <span>
#include <string>

#include "converter/folder.h"

namespace serene::test {

class FolderInMemory : public converter::Folder {
 public:
  explicit FolderInMemory(std::map<std::string, std::string> contents) : files(std::move(contents)) {}
  const std::string& name() const override { return name_; }
  weights::Source open(const std::string& file) const override {
    const auto it = files.find(file);
    if (it == files.end()) return nullptr;
    return weights::in_memory(std::as_bytes(std::span(it->second)), name_ + '/' + file);
  }

  std::map<std::string, std::string> files;

 private:
  std::string name_ = "m";
};

}  // namespace serene::test
