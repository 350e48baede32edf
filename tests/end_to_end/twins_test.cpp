// The same network saved in two formats becomes the same model file.
#include <gtest/gtest.h>

#include "tests/end_to_end/converted_model.h"

namespace serene {
namespace {

namespace fs = std::filesystem;

struct Twins {
  fs::path folder;
  std::string se, other_se, ser, other_ser;
};

class GoldenTwins : public testing::TestWithParam<Twins> {};

TEST_P(GoldenTwins, ConvertToTheSameBytes) {
  const auto path = [&](const std::string& name) {
    return name.empty() ? name : (GetParam().folder / name).string();
  };
  const Twins& pair = GetParam();
  EXPECT_EQ(test::converted_model(path(pair.se), path(pair.ser), ""),
            test::converted_model(path(pair.other_se), path(pair.other_ser), ""));
}

std::vector<Twins> all_twins() {
  std::vector<Twins> all{{test::kOwnGoldens, "cmgan_c8.pt", "cmgan_c8_legacy.pt", "", ""},
                         {test::kOwnGoldens, "", "", "trnet_cnn6_small.pt", "trnet_cnn6_small_module.pt"}};
  if (fs::is_directory(test::kSharedGoldens)) {
    all.push_back({test::kSharedGoldens, "cmgan_c16.pt", "cmgan_c16_legacy.pt", "", ""});
    all.push_back({test::kSharedGoldens, "", "", "trnet_cnn6.pt", "trnet_cnn6_module.pt"});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTwins, testing::ValuesIn(all_twins()), [](const auto& tested) {
  const Twins& named = tested.param;
  return std::string(named.folder == test::kOwnGoldens ? "" : "shared_") +
         (named.se.empty() ? "module" : "legacy");
});

}  // namespace
}  // namespace serene
