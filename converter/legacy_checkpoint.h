// The format of torch.save before PyTorch 1.6: five pickles, then the storages one behind the other.
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

  // `bytes` must outlive the checkpoint. Throws Error(model).
  LegacyCheckpoint(std::span<const std::byte> bytes, const std::string& name);

  const Value& root() const { return *object_.root; }
  std::span<const std::byte> bytes(const StorageRef& storage) const override;

 private:
  std::string name_;
  Pickle object_;
  std::map<std::string_view, std::span<const std::byte>> storages_;
};

}  // namespace serene::converter
