// Every file of reference tensors against the checkpoint it was made with, from checkpoint file to posterior:
// tests/golden always, the folder SERENE_SHARED_DIR/golden where there is one.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernels/fbank/fbank.h"
#include "runtime/models/common/model_file.h"
#include "runtime/src/reference_run.h"
#include "tests/end_to_end/converted_model.h"
#include "tests/support/engine_device.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

namespace fs = std::filesystem;

struct Case {
  Device device;
  fs::path tensors;
};

// googletest names a case by what it prints.
[[maybe_unused]] void PrintTo(const Case& tested, std::ostream* out) { *out << tested.tensors.filename(); }

// What the executor gets through in a minute of the shared folder, and what it does not of our own.
const std::set<fs::path> kOnExecutor{"cmgan_c16_p232_023", "trnet_cnn6_short", "hubert_er", "wavlm_er"},
    kNotOnExecutor{"default_model", "small_model", "international_model", "trnet_model", "nrser_long"};

// Files of the shared folder of encoders, which say nothing of what made them: the checkpoints, and the state
// that the head reads.
struct EncoderParts {
  std::string encoder, heads, head, state, frame_pool = {};
  // Of a second head in the same checkpoint, "" where there is none.
  std::string quality_state = {}, quality_frame_pool = {};
};
const std::map<fs::path, EncoderParts> kSharedEncoders{
    {"whisper", {"whisper.pt", "4", "", ""}},
    {"bigru_one", {"whisper.pt", "4", "bigru_one.pt", "2"}},
    {"bigru_mix", {"whisper.pt", "4", "bigru_mix.pt", ""}}};
// Those whose folder says all.
const std::set<fs::path> kSharedFolders{"hubert_er", "wav2vec2_er", "wavlm_er", "wav2vec2_msp_dim", "nrser"};

// What rounding moves far, and how far (tests/golden/README.md).
constexpr double kIllConditionedBound = 2e-3;

