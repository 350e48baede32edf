// Checkpoints of one network saved in several ways give one model file.
#include <gtest/gtest.h>

#include <filesystem>

#include "converter/convert.h"
#include "runtime/models/common/model_file.h"
#include "tests/converter/checkpoint_files.h"

namespace serene::converter {
namespace {

struct Pair {
  std::string name, folder, first, second;
  bool enhancer;
};

void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.first << " and " << pair.second; }

class SavedTwice : public testing::TestWithParam<Pair> {};

TEST_P(SavedTwice, GivesTheSameBytes) {
  const Pair& pair = GetParam();
  if (!std::filesystem::exists(pair.folder)) GTEST_SKIP() << "no folder " << pair.folder;
  std::vector<std::vector<std::byte>> made;
  for (const std::string& name : {pair.first, pair.second}) {
    const std::string path = pair.folder + "/" + name;
    made.push_back(weights::serialize_safetensors(
        convert(pair.enhancer ? test::SeSer{.se = path}
                              : test::SeSer{.ser = path, .labels = {"a", "b", "c", "d"}})
            .file));
  }
  EXPECT_TRUE(made[0] == made[1]);
  EXPECT_EQ(models::parse_model(made[0], "made").config.model, pair.enhancer ? "enhance" : "trnet");
}

// Folders of Hugging Face with safetensors, and with the bin that torch.save writes.
class FolderSavedTwice : public testing::TestWithParam<std::string> {};

TEST_P(FolderSavedTwice, GivesTheSameBytes) {
  const std::string path = std::string(SERENE_TEST_SHARED_DIR) + "/golden/encoders/" + GetParam();
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no folder " << path;
  const auto made = [](const std::string& of) {
    ConvertOptions options;
    options.parts.push_back({"", of});
    return weights::serialize_safetensors(convert(options).file);
  };
  const std::vector<std::byte> bytes = made(path);
  EXPECT_TRUE(bytes == made(path + "_bin"));
  models::parse_model(bytes, "made");
}

INSTANTIATE_TEST_SUITE_P(Golden, FolderSavedTwice,
                         testing::Values("hubert_er", "wav2vec2_er", "wav2vec2_msp_dim", "wavlm_er",
                                         "whisper_hf"),
                         [](const auto& of) { return of.param; });

// OpenAI's file has the same weights as transformers' folder, in half the bytes.
TEST(WhisperSavedTwice, GivesTheSameBytes) {
  const std::string folder = std::string(SERENE_TEST_SHARED_DIR) + "/golden/encoders/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no folder " << folder;
  std::vector<std::vector<std::byte>> made;
  for (const char* name : {"whisper.pt", "whisper_hf"}) {
    ConvertOptions options;
    options.parts.push_back({"", folder + name});
    const Conversion conversion = convert(options);
    EXPECT_EQ(conversion.config.clip, (models::Fit{models::FitRule::pad, 30}));
    EXPECT_EQ(conversion.left_out,
              std::string("28 tensors of ") + (made.empty() ? "" : "model.") + "decoder.");
    made.push_back(weights::serialize_safetensors(conversion.file));
  }
  EXPECT_TRUE(made[0] == made[1]);
}

const std::string kOwn = SERENE_TEST_GOLDEN_DIR, kShared = std::string(SERENE_TEST_SHARED_DIR) + "/golden";

INSTANTIATE_TEST_SUITE_P(
    Golden, SavedTwice,
    testing::Values(Pair{"legacy", kOwn, "cmgan_c8.pt", "cmgan_c8_legacy.pt", true},
                    Pair{"module", kOwn, "trnet_cnn6_small.pt", "trnet_cnn6_small_module.pt", false},
                    Pair{"shared_legacy", kShared, "cmgan_c16.pt", "cmgan_c16_legacy.pt", true},
                    Pair{"shared_module", kShared, "trnet_cnn6.pt", "trnet_cnn6_module.pt", false}),
    [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace serene::converter
