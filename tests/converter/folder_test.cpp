// Folders of Hugging Face, right and wrong, up to the checkpoint that they are.
#include "converter/folder.h"

#include <gtest/gtest.h>

#include "tests/converter/folder_in_memory.h"
#include "tests/support/hostile_bytes.h"
#include "tests/support/hostile_text.h"
#include "tests/support/refusal.h"
#include "weights/printable.h"

namespace serene::converter {
namespace {

namespace p = test::pickle;
using test::expect_in;
using test::refusal;
using Files = std::map<std::string, std::string>;

const std::string kModel = "model.safetensors", kIndex = "model.safetensors.index.json";
const std::string kBin = "pytorch_model.bin", kBinIndex = "pytorch_model.bin.index.json";

// One tensor of one number.
std::string shard(const std::string& name, float value) {
  return test::safetensors("{" + test::entry(name, "F32", "[1]", "[0,4]") + "}",
                           test::raw(std::vector<float>{value}));
}
std::string bin(const std::string& name, float value) {
  return test::torch_zip(
      p::document(p::dict({{name, p::tensor({.elements = 1, .shape = {1}, .stride = {1}})}})),
      {{"0", test::raw(std::vector<float>{value})}});
}
// {"a": "one.safetensors", ...} as an index.
std::string index_of(const std::map<std::string, std::string>& map) {
  std::string text;
  for (const auto& [tensor, file] : map)
    text += (text.empty() ? "" : ",") + test::json_string(tensor) + ":" + test::json_string(file);
  return R"({"metadata":{"total_size":8},"weight_map":{)" + text + "}}";
}

networks::Checkpoint read(Files files) {
  files.try_emplace("config.json", "{}");
  return read_folder(test::FolderInMemory(std::move(files)));
}
std::map<std::string, float> values(const networks::Checkpoint& checkpoint) {
  std::map<std::string, float> all;
  for (const auto& [name, tensor] : checkpoint.tensors) all[name] = weights::to_float(tensor.read()).at(0);
  return all;
}
std::string refused(Files files) {
  files.try_emplace("config.json", "{}");
  files.try_emplace(kModel, shard("w", 1));
  return refusal([&] { read_folder(test::FolderInMemory(files)); });
}
std::string refused_shards(Files files) {
  return refusal([&] { read(std::move(files)); });
}

TEST(Folder, IsReadAsTransformersReadsIt) {
  using Values = std::map<std::string, float>;
  Files files{{kModel, shard("w", 1)},
              {kIndex, index_of({{"w", "one.safetensors"}})},
              {"one.safetensors", shard("w", 2)},
              {kBin, bin("w", 3)},
              {kBinIndex, index_of({{"w", "one.bin"}})},
              {"one.bin", bin("w", 4)}};
  EXPECT_EQ(values(read(files)), (Values{{"w", 1}}));
  files.erase(kModel);
  EXPECT_EQ(values(read(files)), (Values{{"w", 2}}));
  files.erase(kIndex);
  EXPECT_EQ(values(read(files)), (Values{{"w", 3}}));
  files.erase(kBin);
  EXPECT_EQ(values(read(files)), (Values{{"w", 4}}));
  files.erase(kBinIndex);
  EXPECT_EQ(refused_shards(files),
            "m: has no weights: none of model.safetensors, model.safetensors.index.json, pytorch_model.bin, "
            "pytorch_model.bin.index.json");
  EXPECT_EQ(
      values(read(
          {{kIndex, index_of({{"a", "1"}, {"module.b", "2"}})}, {"1", shard("a", 1)}, {"2", bin("b", 2)}})),
      (Values{{"a", 1}, {"b", 2}}));
}

TEST(Folder, HasAConfigurationAndAPreprocessor) {
  const networks::Checkpoint checkpoint = read({{kModel, shard("w", 1)},
                                                {"config.json", R"({"model_type":"hubert"})"},
                                                {"preprocessor_config.json", R"({"do_normalize":false})"}});
  EXPECT_EQ(checkpoint.name, "m");
  EXPECT_EQ(*json::find(*checkpoint.config.as<json::Object>(), "model_type")->as<std::string>(), "hubert");
  EXPECT_FALSE(*json::find(*checkpoint.preprocessor.as<json::Object>(), "do_normalize")->as<bool>());
  EXPECT_NE(read({{kModel, shard("w", 1)}}).preprocessor.as<std::nullptr_t>(), nullptr);
  EXPECT_EQ(refusal([] {
              read_folder(test::FolderInMemory(Files{{kModel, shard("w", 1)}}));
            }),
            "m: has no config.json: not a folder of a Hugging Face checkpoint");
}

TEST(Folder, RefusesConfigurationsThatAreNone) {
  for (const std::string file : {"config.json", "preprocessor_config.json"}) {
    const std::string begin = "m/" + file + ": ";
    for (const std::string text : {"", "{", "{\"a\":1}x", "{\"a\":nan}", "\xff{}", "<html>"})
      EXPECT_EQ(refused({{file, text}}), begin + "not valid JSON") << text;
    EXPECT_EQ(refused({{file, std::string("{}\0", 3)}}), begin + "not valid JSON");
    EXPECT_EQ(refused({{file, "[]"}}), begin + "must be a JSON object");
    EXPECT_EQ(refused({{file, R"({"a":1,"a":2})"}}), begin + "a: duplicate key");
    EXPECT_EQ(refused({{file, "{\"a\":" + test::repeat("[", 40) + test::repeat("]", 40) + "}"}}),
              begin + "nested too deep");
    EXPECT_EQ(refused({{file, "{}" + std::string(4 << 20, ' ')}}), begin + "4194306 bytes, at most 4194304");
  }
}

std::vector<std::string> labels(const std::string& id2label) {
  return read({{kModel, shard("w", 1)}, {"config.json", "{\"id2label\":" + id2label + "}"}}).labels;
}

TEST(Folder, NamesTheClassesInTheOrderOfTheirNumbers) {
  using Labels = std::vector<std::string>;
  EXPECT_EQ(labels(R"({"0":"neu","1":"hap"})"), (Labels{"neu", "hap"}));
  std::string twelve = "{";
  for (int i = 11; i >= 0; --i)
    twelve += "\"" + std::to_string(i) + "\":\"" + std::string(1, static_cast<char>('a' + i)) +
              (i > 0 ? "\"," : "\"}");
  EXPECT_EQ(labels(twelve).at(2), "c");
  EXPECT_EQ(labels(twelve).at(10), "k");
  EXPECT_EQ(labels("null"), Labels());
  EXPECT_EQ(labels("{}"), Labels());
  // What transformers fills in.
  EXPECT_EQ(labels(R"({"0":"LABEL_0","1":"LABEL_1"})"), Labels());
  EXPECT_EQ(labels(R"({"0":"LABEL_1","1":"LABEL_0"})"), (Labels{"LABEL_1", "LABEL_0"}));
  EXPECT_EQ(labels(R"({"0":"LABEL_0","1":"sad"})"), (Labels{"LABEL_0", "sad"}));
}

TEST(Folder, RefusesLabelsThatAreNone) {
  const auto said = [](const std::string& config) { return refused({{"config.json", config}}); };
  const std::string begin = "m/config.json: id2label: ";
  EXPECT_EQ(said(R"({"id2label":[]})"), begin + "must be an object");
  EXPECT_EQ(said(R"({"id2label":{"0":"a","2":"b"}})"), begin + "1 is missing");
  EXPECT_EQ(said(R"({"id2label":{"1":"a"}})"), begin + "0 is missing");
  for (const std::string key : {"", "x", "-1", "01", "+1", "1.0", " 1", "1e3", "99999999999999999999"})
    EXPECT_EQ(said("{\"id2label\":{\"0\":\"a\",\"" + key + "\":\"b\"}}"),
              begin + key + " is not the number of a class");
  EXPECT_EQ(said(R"({"id2label":{"0":1}})"), begin + "0 must be a name");
  EXPECT_EQ(said(R"({"id2label":{"0":"a","1":"a"}})"), begin + "a name is there twice");
  EXPECT_EQ(said(R"({"id2label":{"0":""}})"), begin + "an empty name");
  EXPECT_EQ(said(R"({"id2label":{"0":"a\nb"}})"),
            begin + "a name with control characters, or of more than 4000 bytes");
  EXPECT_EQ(said(R"({"num_labels":3,"id2label":{"0":"a","1":"b"}})"), begin + "2 names, but num_labels is 3");
  EXPECT_EQ(said(R"({"num_labels":3,"id2label":{"0":"LABEL_0","1":"LABEL_1"}})"),
            begin + "2 names, but num_labels is 3");
  std::string many;
  for (int i = 0; i < 10'000; ++i)
    many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":\"l" + std::to_string(i) + '"';
  EXPECT_EQ(said("{\"id2label\":{" + many + "}}"), begin + "10000 names, at most 1000");
}

TEST(Folder, RefusesIndicesThatLeadElsewhere) {
  const std::string begin = "m/" + kIndex + ": ";
  for (const std::string file : {"../w", "..", ".", "/etc/passwd", "a/b", "a\\b", ""})
    EXPECT_EQ(refused_shards({{kIndex, index_of({{"w", file}})}, {"w", shard("w", 1)}}),
              begin + "weight_map: " + weights::printable(file) + " is not the name of a file in the folder");
  EXPECT_EQ(refused_shards({{kIndex, index_of({{"w", "gone"}})}}),
            begin + "names gone, which is not in the folder");
  EXPECT_EQ(refused_shards({{kIndex, R"({"weight_map":{"w":1}})"}}),
            begin + "weight_map: w: must be the name of a file");
  for (const std::string text : {"{}", R"({"weight_map":{}})", R"({"weight_map":[]})"}) {
    EXPECT_EQ(refused_shards({{kIndex, text}}),
              begin + "weight_map: must be an object that names a file for each tensor");
  }
  EXPECT_EQ(refused_shards({{kIndex, "[1]"}}), begin + "must be a JSON object");
  EXPECT_EQ(refused_shards({{kIndex, R"({"weight_map":{"w":"a","w":"b"}})"}}), begin + "w: duplicate key");
  std::map<std::string, std::string> many;
  for (int i = 0; i < 1001; ++i) many["t" + std::to_string(i)] = "f" + std::to_string(i);
  EXPECT_EQ(refused_shards({{kIndex, index_of(many)}}), begin + "names more than 1000 files");
}

TEST(Folder, RefusesShardsThatDifferFromTheIndex) {
  Files files{{kIndex, index_of({{"a", "1"}, {"b", "2"}})}, {"1", shard("a", 1)}, {"2", shard("c", 2)}};
  EXPECT_EQ(refused_shards(files),
            "m/2: differs from model.safetensors.index.json: b missing; c is not in the index");
  files["2"] = shard("b", 1).substr(0, 60);
  EXPECT_TRUE(refused_shards(files).starts_with("m/2: ")) << refused_shards(files);
  // A tensor in two shards.
  files = {{kIndex, index_of({{"a", "1"}, {"module.a", "2"}})}, {"1", shard("a", 1)}, {"2", shard("a", 2)}};
  EXPECT_EQ(refused_shards(files), "m/2: a: twice");
}

// As torch.save writes the state_dict of a module.
TEST(Folder, ReadsAnOrderedDictWithMetadata) {
  const std::string ordered = p::call(p::global("collections", "OrderedDict"), {});
  const std::string tensor = p::tensor({.elements = 1, .shape = {1}, .stride = {1}});
  const std::string metadata = ordered + "(" + p::text("") + p::dict({{"version", p::integer(1)}}) + "u";
  const std::string body =
      ordered + "(" + p::text("w") + tensor + "u" + p::dict({{"_metadata", metadata}}) + "b";
  const std::string file = test::torch_zip(p::document(body), {{"0", test::raw(std::vector<float>{7})}});
  EXPECT_EQ(values(read({{kBin, file}})), (std::map<std::string, float>{{"w", 7}}));
}

}  // namespace
}  // namespace serene::converter
