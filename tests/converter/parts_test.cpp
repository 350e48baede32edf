// Several networks in one checkpoint, and one model of several checkpoints: the program with toy_speech's
// networks.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "runtime/models/common/model_file.h"
#include "tests/converter/toy_speech.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_folder.h"
#include "weights/json/text.h"

namespace serene {
namespace {

namespace fs = std::filesystem;
using weights::Tensors;

// H 3, L 2.
Tensors encoder_tensors() {
  Tensors all;
  const auto add = [&](const std::string& name, std::vector<int64_t> shape, std::vector<float> values) {
    all[name] = weights::from_float(name, std::move(shape), values);
  };
  add("enc.in.g", {3, 1}, {2, 3, 4});
  add("enc.in.v", {3, 1}, {1, 10, 100});
  add("enc.layers.0.weight", {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  add("enc.layers.1.weight", {3, 3}, {9, 8, 7, 6, 5, 4, 3, 2, 1});
  return all;
}
Tensors head_tensors() {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  return {{"out.weight", weights::from_float("out.weight", {2, 3}, values)}};
}
Tensors both() {
  Tensors all = encoder_tensors();
  all.merge(head_tensors());
  return all;
}
void add_one(Tensors& tensors, const std::string& name) {
  tensors[name] = weights::from_float(name, {1}, std::vector<float>{1});
}

class PartsProgram : public testing::Test {
 protected:
  std::string file(const std::string& name, const Tensors& tensors) {
    weights::write_safetensors(folder_ / name, {"", {}, tensors});
    return folder_ / name;
  }
  std::string folder(const std::string& config, const Tensors& tensors) {
    fs::create_directories(folder_ / "toy");
    test::write_file(folder_ / "toy/config.json", config);
    file("toy/model.safetensors", tensors);
    return folder_ / "toy";
  }
  test::ProcessResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SERENE_TEST_SPEECH_CONVERT);
    arguments.insert(arguments.end(), {"-o", out_});
    return test::run_process(arguments, {.folder = folder_.path(), .timeout = 60});
  }
  // Its standard error.
  std::string made(const std::vector<std::string>& arguments) {
    const test::ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.err;
  }
  // In one line, and nothing is written.
  std::string refused(const std::vector<std::string>& arguments, int exit_code = 3) {
    fs::remove(out_);
    const test::ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_TRUE(result.err.starts_with("serene-convert: ")) << result.err;
    EXPECT_FALSE(fs::exists(out_));
    return result.err.substr(16, result.err.size() - 17);
  }
  models::ModelFile model() { return models::read_model(out_); }
  std::string bytes() { return test::read_file(out_); }

  test::TempFolder folder_;
  std::string out_ = folder_ / "out.safetensors";
  const std::string kConfig =
      R"({"architectures":["ToyForClassification"],"id2label":{"0":"calm","1":"cross"}})";
};

TEST_F(PartsProgram, AFolderBecomesAModelWithoutAFurtherWord) {
  Tensors tensors = both();
  for (const char* name : {"decoder.a.weight", "decoder.b.weight", "enc.mask", "out.num_batches_tracked"})
    add_one(tensors, name);
  const std::string said = made({folder(kConfig, tensors)});
  EXPECT_NE(said.find("serene-convert: left out: 3 tensors of decoder.; enc.mask\n"), said.npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 2) << said;
  const models::ModelFile file = model();
  EXPECT_EQ(file.config.model, "encoder_heads");
  ASSERT_EQ(file.config.parts.size(), 2u);
  EXPECT_EQ(file.config.parts[0].name, "encoder");
  EXPECT_EQ(file.config.parts[1].name, "head");
  EXPECT_EQ(file.config.outputs.at(0).labels, (std::vector<std::string>{"calm", "cross"}));
  EXPECT_EQ(file.config.clip, (models::Fit{models::FitRule::pad, 30}));
  EXPECT_EQ(file.values("encoder.in.weight"), (std::vector<float>{2, 30, 400}));
  EXPECT_EQ(file.values("encoder.layers.1.weight"), (std::vector<float>{9, 8, 7, 6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(file.values("head.out.weight"), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(file.tensors.size(), 4u);
}

TEST_F(PartsProgram, TheSameNetworksInOtherFilesGiveTheSameBytes) {
  made({folder(kConfig, both())});
  const std::string whole = bytes();
  made({"--part", "encoder=" + file("e.safetensors", encoder_tensors()), "--part",
        "head=" + file("h.safetensors", head_tensors()), "--labels", "calm,cross"});
  EXPECT_EQ(bytes(), whole);
  // Of a checkpoint with both, a part takes the network that it is named after.
  made({"--part", "head=" + folder(kConfig, both()), "--part", "encoder=" + (folder_ / "toy")});
  EXPECT_EQ(bytes(), whole);
  made({"--part", "head=" + folder(kConfig, both()), "--part",
        "encoder=" + file("e.safetensors", encoder_tensors())});
  EXPECT_EQ(bytes(), whole);
  // Shards.
  fs::remove(folder_ / "toy/model.safetensors");
  file("toy/1", encoder_tensors());
  file("toy/2", head_tensors());
  json::Object map;
  for (const auto& [name, tensor] : both()) json::add(map, name, name == "out.weight" ? "2" : "1");
  test::write_file(folder_ / "toy/model.safetensors.index.json",
                   json::text(json::object("weight_map", std::move(map))));
  made({folder_ / "toy"});
  EXPECT_EQ(bytes(), whole);
}

TEST_F(PartsProgram, LabelsAndClipAreTheUsersToSay) {
  made({folder(kConfig, both()), "--labels", "one,two", "--fit", "none"});
  EXPECT_EQ(model().config.outputs.at(0).labels, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(model().config.clip, models::Fit{});
  const std::string path = folder(R"({"id2label":{"0":"LABEL_0","1":"LABEL_1"}})", both());
  EXPECT_EQ(refused({path}, 2),
            "--labels: needed: " + path +
                " does not name its 2 classes; give their names in the order of its outputs, "
                "--labels NAME,NAME,...");
  const std::string three = folder(R"({"id2label":{"0":"a","1":"b","2":"c"}})", both());
  EXPECT_EQ(refused({three}), three + ": config.json: id2label: 3 names for the 2 classes of the tensors");
  made({three, "--labels", "a,b"});
  const std::string numbers = folder(R"({"problem_type":"regression"})", both());
  made({numbers});
  EXPECT_TRUE(model().config.outputs.empty());
  EXPECT_EQ(refused({numbers, "--labels", "a,b"}, 2),
            "--labels: " + numbers + " gives numbers and no classes");
  // An encoder alone has a clip, too; an enhancer has none.
  made({"--part", "encoder=" + path, "--fit", "tile:2"});
  EXPECT_EQ(model().config.clip, (models::Fit{models::FitRule::tile, 2}));
}

TEST_F(PartsProgram, LayersAboveTheStateOfTheHeadAreDropped) {
  const std::string path = folder(kConfig, both());
  const std::string said = made({path, "--set", "head.state=1", "--set", "encoder.heads=8"});
  EXPECT_NE(said.find("left out: 1 tensor of enc.layers.1.\n"), said.npos) << said;
  EXPECT_FALSE(model().tensors.contains("encoder.layers.1.weight"));
  EXPECT_EQ(model().tensors.size(), 3u);
  EXPECT_EQ(dynamic_cast<const networks::ToyEncoderConfig&>(*model().config.parts[0].network).heads, 8);
  EXPECT_EQ(refused({path, "--set", "head.state=3"}),
            path + ": head: reads state 3, the encoder has 3 states");
  EXPECT_EQ(refused({path, "--set", "head.state=x"}), path + ": state: must be a number");
}

TEST_F(PartsProgram, SettingsThatNobodyTakesAreRefused) {
  const std::string path = folder(kConfig, both());
  EXPECT_EQ(refused({path, "--set", "head.heads=2"}, 2), "--set: head.heads: toy_head takes state");
  EXPECT_EQ(refused({path, "--set", "tail.heads=2"}, 2), "--set: tail: there is no such part");
  for (const char* text : {"x", "head=2", "head.=2", ".state=2", "head.state=", "head.state", "=.="}) {
    const test::ProcessResult result = run({path, "--set", text});
    EXPECT_EQ(result.exit_code, 2) << text;
    EXPECT_NE(result.err.find("wanted PART.KEY=VALUE"), result.err.npos) << result.err;
  }
  EXPECT_EQ(run({path, "--set", "head.state=1", "--set", "head.state=1"}).exit_code, 2);
}

TEST_F(PartsProgram, PartsMustBeOfTheCheckpointAndFitTogether) {
  const std::string path = folder(kConfig, both()), encoder = file("e.safetensors", encoder_tensors()),
                    head = file("h.safetensors", head_tensors());
  EXPECT_EQ(
      refused({"--part", "net=" + path}),
      path + ": has an encoder (encoder) and a head (head): --part takes the one that it is named after");
  EXPECT_EQ(refused({"--part", "head=" + encoder}), encoder + ": this is an encoder, not head");
  EXPECT_EQ(refused({"--part", "enhancer=" + path}),
            path + ": has an encoder (encoder) and a head (head), no enhancer");
  EXPECT_EQ(refused({"--ser", encoder}),
            encoder + ": this is an encoder, not a recogniser: were --se and --ser swapped?");
  EXPECT_EQ(refused({path, "--part", "head=" + head}),
            head + ": part head: there is one of this name already");
  EXPECT_EQ(refused({head}, 2), "no model is made of these parts alone: toy_head");
  EXPECT_EQ(refused({path, "--model", "enhance"}, 2),
            "--model: enhance is not made of these parts: toy_encoder, toy_head");
  Tensors wide = head_tensors();
  wide["out.weight"] = weights::from_float("out.weight", {2, 4}, std::vector<float>(8, 1));
  const std::string other = file("w.safetensors", wide);
  EXPECT_EQ(refused({"--part", "encoder=" + encoder, "--part", "head=" + other, "--labels", "a,b"}),
            other + ": head: reads states of 4 channels, the encoder's have 3");
  made({"--part", "anything=" + encoder});
  EXPECT_EQ(model().config.parts.at(0).name, "anything");
  EXPECT_EQ(model().config.model, "encode");
  EXPECT_EQ(model().config.clip, (models::Fit{models::FitRule::pad, 30}));
}

TEST_F(PartsProgram, TensorsOfNoNetworkAreAnError) {
  Tensors tensors = both();
  add_one(tensors, "enc.stranger");
  add_one(tensors, "other");
  const std::string path = folder(kConfig, tensors);
  const std::string wanted =
      ": 2 tensors do not fit: other is not part of the network; stranger is not part of the network";
  EXPECT_EQ(refused({path}), path + wanted);
  EXPECT_EQ(refused({"--part", "encoder=" + path}), path + wanted);
  tensors = both();
  tensors.erase("enc.layers.0.weight");
  tensors.erase("enc.in.g");
  EXPECT_TRUE(refused({folder(kConfig, tensors)}).starts_with(path + ": "))
      << "which one is the network's to say";
}

// A network that nobody asks for may be one that is not computed.
TEST_F(PartsProgram, WhatIsWrongWithANetworkThatIsNotTakenIsOfNoInterest) {
  const std::string path = folder(R"({"adapter":true,"id2label":{"0":"calm","1":"cross"}})", both());
  EXPECT_EQ(refused({path}), path + ": config.json: adapter: is not computed");
  made({"--part", "head=" + path, "--part", "encoder=" + file("e.safetensors", encoder_tensors())});
}

TEST_F(PartsProgram, ClassesOfTransformersThatNobodyKnowsAreNamed) {
  const auto architectures = [&](const std::string& value) {
    return folder("{\"architectures\":" + value + R"(,"id2label":{"0":"calm","1":"cross"}})", both());
  };
  for (const char* fine :
       {"null", "[]", R"(["ToyForClassification"])", R"(["Other","ToyForClassification"])"})
    made({architectures(fine)});
  const std::string path = folder_ / "toy";
  const std::string known = ", which serene does not compute; supported are ToyForClassification, ToyModel";
  EXPECT_EQ(refused({architectures(R"(["ToyForXVector"])")}),
            path + ": config.json: architectures: ToyForXVector" + known);
  // A head that the class does not have.
  EXPECT_EQ(refused({architectures(R"(["ToyModel"])")}),
            path + ": config.json: architectures: ToyModel" + known);
  for (const char* bad : {"1", "\"ToyModel\"", "[1]", "{}"}) {
    EXPECT_EQ(refused({architectures(bad)}), path + ": config.json: architectures: must be a list of names");
  }
  Tensors unknown;
  add_one(unknown, "bert.embeddings.weight");
  EXPECT_EQ(refused({folder(R"({"architectures":["BertForMaskedLM"]})", unknown)}),
            path + ": config.json: architectures: BertForMaskedLM" + known);
  EXPECT_EQ(refused({folder("{}", unknown)}),
            path +
                ": of no network of this program: it has none of dense_encoder.conv_1.0.weight, "
                "enc.layers.0.weight, out.weight, EmotionClassifier.fc1.weight; supported are cmgan "
                "(enhancer), toy_encoder (encoder), toy_head (head), trnet (recogniser)");
  Tensors known_by_name;
  add_one(known_by_name, "wav2vec2.masked_spec_embed");
  EXPECT_EQ(refused({folder("{}", known_by_name)}),
            path +
                ": a checkpoint of wav2vec2, which serene does not compute; supported are cmgan (enhancer), "
                "toy_encoder (encoder), toy_head (head), trnet (recogniser)");
}

// The file that is read and the file that is written have one name by custom.
TEST_F(PartsProgram, AFolderIsNeverWrittenOver) {
  const std::string path = folder(kConfig, both());
  const std::string before = test::read_file(path + "/model.safetensors");
  for (const std::string& out : {path + "/model.safetensors", path + "/config.json"}) {
    const test::ProcessResult result = test::run_process({SERENE_TEST_SPEECH_CONVERT, path, "-o", out}, {});
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_EQ(result.err, "serene-convert: --output: " + out + " is a file of the checkpoint\n");
  }
  EXPECT_EQ(test::read_file(path + "/model.safetensors"), before);
}

TEST_F(PartsProgram, FilesOfAFolderThatAreNoneAreNamed) {
  const std::string path = folder(kConfig, both());
  fs::remove(path + "/model.safetensors");
  ASSERT_EQ(::mkfifo((path + "/model.safetensors").c_str(), 0600), 0);
  EXPECT_EQ(refused({path}), path + "/model.safetensors: is a FIFO, not a file");
  fs::remove(path + "/config.json");
  EXPECT_EQ(refused({path}), path + ": has no config.json: not a folder of a Hugging Face checkpoint");
  ASSERT_EQ(::mkfifo((path + "/config.json").c_str(), 0600), 0);
  EXPECT_EQ(refused({path + "/"}), path + "/config.json: is a FIFO, not a file");
}

}  // namespace
}  // namespace serene
