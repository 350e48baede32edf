// `serene check`.
#include <gtest/gtest.h>

#include "tests/cli/support/program.h"

namespace serene::test {
namespace {

const std::string kGolden = SERENE_TEST_GOLDEN_DIR;

TEST(CheckRun, EveryTensorOfItsOwnReferencePasses) {
  const ProcessResult run = serene({"check", SERENE_TEST_MODEL, kGolden + "/cmgan_c8_odd.safetensors",
                                    kGolden + "/trnet_residual_t17.safetensors"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("all tensors within their bounds"), std::string::npos) << run.out;
}

// One line instead of a table of tensors that were not computed.
TEST(CheckRun, AModelOfAnotherWidthIsToldByTheFirstShape) {
  struct Case {
    std::string reference, tensor, shape, computed;
    std::string model = SERENE_TEST_MODEL;
  };
  for (const Case& c : {Case{"cmgan_c8_taps", "tap.dense_encoder", "[1, 8, 41, 101]", "[1, 16, 41, 101]",
                             SERENE_TEST_MODELS_DIR "/trnet.safetensors"},
                        Case{"trnet_cnn6_small_batch", "tap.attention", "[3, 32, 3]", "[3, 1, 3]"},
                        Case{"trnet_cnn6_small_t17", "tap.backbone", "[1, 64, 1]", "[1, 64, 2]"},
                        Case{"trnet_baseline_cnn6_t50", "tap.backbone", "[1, 20, 3]", "[1, 64, 4]"},
                        Case{"trnet_model", "0.enhanced.pcm", "[48000]", "[80000]"}}) {
    const std::string reference = kGolden + '/' + c.reference + ".safetensors";
    const ProcessResult run = serene({"check", c.model, reference});
    EXPECT_EQ(run.exit_code, 3) << c.reference;
    EXPECT_EQ(run.out, "") << c.reference;
    EXPECT_EQ(run.err, "serene: error: " + reference + ": " + c.tensor + ": shape " + c.shape + ", " +
                           c.model + " computes " + c.computed + '\n');
  }
}

}  // namespace
}  // namespace serene::test
