// Profiles of small networks on the device that this program has: what ran within what, how often, and that
// being watched changes no bit.
#include "runtime/src/profile/profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "runtime/src/profile/summary.h"
#include "tests/support/engine_device.h"
#include "tests/support/op_test.h"
#include "tests/support/random_model.h"

namespace serene::runtime {
namespace {

constexpr double kSeconds = 0.06;  // the executor is slow

std::shared_ptr<const Model> small_model() {
  test::ModelSpec config;
  config.se = test::small_se();
  config.ser = test::small_ser(networks::TrnetEncoder::residual);
  config.ser->fit = {models::FitRule::tile, kSeconds};
  return test::random_model(config);
}

Engine small_engine() {
  EngineOptions options;
  options.device = test::choice_of(test::devices().front());
  return {small_model(), options};
}

bool on_cpu() { return test::devices().front() == Device::cpu; }

const Profile& small_profile() {
  static const Profile taken = [] {
    Engine engine = small_engine();
    ProfileOptions options;
    options.repeat = 3;
    options.warmup = 0;
    return profile(engine, options);
  }();
  return taken;
}

std::map<std::string, int64_t> calls(const std::vector<ProfileRow>& rows) {
  std::map<std::string, int64_t> all;
  for (const ProfileRow& row : rows) all[row.name] += row.calls;
  return all;
}

TEST(Profile, SpansNest) {
  const std::vector<Span>& spans = small_profile().spans;
  ASSERT_FALSE(spans.empty());
  EXPECT_EQ(spans[0].name, "pass");
  EXPECT_EQ(spans[0].parent, -1);
  std::map<int64_t, double> free_from;  // of each parent, where its last child ended
  for (size_t i = 1; i < spans.size(); ++i) {
    const Span& span = spans[i];
    SCOPED_TRACE(span.name);
    ASSERT_GE(span.parent, 0);
    ASSERT_LT(span.parent, static_cast<int64_t>(i));
    const Span& around = spans[span.parent];
    EXPECT_LE(span.begin, span.end);
    EXPECT_GE(span.begin, around.begin);
    EXPECT_LE(span.end, around.end);
    EXPECT_GE(span.begin, free_from[span.parent]);
    free_from[span.parent] = span.end;
    // Steps hold steps and ops; ops hold ops and kernels; kernels hold nothing.
    EXPECT_NE(around.kind, SpanKind::kernel);
    const SpanKind least = span.kind == SpanKind::kernel ? SpanKind::op : SpanKind::step;
    EXPECT_GE(around.kind, least);
    EXPECT_LE(around.kind, span.kind);
  }
}

TEST(Profile, HasTheStepsOfTheNetwork) {
  const ProfileSummary summary = summarise(small_profile(), {});
  const std::map<std::string, int64_t> expected{{"upload", 1},
                                                {"se", 1},
                                                {"se.spectrum", 1},
                                                {"se.dense_encoder", 1},
                                                {"se.TSCB_1", 1},
                                                {"se.TSCB_1.time_conformer", 1},
                                                {"se.TSCB_1.freq_conformer", 1},
                                                {"se.mask_decoder", 1},
                                                {"se.complex_decoder", 1},
                                                {"se.waveform", 1},
                                                {"ser", 1},
                                                {"ser.features", 2},
                                                {"ser.front_model", 1},
                                                {"ser.backbone", 1},
                                                {"ser.att_block", 1},
                                                {"ser.back_model", 1},
                                                {"ser.EmotionClassifier", 1},
                                                {"download", 1}};
  EXPECT_EQ(calls(summary.steps), expected);
}

TEST(Profile, HasTheOpsOfTheNetwork) {
  const ProfileSummary summary = summarise(small_profile(), {});
  // Over frequency the conformer is one op, which on the CPU is made of others.
  const int64_t conformers = on_cpu() ? 2 : 1;
  std::map<std::string, int64_t> expected{{"rms_normalize", 1},
                                          {"stft", 1},
                                          {"power_compress", 1},
                                          {"zero_border", 2 + 9},
                                          {"copy", 2},
                                          {"conv2d", 19 + 4},
                                          {"instance_norm", 16},
                                          {"feed_forward", 2 * conformers},
                                          {"relative_attention", conformers},
                                          {"conv_module", conformers},
                                          {"layer_norm", conformers},
                                          {"prelu", 1},
                                          {"mask_estimate", 1},
                                          {"power_expand", 1},
                                          {"istft", 1},
                                          {"fbank", 2},
                                          {"cosine_similarity", 1},
                                          {"hardtanh_blend", 1},
                                          {"residual_conv", 4},
                                          {"frequency_mean", 1},
                                          {"attention_pool", 1},
                                          {"film", 1},
                                          {"classifier", 1}};
  if (!on_cpu()) expected["short_conformer"] = 1;
  EXPECT_EQ(calls(summary.ops), expected);
}

TEST(Profile, KernelsAreThoseOfTheDevice) {
  const ProfileSummary summary = summarise(small_profile(), {});
  const std::map<std::string, int64_t> kernels = calls(summary.kernels);
  if (on_cpu()) {
    EXPECT_TRUE(kernels.empty());
    return;
  }
  EXPECT_EQ(kernels.at("film_kernel"), 1);
  EXPECT_EQ(kernels.at("instance_norm_clip_kernel"), 16);
  const std::vector<Span>& spans = small_profile().spans;
  const std::vector<bool> innermost = innermost_ops(spans);
  std::vector<int> launches(spans.size());
  for (const Span& span : spans) {
    if (span.kind != SpanKind::kernel) continue;
    ++launches[span.parent];
    EXPECT_TRUE(innermost[span.parent]) << span.name;
    EXPECT_GE(span.launch.grid[0] * span.launch.block[0], 1u) << span.name;
  }
  // A border of no width at all launches nothing.
  for (size_t i = 0; i < spans.size(); ++i) {
    if (innermost[i] && spans[i].name != "zero_border") {
      EXPECT_GE(launches[i], 1) << spans[i].name;
    }
  }
}

TEST(Profile, OpsLeaveNoTimeOverAndSumUp) {
  const Profile& taken = small_profile();
  const std::vector<bool> innermost = innermost_ops(taken.spans);
  for (const std::vector<double>& durations : taken.durations) {
    double sum = 0;
    for (size_t i = 0; i < durations.size(); ++i) sum += innermost[i] ? durations[i] : 0;
    EXPECT_LE(sum, durations.front());
    EXPECT_GT(sum, 0);
  }
  const ProfileSummary summary = summarise(taken, {});
  Work ops;
  for (const ProfileRow& row : summary.ops) ops += row.work;
  EXPECT_DOUBLE_EQ(ops.flop, summary.work.flop);
  EXPECT_DOUBLE_EQ(ops.bytes, summary.work.bytes);
  EXPECT_NEAR(summary.times_real_time, kSeconds / summary.total.median, 1e-9);
  EXPECT_EQ(taken.durations.size(), 3u);
}

TEST(Profile, BeingWatchedChangesNoBit) {
  Engine engine = small_engine();
  const std::vector<float> clip = test::tone(960, 3);
  const std::span<const float> span(clip);
  const auto score = [&] { return score_clips(engine, {&span, 1}).front(); };
  const ClipScore before = score();
  score();  // as a graph, where there are any
  Recorder recorder(engine.back_end().timeline());
  engine.observe(&recorder);
  const ClipScore watched = score();
  engine.observe(nullptr);
  EXPECT_GT(recorder.take().size(), 50u);
  const ClipScore after = score();
  EXPECT_TRUE(recorder.take().empty());
  for (const ClipScore* other : {&watched, &after}) {
    EXPECT_EQ(other->log_posterior, before.log_posterior);
    EXPECT_EQ(other->embedding, before.embedding);
    EXPECT_EQ(other->calibrated, before.calibrated);
    EXPECT_EQ(other->coefficient, before.coefficient);
  }
}

}  // namespace
}  // namespace serene::runtime
