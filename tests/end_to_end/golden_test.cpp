// Every file of reference tensors against the checkpoint it was made with, from checkpoint file to posterior:
// tests/golden always, the folder SERENE_SHARED_DIR/golden where there is one.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernels/fbank/fbank.h"
#include "runtime/src/reference_run.h"
#include "tests/end_to_end/converted_model.h"
#include "tests/support/engine_device.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"
#include "weights/model_file.h"

namespace serene {
namespace {

namespace fs = std::filesystem;

struct Case {
  Device device;
  fs::path tensors;
};

// googletest names a case by what it prints.
[[maybe_unused]] void PrintTo(const Case& tested, std::ostream* out) { *out << tested.tensors.filename(); }

// Of the shared folder, what the executor gets through in a minute.
const std::set<fs::path> kOnExecutor{"cmgan_c16_p232_023", "trnet_cnn6_short"};

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

bool is_own(const fs::path& tensors) { return tensors.string().starts_with(test::kOwnGoldens.string()); }

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, EveryTensorIsWithinItsBound) {
  const auto& [device, tensors] = GetParam();
  const fs::path folder = is_own(tensors) ? test::kOwnGoldens : test::kSharedGoldens;
  const weights::TensorFile reference = weights::read_safetensors(tensors.string());
  const auto of = [&](const std::string& key) {
    const auto it = reference.metadata.find(key);
    return it == reference.metadata.end() ? std::string() : it->second;
  };
  std::string se = of("se"), ser = of("ser");
  const std::string checkpoint = of("checkpoint");
  (checkpoint.starts_with("trnet") ? ser : se) += checkpoint;
  if (!se.empty()) se = (folder / se).string();
  if (!ser.empty()) ser = (folder / ser).string();
  const std::vector<std::byte> bytes = test::converted_model(se, ser, of("fit"));
  runtime::EngineOptions options;
  options.device = test::choice_of(device);
  runtime::Engine engine(std::make_shared<const runtime::Model>(weights::parse_model(bytes, "converted")),
                         options);

  const bool ill_conditioned = tensors.parent_path().filename() == "ill_conditioned";
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

std::vector<Case> cases(const fs::path& folder) {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (const fs::path& tensors : files(folder, ".safetensors")) {
      if (tensors.stem() == "fbank_kaldi") continue;
      if (device == Device::executor && !is_own(tensors) && !kOnExecutor.contains(tensors.stem())) continue;
      all.push_back({device, tensors});
    }
  }
  return all;
}

std::string case_name(const testing::TestParamInfo<Case>& tested) {
  return (is_own(tested.param.tensors) ? "" : "shared_") + tested.param.tensors.stem().string();
}

INSTANTIATE_TEST_SUITE_P(Own, Golden, testing::ValuesIn(cases(test::kOwnGoldens)), case_name);
INSTANTIATE_TEST_SUITE_P(Shared, Golden, testing::ValuesIn(cases(test::kSharedGoldens)), case_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Golden);

// Against kaldi-native-fbank, which computes in float32.
TEST(GoldenFbank, IsKaldis) {
  const weights::TensorFile file =
      weights::read_safetensors((test::kOwnGoldens / "fbank_kaldi.safetensors").string());
  const std::vector<float> pcm = weights::to_float(*file.find("in.pcm"));
  const std::vector<float> expected = weights::to_float(*file.find("fbank"));
  const auto n = static_cast<int64_t>(pcm.size()), frames = MelBank::frames(n);
  ASSERT_EQ(static_cast<int64_t>(expected.size()), frames * MelBank::kMels);

  const MelBank bank;
  for (Device device : test::devices()) {
    const test::TestStream stream(device);
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
}

}  // namespace
}  // namespace serene
