#include "converter/zip_checkpoint.h"

#include <map>
#include <string_view>

#include "converter/pickled_tensors.h"
#include "converter/unpickler.h"
#include "converter/zip_reader.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

using Zip = std::shared_ptr<const ZipReader>;

// Records and no values: 2000 tensors take 300 kB. A sparse file can claim any size without holding a byte.
constexpr uint64_t kLargestPickle = 256 << 20;

class ZipStorage : public Storage {
 public:
  ZipStorage(Zip zip, std::string entry) : zip_(std::move(zip)), entry_(std::move(entry)) {}
  std::vector<std::byte> read_all() const override { return zip_->read(entry_); }
  void read(uint64_t offset, std::span<std::byte> to) const override {
    // Once: many tensors may look into one storage.
    if (!checked_) zip_->check(entry_);
    checked_ = true;
    zip_->source().read(zip_->entry(entry_).begin + offset, to);
  }

 private:
  Zip zip_;
  std::string entry_;
  mutable bool checked_ = false;
};

class ZipStorages : public Storages {
 public:
  explicit ZipStorages(Zip zip) : zip_(std::move(zip)) {}
  std::shared_ptr<const Storage> find(const StorageRef& storage) override {
    const std::string entry = "data/" + std::string(storage.key);
    const uint64_t bytes = zip_->entry(entry).size;
    const size_t element = weights::element_size(storage.dtype);
    if (bytes % element != 0 || bytes / element != static_cast<uint64_t>(storage.elements)) {
      weights::refuse(zip_->name(), entry + ": " + std::to_string(bytes) + " bytes, its tensors say " +
                                        std::to_string(storage.elements) + " elements of " +
                                        std::to_string(element));
    }
    std::shared_ptr<const Storage>& found = found_[entry];
    if (found == nullptr) found = std::make_shared<const ZipStorage>(zip_, entry);
    return found;
  }

 private:
  Zip zip_;
  std::map<std::string, std::shared_ptr<const Storage>> found_;
};

}  // namespace

networks::Checkpoint read_zip_checkpoint(const weights::Source& source) {
  const auto zip = std::make_shared<const ZipReader>(source);
  const std::string& name = source->name();
  const auto fail = [&](const std::string& cause) { weights::refuse(name, cause); };
  const auto code = zip->entries().lower_bound("code/");
  if (zip->has("constants.pkl") || (code != zip->entries().end() && code->first.starts_with("code/")))
    fail("a TorchScript archive: save the module's state_dict with torch.save and convert that");
  if (!zip->has("data.pkl")) fail("data.pkl: missing, not a PyTorch checkpoint");
  constexpr std::string_view kLittle = "little";
  if (zip->has("byteorder")) {
    const bool fits = zip->entry("byteorder").size == kLittle.size();
    const std::vector<std::byte> order = fits ? zip->read("byteorder") : std::vector<std::byte>();
    if (std::string_view(reinterpret_cast<const char*>(order.data()), order.size()) != kLittle)
      fail("byteorder: big-endian checkpoint not accepted: save it on a little-endian machine");
  }
  if (const uint64_t size = zip->entry("data.pkl").size; size > kLargestPickle) {
    fail("data.pkl: " + std::to_string(size) + " bytes, at most " + std::to_string(kLargestPickle) +
         " are read");
  }
  const std::vector<std::byte> data = zip->read("data.pkl");
  size_t end = 0;
  const Pickle pickle = unpickle(data, name + ": data.pkl", &end);
  if (end != data.size()) fail("data.pkl: " + std::to_string(data.size() - end) + " bytes after its end");
  ZipStorages storages(zip);
  return checkpoint_of(*pickle.root, storages, *source);
}

}  // namespace serene::converter
