// An emotion head and the head for the ratio of speech to noise in one checkpoint.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "converter/convert.h"
#include "runtime/networks/bigru_pool/config.h"
#include "runtime/networks/snr_head/config.h"
#include "runtime/networks/whisper_encoder/config.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_folder.h"

namespace serene::converter {
namespace {

using test::expect_in;
using weights::Tensors;

// Of a part with random weights; `prefix` begins the names.
void add(Tensors& all, std::shared_ptr<const networks::NetworkConfig> config, const std::string& prefix) {
  models::ModelConfig model;
  model.parts = {{"x", std::move(config)}};
  for (auto& [name, tensor] : weights::loaded(test::random_model_file(model).tensors)) {
    const std::string own = prefix + name.substr(2);
    all[own] = tensor;
    all[own].name = own;
  }
}

Tensors encoder() {
  auto config = std::make_shared<networks::WhisperEncoderConfig>();
  config->channels = 384;
  config->heads = 6;
  config->inner = config->positions = 8;
  config->kept = config->published = 2;
  Tensors all;
  add(all, config, "encoder.");
  return all;
}

Tensors heads() {
  auto emotion = std::make_shared<networks::BigruPoolConfig>();
  emotion->channels = 384;
  emotion->units = emotion->attention = emotion->hidden = 4;
  auto quality = std::make_shared<networks::SnrHeadConfig>();
  quality->channels = 384;
  quality->frame = quality->hidden = 3;
  Tensors all;
  add(all, emotion, "");
  add(all, quality, "quality.");
  return all;
}

class TwoHeads : public testing::Test {
 protected:
  // Parts as --part has them, of a checkpoint of these.
  ConvertOptions options(const std::vector<std::string>& parts, const Tensors& tensors) {
    weights::write_safetensors(folder_ / "encoder", {"", {}, encoder()});
    weights::write_safetensors(folder_ / "heads", {"", {}, tensors});
    ConvertOptions options;
    options.parts.push_back({"encoder", folder_ / "encoder"});
    for (const std::string& part : parts) options.parts.push_back({part, folder_ / "heads"});
    options.settings = {{"head", {{"state", "2"}}}, {"quality", {{"state", "1"}}}};
    std::erase_if(options.settings, [&](const auto& of) {
      return std::find(parts.begin(), parts.end(), of.first) == parts.end();
    });
    options.labels = {"a", "b", "c", "d"};
    return options;
  }
  std::string said(const std::vector<std::string>& parts, const Tensors& tensors) {
    return test::refusal([&] { convert(options(parts, tensors)); });
  }
  test::TempFolder folder_;
};

std::vector<std::string> networks_of(const Conversion& made) {
  std::vector<std::string> names;
  for (const models::PartConfig& part : made.config.parts)
    names.push_back(part.name + ' ' + std::string(part.network->network()));
  return names;
}

TEST_F(TwoHeads, EachPartTakesItsOwnTensors) {
  for (const std::vector<std::string>& order :
       {std::vector<std::string>{"head", "quality"}, {"quality", "head"}}) {
    const Conversion made = convert(options(order, heads()));
    EXPECT_EQ(networks_of(made),
              (std::vector<std::string>{"encoder whisper_encoder", "head bigru_pool", "quality snr_head"}));
    EXPECT_EQ(made.classes_from, folder_ / "heads");
    EXPECT_EQ(made.left_out, "");
    for (const auto& [name, tensor] : heads()) {
      const std::string part = name.starts_with("quality.") ? name : "head." + name;
      EXPECT_EQ(made.file.tensors.at(part).read().bytes, tensor.bytes) << name;
    }
  }
}

TEST_F(TwoHeads, OneMayStayBehind) {
  EXPECT_EQ(convert(options({"head"}, heads())).left_out, "8 tensors of quality.");
  ConvertOptions alone = options({"quality"}, heads());
  alone.labels = {};
  const Conversion made = convert(alone);
  EXPECT_TRUE(made.config.outputs.empty());
  // The encoder goes no further than the state that is read.
  EXPECT_EQ(made.left_out.find("quality."), std::string::npos) << made.left_out;
  EXPECT_NE(made.left_out.find("gru."), std::string::npos) << made.left_out;
}

TEST_F(TwoHeads, WhatIsOfNeitherOrMissingIsNamed) {
  Tensors tensors = heads();
  tensors["another.weight"] = weights::from_float("another.weight", {1}, std::vector<float>{1});
  expect_in(said({"head", "quality"}, tensors), "another.weight");
  tensors = heads();
  tensors.erase("quality.out.bias");
  expect_in(said({"head", "quality"}, tensors), "out.bias");
  tensors = heads();
  tensors["quality.power.weight"] = weights::from_float("p", {3, 3}, std::vector<float>(9, 1));
  expect_in(said({"head", "quality"}, tensors), "power.weight");
}

}  // namespace
}  // namespace serene::converter
