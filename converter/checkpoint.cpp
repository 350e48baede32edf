#include "converter/checkpoint.h"

#include <string_view>

#include "converter/legacy_checkpoint.h"
#include "converter/state_dict.h"
#include "converter/storages.h"
#include "converter/unpickler.h"
#include "converter/zip_reader.h"
#include "weights/file.h"
#include "weights/refuse.h"
#include "weights/safetensors.h"

namespace serene::converter {
namespace {

[[noreturn]] void fail(const std::string& name, const std::string& cause) { weights::refuse(name, cause); }

class ZipStorages : public Storages {
 public:
  ZipStorages(const ZipReader& zip, const std::string& name) : zip_(zip), name_(name) {}
  std::span<const std::byte> bytes(const StorageRef& storage) const override {
    const std::string entry = "data/" + std::string(storage.key);
    const std::span<const std::byte> bytes = zip_.entry(entry);
    const size_t element = weights::element_size(storage.dtype);
    if (bytes.size() % element != 0 || bytes.size() / element != static_cast<size_t>(storage.elements)) {
      fail(name_, entry + ": " + std::to_string(bytes.size()) + " bytes, its tensors say " +
                      std::to_string(storage.elements) + " elements of " + std::to_string(element));
    }
    return bytes;
  }

 private:
  const ZipReader& zip_;
  const std::string& name_;
};

Tensors gather(const Value& root, const Storages& storages, size_t file_bytes, const std::string& name) {
  const StateDict found = state_dict(root, name);
  Tensors tensors;
  size_t total = 0;
  for (const NamedView& named : found.tensors) {
    weights::Tensor tensor = materialise(named.view, storages, named.name, name);
    // Tied weights share a storage; a file that multiplies itself does so without end.
    total += tensor.bytes.size();
    if (total > 4 * file_bytes) fail(name, named.name + ": tensors hold more than four times the file");
    if (!tensors.emplace(named.name, std::move(tensor)).second) fail(name, named.name + ": twice");
  }
  return tensors;
}

Tensors parse_zip(std::span<const std::byte> bytes, const std::string& name) {
  const ZipReader zip(bytes, name);
  const auto code = zip.entries().lower_bound("code/");
  if (zip.has("constants.pkl") || (code != zip.entries().end() && code->first.starts_with("code/"))) {
    fail(name, "a TorchScript archive: save the module's state_dict with torch.save and convert that");
  }
  if (!zip.has("data.pkl")) fail(name, "data.pkl: missing, not a PyTorch checkpoint");
  if (zip.has("byteorder")) {
    const std::span<const std::byte> order = zip.entry("byteorder");
    if (std::string_view(reinterpret_cast<const char*>(order.data()), order.size()) != "little") {
      fail(name, "byteorder: big-endian checkpoint not accepted: save it on a little-endian machine");
    }
  }
  const std::span<const std::byte> data = zip.entry("data.pkl");
  size_t end = 0;
  const Pickle pickle = unpickle(data, name + ": data.pkl", &end);
  if (end != data.size())
    fail(name, "data.pkl: " + std::to_string(data.size() - end) + " bytes behind its end");
  return gather(*pickle.root, ZipStorages(zip, name), bytes.size(), name);
}

Tensors parse_safetensors_checkpoint(std::span<const std::byte> bytes, const std::string& name) {
  weights::TensorFile file = weights::parse_safetensors(bytes, name);
  Tensors tensors;
  for (auto& [key, tensor] : file.tensors) {
    const std::string plain = without_wrappers(key);
    tensor.name = plain;
    if (!tensors.emplace(plain, std::move(tensor)).second) fail(name, plain + ": twice");
  }
  return tensors;
}

}  // namespace

Tensors parse_checkpoint(std::span<const std::byte> bytes, const std::string& name) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size() < 512 ? bytes.size() : 512);
  if (ZipReader::looks_like_zip(bytes)) return parse_zip(bytes, name);
  if (LegacyCheckpoint::looks_like_legacy(bytes)) {
    const LegacyCheckpoint legacy(bytes, name);
    return gather(legacy.root(), legacy, bytes.size(), name);
  }
  if (head.size() > 8 && head[8] == '{') return parse_safetensors_checkpoint(bytes, name);
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

Tensors read_checkpoint(const std::string& path) { return parse_checkpoint(weights::read_file(path), path); }

}  // namespace serene::converter
