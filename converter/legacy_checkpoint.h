// The format of torch.save before PyTorch 1.6: five pickles, then the storages one after the other. There is
// no table of what is where: such a file is read into memory whole.
#pragma once

#include <map>
#include <span>
#include <string>

#include "converter/storages.h"

namespace serene::converter {

class LegacyCheckpoint : public Storages {
 public:
  // True if the bytes begin with the format's magic number.
  static bool looks_like_legacy(std::span<const std::byte> bytes);

  // Of the whole file. Throws Error(model).
  LegacyCheckpoint(std::vector<std::byte> bytes, const std::string& name);

  const Value& root() const { return *object_.root; }
  // The storage keeps the file's bytes in memory.
  std::shared_ptr<const Storage> find(const StorageRef& storage) override;

 private:
  std::string name_;
  std::shared_ptr<const std::vector<std::byte>> bytes_;
  Pickle object_;
  std::map<std::string_view, std::span<const std::byte>> storages_;
};

}  // namespace serene::converter