std::vector<fs::path> files(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    // Of the encoders, those of networks that serene has.
    const bool encoder = entry.path().string().find("/golden/encoders/") != std::string::npos;
    const fs::path name = entry.path().stem();
    if (encoder && !kSharedEncoders.contains(name) && !kSharedFolders.contains(name)) continue;
    if (entry.path().parent_path().filename() == "models") continue;  // model files (model_versions_test.cpp)
    if (entry.path().extension() == extension) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

using Metadata = std::map<std::string, std::string>;

std::string metadata_of(const Metadata& metadata, const std::string& key) {
  const auto it = metadata.find(key);
  return it == metadata.end() ? "" : it->second;
}

// The folder or file that says all of an encoder and its head, "" where the tensors are of none.
fs::path folder_of(const fs::path& tensors, const Metadata& metadata) {
  if (kSharedFolders.contains(tensors.stem())) return tensors.parent_path() / tensors.stem();
  const std::string own = metadata_of(metadata, "encoder");
  return own.starts_with("encoders/") ? test::kOwnGoldens / own : fs::path();
}

bool is_own(const fs::path& tensors) { return tensors.string().starts_with(test::kOwnGoldens.string()); }

void set(converter::ConvertOptions& options, const std::string& part, const std::string& key,
         const std::string& value) {
  if (!value.empty()) options.settings[part][key] = value;
}

// An encoder, and a head on it.
converter::ConvertOptions encoder_of(const fs::path& folder, const EncoderParts& parts,
                                     const std::string& fit) {
  converter::ConvertOptions options;
  options.fit = converter::parse_fit(fit);
  options.parts.push_back({"encoder", (folder / parts.encoder).string()});
  set(options, "encoder", "heads", parts.heads);
  if (parts.head.empty()) return options;
  options.parts.push_back({"head", (folder / parts.head).string()});
  set(options, "head", "state", parts.state);
  set(options, "head", "frame_pool", parts.frame_pool);
  if (parts.quality_state.empty()) return options;
  options.parts.push_back({"quality", (folder / parts.head).string()});
  set(options, "quality", "state", parts.quality_state);
  set(options, "quality", "frame_pool", parts.quality_frame_pool);
  return options;
}

models::ModelFile parsed(converter::ConvertOptions options) {
  return models::parse_model(test::converted(std::move(options)), "converted");
}

// The model that a file of tensors was made with.
models::ModelFile model_of(const fs::path& tensors, const Metadata& metadata) {
  const fs::path folder = is_own(tensors) ? test::kOwnGoldens : test::kSharedGoldens;
  const auto of = [&](const std::string& key) { return metadata_of(metadata, key); };
  if (!of("model").empty()) return models::read_model((test::kModels / of("model")).string());
  if (const fs::path all = folder_of(tensors, metadata); !all.empty()) {
    converter::ConvertOptions options;
    options.parts.push_back({"", all.string()});
    // The shared folder has them in a file that nobody reads.
    set(options, "encoder", "heads", all.filename() == "nrser" && !is_own(tensors) ? "4" : of("heads"));
    return parsed(std::move(options));
  }
  if (const auto it = kSharedEncoders.find(tensors.stem()); it != kSharedEncoders.end())
    return parsed(encoder_of(tensors.parent_path(), it->second, "pad:30"));
  if (!of("encoder").empty())
    return parsed(encoder_of(folder,
                             {of("encoder"), of("heads"), of("head"), of("state"), of("frame_pool"),
                              of("quality_state"), of("quality_frame_pool")},
                             of("fit").empty() ? "none" : of("fit")));
  std::string se = of("se"), ser = of("ser");
  const std::string checkpoint = of("checkpoint");
  (checkpoint.starts_with("trnet") ? ser : se) += checkpoint;
  if (!se.empty()) se = (folder / se).string();
  if (!ser.empty()) ser = (folder / ser).string();
  return models::parse_model(test::converted_model(se, ser, of("fit")), "converted");
}

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, EveryTensorIsWithinItsBound) {
  const auto& [device, tensors] = GetParam();
  const weights::TensorFile reference = weights::read_safetensors(tensors.string());
  runtime::EngineOptions options;
  options.device = test::choice_of(device);
  runtime::Engine engine(std::make_shared<const runtime::Model>(model_of(tensors, reference.metadata)),
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
      if (device == Device::executor &&
          (is_own(tensors) ? kNotOnExecutor.contains(tensors.stem()) : !kOnExecutor.contains(tensors.stem())))
        continue;
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

// What the faster precisions cost, of a model with 16 channels where the shared folder is there, else of 8.
struct PrecisionCase {
  Device device;
  Precision precision;
  double least_snr_db;  // of the enhanced waveform
};

class GoldenPrecision : public testing::TestWithParam<PrecisionCase> {};

TEST_P(GoldenPrecision, KeepsWaveformAndPosterior) {
  const auto [device, precision, least_snr_db] = GetParam();
  runtime::EngineOptions options;
  options.device = test::choice_of(device);
  options.precision = precision;
  const bool shared = fs::is_directory(test::kSharedGoldens);
  const fs::path folder = shared ? test::kSharedGoldens : test::kOwnGoldens;
  const char *enhancer = shared ? "cmgan_c16" : "cmgan_c8", *clip = shared ? "_p232_023" : "_taps";
  {
    const std::vector<std::byte> bytes =
        test::converted_model((folder / (std::string(enhancer) + ".pt")).string(), "", "");
    runtime::Engine engine(std::make_shared<const runtime::Model>(models::parse_model(bytes, "converted")),
                           options);
    const weights::TensorFile reference =
        weights::read_safetensors((folder / (std::string(enhancer) + clip + ".safetensors")).string());
    double snr_db = 0;
    for (const runtime::Comparison& c : runtime::compare_with_reference(engine, reference)) {
      if (c.name == "out.pcm") snr_db = c.snr_db;
    }
    RecordProperty("snr_db", std::to_string(snr_db));
    EXPECT_GE(snr_db, least_snr_db) << precision_name(precision);
  }
  for (const char* name : {"trnet_cnn6_small", "trnet_residual"}) {
    const std::vector<std::byte> bytes =
        test::converted_model("", (test::kOwnGoldens / (std::string(name) + ".pt")).string(), "");
    runtime::Engine engine(std::make_shared<const runtime::Model>(models::parse_model(bytes, "converted")),
                           options);
    const weights::TensorFile reference =
        weights::read_safetensors((test::kOwnGoldens / (std::string(name) + "_t17.safetensors")).string());
    for (const runtime::Comparison& c : runtime::compare_with_reference(engine, reference)) {
      if (c.name != "log_posterior") continue;
      EXPECT_LE(c.worst_absolute, 1e-2) << name;
    }
  }
}

std::vector<PrecisionCase> precision_cases() {
  std::vector<PrecisionCase> all;
  for (Device device : test::devices()) {
    if (device != Device::cpu) all.push_back({device, Precision::tf32, 60});
    all.push_back({device, Precision::bf16, 35});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenPrecision, testing::ValuesIn(precision_cases()), [](const auto& tested) {
  return std::string(precision_name(tested.param.precision));
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenPrecision);

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
