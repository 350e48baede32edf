#include "converter/folder.h"

#include <array>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "converter/checkpoint.h"
#include "converter/labels.h"
#include "converter/state_dict.h"
#include "weights/json/parse.h"
#include "weights/misfits.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

constexpr const char *kConfig = "config.json", *kPreprocessor = "preprocessor_config.json";
struct WeightFiles {
  const char *single, *index;
};
// In the order in which transformers looks for them.
constexpr std::array<WeightFiles, 2> kWeights{{{"model.safetensors", "model.safetensors.index.json"},
                                               {"pytorch_model.bin", "pytorch_model.bin.index.json"}}};

// A tree takes some twenty times the memory of its text. An old preprocessor_config.json of Whisper holds its
// mel filters and has 700 kB; the index of 2000 tensors has 240 kB.
constexpr uint64_t kLongestJson = 4 << 20;
constexpr size_t kDeepest = 32;
constexpr size_t kMostShards = 1000;

// The object that the file is.
json::Value read_json(const weights::ByteSource& source) {
  if (source.size() > kLongestJson) {
    weights::refuse(source.name(),
                    std::to_string(source.size()) + " bytes, at most " + std::to_string(kLongestJson));
  }
  const std::vector<std::byte> bytes = source.read(0, source.size());
  try {
    json::Value value = json::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kDeepest);
    if (value.as<json::Object>() == nullptr) weights::refuse(source.name(), "must be a JSON object");
    return value;
  } catch (const json::ParseError& error) {
    weights::refuse(source.name(), error.what());
  }
}

// Of one file in the folder itself: whatever else the name is, it leads nowhere.
bool is_file_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find_first_of("/\\") == name.npos && weights::printable(name) == name;
}

// The tensors of each file, by the index.
std::map<std::string, std::set<std::string>> read_index(const weights::ByteSource& index) {
  const auto fail = [&](const std::string& cause) { weights::refuse(index.name(), cause); };
  const json::Value root = read_json(index);
  const json::Value* found = json::find(*root.as<json::Object>(), "weight_map");
  const auto* map = found == nullptr ? nullptr : found->as<json::Object>();
  if (map == nullptr || map->empty()) fail("weight_map: must be an object that names a file for each tensor");
  std::map<std::string, std::set<std::string>> shards;
  for (const json::Member& member : *map) {
    const auto* file = member.value.as<std::string>();
    if (file == nullptr) fail("weight_map: " + member.key + ": must be the name of a file");
    if (!is_file_name(*file)) fail("weight_map: " + *file + " is not the name of a file in the folder");
    shards[*file].insert(without_wrappers(member.key));
    if (shards.size() > kMostShards) fail("names more than " + std::to_string(kMostShards) + " files");
  }
  return shards;
}

// Adds the tensors of a shard, which are those that the index says.
void add_shard(const weights::Source& source, const std::set<std::string>& wanted, const std::string& index,
               weights::StoredTensors& tensors) {
  networks::Checkpoint shard = read_checkpoint(source);
  std::vector<std::string> problems;
  for (const std::string& name : wanted) {
    if (!shard.tensors.contains(name)) problems.push_back(name + " missing");
  }
  for (const auto& [name, tensor] : shard.tensors) {
    if (!wanted.contains(name)) problems.push_back(name + " is not in the index");
  }
  if (!problems.empty())
    weights::refuse(source->name(), "differs from " + index + ": " + weights::listed(problems));
  tensors.merge(shard.tensors);
  // The index may name a tensor in two files only by wrappers that are taken off.
  if (!shard.tensors.empty()) weights::refuse(source->name(), shard.tensors.begin()->first + ": twice");
}

weights::StoredTensors read_shards(const Folder& folder, const weights::Source& index,
                                   const std::string& index_name) {
  weights::StoredTensors tensors;
  for (const auto& [file, wanted] : read_index(*index)) {
    const weights::Source shard = folder.open(file);
    if (shard == nullptr) weights::refuse(index->name(), "names " + file + ", which is not in the folder");
    add_shard(shard, wanted, index_name, tensors);
  }
  return tensors;
}

weights::StoredTensors read_tensors(const Folder& folder) {
  std::string looked_for;
  for (const WeightFiles& files : kWeights) {
    if (const weights::Source single = folder.open(files.single)) return read_checkpoint(single).tensors;
    if (const weights::Source index = folder.open(files.index))
      return read_shards(folder, index, files.index);
    looked_for += (looked_for.empty() ? "" : ", ") + std::string(files.single) + ", " + files.index;
  }
  weights::refuse(folder.name(), "has no weights: none of " + looked_for);
}

class FolderOnDisk : public Folder {
 public:
  explicit FolderOnDisk(std::string path) : path_(std::move(path)) {}
  const std::string& name() const override { return path_; }
  weights::Source open(const std::string& file) const override {
    return weights::open_file_if_there(path_ + (path_.ends_with('/') ? "" : "/") + file);
  }

 private:
  std::string path_;
};

}  // namespace

networks::Checkpoint read_folder(const Folder& folder) {
  networks::Checkpoint checkpoint;
  checkpoint.name = folder.name();
  const weights::Source config = folder.open(kConfig);
  if (config == nullptr)
    weights::refuse(folder.name(), "has no config.json: not a folder of a Hugging Face checkpoint");
  checkpoint.config = read_json(*config);
  checkpoint.labels = labels_of(checkpoint.config, config->name());
  if (const weights::Source preprocessor = folder.open(kPreprocessor))
    checkpoint.preprocessor = read_json(*preprocessor);
  checkpoint.tensors = read_tensors(folder);
  return checkpoint;
}

networks::Checkpoint read_folder(const std::string& path) { return read_folder(FolderOnDisk(path)); }

}  // namespace serene::converter
