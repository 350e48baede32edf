// Every file of reference tensors against the checkpoint it was made with, from checkpoint file to posterior:
// tests/golden always, the folder SERENE_SHARED_DIR/golden where there is one.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "converter/architecture.h"
#include "converter/checkpoint.h"
#include "converter/convert.h"
#include "kernels/fbank/fbank.h"
#include "runtime/src/reference_run.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"
#include "weights/model_file.h"

namespace serene {
namespace {

namespace fs = std::filesystem;

const fs::path kOwn = SERENE_TEST_GOLDEN_DIR;
const fs::path kShared = fs::path(SERENE_TEST_SHARED_DIR) / "golden";

// googletest names a case by what it prints.
[[maybe_unused]] void PrintTo(const fs::path& path, std::ostream* out) { *out << path.filename(); }

// What rounding moves far, and how far (tests/golden/README.md).
constexpr double kIllConditionedBound = 2e-3;

std::vector<fs::path> files(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::byte> model_bytes(const std::string& se, const std::string& ser, const std::string& fit) {
  converter::ConvertOptions options;
  options.se = se;
  options.ser = ser;
  if (!fit.empty()) options.fit = converter::parse_fit(fit);
  if (!ser.empty()) {
    const int64_t classes = converter::class_count(converter::read_checkpoint(ser), ser);
    for (int64_t i = 0; i < classes; ++i) options.labels.push_back("class " + std::to_string(i));
  }
  return weights::serialize_safetensors(converter::convert(options));
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, EveryTensorIsWithinItsBound) {
  const fs::path folder = GetParam().string().starts_with(kOwn.string()) ? kOwn : kShared;
  const weights::TensorFile reference = weights::read_safetensors(GetParam().string());
  const auto of = [&](const std::string& key) {
    const auto it = reference.metadata.find(key);
    return it == reference.metadata.end() ? std::string() : it->second;
  };
  std::string se = of("se"), ser = of("ser");
  const std::string checkpoint = of("checkpoint");
  (checkpoint.starts_with("trnet") ? ser : se) += checkpoint;
  if (!se.empty()) se = (folder / se).string();
  if (!ser.empty()) ser = (folder / ser).string();
  const std::vector<std::byte> bytes = model_bytes(se, ser, of("fit"));
  runtime::Engine engine(std::make_shared<const runtime::Model>(weights::parse_model(bytes, "converted")),
                         {});

  const bool ill_conditioned = GetParam().parent_path().filename() == "ill_conditioned";
  const std::vector<runtime::Comparison> comparisons = runtime::compare_with_reference(engine, reference);
  ASSERT_FALSE(comparisons.empty());
  for (const runtime::Comparison& c : comparisons) {
    if (ill_conditioned) {
      EXPECT_LT(c.relative, kIllConditionedBound) << c.name;
    } else {
      EXPECT_EQ(c.verdict, runtime::Comparison::Verdict::pass)
          << c.name << ": worst absolute " << c.worst_absolute << ", relative " << c.relative;
    }
  }
}

std::string case_name(const testing::TestParamInfo<fs::path>& info) {
  return (info.param.string().starts_with(kOwn.string()) ? "" : "shared_") + info.param.stem().string();
}

std::vector<fs::path> tensors_of(const fs::path& folder) {
  std::vector<fs::path> all = files(folder, ".safetensors");
  std::erase_if(all, [](const fs::path& path) { return path.stem() == "fbank_kaldi"; });
  return all;
}

INSTANTIATE_TEST_SUITE_P(Own, Golden, testing::ValuesIn(tensors_of(kOwn)), case_name);
INSTANTIATE_TEST_SUITE_P(Shared, Golden, testing::ValuesIn(tensors_of(kShared)), case_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Golden);

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
  EXPECT_EQ(model_bytes(path(pair.se), path(pair.ser), ""),
            model_bytes(path(pair.other_se), path(pair.other_ser), ""));
}

std::vector<Twins> all_twins() {
  std::vector<Twins> all{{kOwn, "cmgan_c8.pt", "cmgan_c8_legacy.pt", "", ""},
                         {kOwn, "", "", "trnet_cnn6_small.pt", "trnet_cnn6_small_module.pt"}};
  if (fs::is_directory(kShared)) {
    all.push_back({kShared, "cmgan_c16.pt", "cmgan_c16_legacy.pt", "", ""});
    all.push_back({kShared, "", "", "trnet_cnn6.pt", "trnet_cnn6_module.pt"});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTwins, testing::ValuesIn(all_twins()), [](const auto& tested) {
  const Twins& named = tested.param;
  return std::string(named.folder == kOwn ? "" : "shared_") + (named.se.empty() ? "module" : "legacy");
});

// Against kaldi-native-fbank, which computes in float32.
TEST(GoldenFbank, IsKaldis) {
  const weights::TensorFile file = weights::read_safetensors((kOwn / "fbank_kaldi.safetensors").string());
  const std::vector<float> pcm = weights::to_float(*file.find("in.pcm"));
  const std::vector<float> expected = weights::to_float(*file.find("fbank"));
  const auto n = static_cast<int64_t>(pcm.size()), frames = MelBank::frames(n);
  ASSERT_EQ(static_cast<int64_t>(expected.size()), frames * MelBank::kMels);

  const MelBank bank;
  const test::TestStream stream(Device::cpu);
  test::GuardedWorkspace workspace(fbank_workspace(bank, stream));
  std::vector<float> got(expected.size());
  FbankArgs args;
  args.x = make_view<2>(pcm.data(), {1, n});
  args.bank = &bank;
  args.y = make_view<3>(got.data(), {1, frames, MelBank::kMels});
  args.workspace = workspace.get();
  fbank(args, stream);
  for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], 1e-3) << "value " << i;
}

}  // namespace
}  // namespace serene
