#include "converter/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "converter/folder.h"
#include "converter/legacy_checkpoint.h"
#include "converter/pickled_tensors.h"
#include "converter/state_dict.h"
#include "converter/zip_checkpoint.h"
#include "converter/zip_reader.h"
#include "weights/refuse.h"
#include "weights/safetensors.h"

namespace serene::converter {
namespace {

[[noreturn]] void fail(const std::string& name, const std::string& cause) { weights::refuse(name, cause); }

networks::Checkpoint read_legacy(const weights::Source& source) {
  constexpr uint64_t kLargest = uint64_t{4} << 30;
  if (source->size() > kLargest)
    fail(source->name(), "larger than 4 GiB, in the format before PyTorch 1.6: save it with a newer PyTorch");
  LegacyCheckpoint legacy(source->read(0, source->size()), source->name());
  return checkpoint_of(legacy.root(), legacy, *source);
}

networks::Checkpoint read_safetensors(const weights::Source& source) {
  networks::Checkpoint checkpoint;
  checkpoint.name = source->name();
  for (auto& [key, tensor] : weights::read_stored(source).tensors) {
    const std::string plain = without_wrappers(key);
    if (plain != key) {
      tensor.read = [read = std::move(tensor.read), plain] {
        weights::Tensor renamed = read();
        renamed.name = plain;
        return renamed;
      };
    }
    if (!checkpoint.tensors.emplace(plain, std::move(tensor)).second)
      fail(checkpoint.name, plain + ": twice");
  }
  return checkpoint;
}

}  // namespace

networks::Checkpoint read_checkpoint(const weights::Source& source) {
  const std::string& name = source->name();
  const std::vector<std::byte> start = source->read(0, std::min<uint64_t>(source->size(), 512));
  const std::string_view head(reinterpret_cast<const char*>(start.data()), start.size());
  if (ZipReader::looks_like_zip(start)) return read_zip_checkpoint(source);
  if (LegacyCheckpoint::looks_like_legacy(start)) return read_legacy(source);
  if (head.size() > 8 && head[8] == '{') return read_safetensors(source);
  if (head.starts_with("version https://git-lfs"))
    fail(name, "a Git LFS pointer, not the file itself: run git lfs pull");
  if (head.empty()) fail(name, "empty, not a PyTorch zip or safetensors file");
  if (head.starts_with("<")) fail(name, "not a PyTorch zip or safetensors file: looks like a web page");
  if (head.size() > 262 && head.substr(257, 5) == "ustar") {
    fail(name, "a tar checkpoint of PyTorch 0.1: load and save it again with a newer PyTorch");
  }
  if (head.starts_with("\x80"))
    fail(name, "a bare pickle, not a PyTorch zip or safetensors file: save it with torch.save");
  fail(name, "not a PyTorch zip or safetensors file");
}

networks::Checkpoint read_checkpoint(const std::string& path) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) return read_folder(path);
  return read_checkpoint(weights::open_file(path));
}

}  // namespace serene::converter
