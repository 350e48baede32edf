#include "converter/legacy_checkpoint.h"

#include <algorithm>
#include <array>
#include <set>

#include "converter/unpickler.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

// PROTO 2, LONG1 of ten bytes 0x1950a86a20f9469cfc6c, STOP.
constexpr std::array<uint8_t, 15> kMagic{0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                         0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
constexpr int64_t kProtocol = 1001;

// The storages that tensors use, by key; the first use of a key.
std::map<std::string_view, const StorageRef*> storages_of(const Pickle& pickle) {
  std::map<std::string_view, const StorageRef*> storages;
  for (const Value& value : pickle.values) {
    if (const auto* storage = std::get_if<StorageRef>(&value.data)) storages.emplace(storage->key, storage);
  }
  return storages;
}

class StorageInMemory : public Storage {
 public:
  StorageInMemory(std::shared_ptr<const std::vector<std::byte>> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}
  std::vector<std::byte> read_all() const override { return {bytes_.begin(), bytes_.end()}; }
  void read(uint64_t offset, std::span<std::byte> to) const override {
    std::ranges::copy(bytes_.subspan(offset, to.size()), to.begin());
  }

 private:
  std::shared_ptr<const std::vector<std::byte>> owner_;
  std::span<const std::byte> bytes_;
};

std::string described(std::string_view key) { return "storage " + std::string(key.substr(0, 256)); }

bool says_big_endian(const Value& info) {
  const auto* dict = std::get_if<Dict>(&info.data);
  if (dict == nullptr) return false;
  return std::any_of(dict->items.begin(), dict->items.end(), [](const auto& item) {
    const auto* key = std::get_if<std::string_view>(&item.first->data);
    const auto* little = std::get_if<bool>(&item.second->data);
    return key != nullptr && *key == "little_endian" && little != nullptr && !*little;
  });
}

}  // namespace

bool LegacyCheckpoint::looks_like_legacy(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), bytes.begin(),
                    [](uint8_t a, std::byte b) { return a == static_cast<uint8_t>(b); });
}

LegacyCheckpoint::LegacyCheckpoint(std::vector<std::byte> owned, const std::string& name)
    : name_(name), bytes_(std::make_shared<const std::vector<std::byte>>(std::move(owned))) {
  const std::span<const std::byte> bytes(*bytes_);
  const auto fail = [&](const std::string& cause) { weights::refuse(name, cause); };
  size_t at = kMagic.size();
  const auto next = [&] {
    size_t end = 0;
    Pickle pickle = unpickle(bytes.subspan(at), name, &end);
    at += end;
    return pickle;
  };
  const Pickle protocol = next();
  const auto* version = std::get_if<int64_t>(&protocol.root->data);
  if (version == nullptr || *version != kProtocol) fail("legacy checkpoint of an unknown protocol");
  if (says_big_endian(*next().root))
    fail("big-endian checkpoint not accepted: save it on a little-endian machine");
  object_ = next();
  const Pickle keys = next();
  const auto* list = std::get_if<List>(&keys.root->data);
  if (list == nullptr) fail("legacy checkpoint without a list of storages");

  const std::map<std::string_view, const StorageRef*> known = storages_of(object_);
  for (const Value* item : list->items) {
    const auto* key = std::get_if<std::string_view>(&item->data);
    if (key == nullptr) fail("storage key is not a string");
    const std::string storage = described(*key);
    const auto it = known.find(*key);
    if (it == known.end()) fail(storage + ": no tensor uses it");
    if (bytes.size() - at < 8) fail(storage + ": truncated");
    uint64_t elements = 0;
    for (int i = 0; i < 8; ++i) elements |= static_cast<uint64_t>(bytes[at + i]) << 8 * i;
    at += 8;
    if (elements != static_cast<uint64_t>(it->second->elements)) {
      fail(storage + ": " + std::to_string(elements) + " elements, its tensors say " +
           std::to_string(it->second->elements));
    }
    const size_t element = weights::element_size(it->second->dtype);
    if (elements > (bytes.size() - at) / element) fail(storage + ": truncated");
    if (!storages_.emplace(*key, bytes.subspan(at, elements * element)).second) fail(storage + ": twice");
    at += elements * element;
  }
  if (at != bytes.size()) fail(std::to_string(bytes.size() - at) + " bytes after the last storage");
}

std::shared_ptr<const Storage> LegacyCheckpoint::find(const StorageRef& storage) {
  const auto it = storages_.find(storage.key);
  if (it == storages_.end()) weights::refuse(name_, described(storage.key) + ": missing");
  const size_t element = weights::element_size(storage.dtype);
  if (it->second.size() % element != 0 ||
      it->second.size() / element != static_cast<size_t>(storage.elements)) {
    weights::refuse(name_, described(storage.key) + ": used with two sizes");
  }
  return std::make_shared<const StorageInMemory>(bytes_, it->second);
}

}  // namespace serene::converter
