// The whole of scoring with every thread it has: files decoded by several, an engine of several, rows in
// order. Under ThreadSanitizer, too (tests/threads).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/score/recording_stream.h"
#include "cli/score/run_clips.h"
#include "cli/score/scorer.h"
#include "tests/cli/audio/audio_files.h"
#include "tests/support/random_model.h"
#include "tests/support/temp_folder.h"
#include "weights/safetensors.h"

namespace serene::cli {
namespace {

std::vector<std::byte> model_bytes() {
  test::ModelSpec config;
  config.se = test::small_se();
  config.ser = test::small_ser(networks::TrnetEncoder::residual);
  config.ser->fit = {models::FitRule::tile, 0.2};
  weights::TensorFile file;
  file.tensors = weights::loaded(test::random_model_file(config).tensors);
  file.metadata["serene"] = models::to_json(config);
  return weights::serialize_safetensors(file);
}

class PipelineTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 8; ++i) {
      paths_.push_back(folder_ / (std::to_string(i) + ".wav"));
      const int rate = i % 2 == 0 ? 16000 : 8000;
      if (i != 5)
        test::write_audio(paths_.back(), test::sine(200 + 40 * i, 0.3, rate, 0.1 + 0.05 * i), test::kWav16,
                          rate);
    }
  }

  // One line a row.
  std::string score(size_t decode_threads, int engine_threads, size_t batch) {
    Engine engine(model_, SERENE_DEVICE_CPU, engine_threads);
    std::string rows;
    RecordingStream stream(
        [this](const std::stop_token&, const RecordingStream::Found& found) {
          for (const std::string& path : paths_) found({.path = path});
        },
        // In pieces, the next of which is read while this one is scored.
        [](const Input& input) { return load_sound(input.path, input.segment, Channels{}, 1600); },
        {.threads = decode_threads, .listed = 4, .recordings = 8});
    const size_t window = model_.clip_samples();
    Scorer scorer(
        {.window = window, .hop = window, .window_rows = true, .batch = batch, .pool = 2},
        RowOutputs(model_.output_specs()),
        [&](std::span<const serene_clip> clips) {
          return run_clips(engine, RowOutputs(model_.output_specs()), clips);
        },
        [&](const Outcome& outcome) {
          for (const Row& row : outcome.rows) rows += to_line(row);
          stream.done(outcome.samples);
        });
    for (;;) {
      auto loaded = stream.next(std::chrono::milliseconds(200));
      if (!loaded) {
        scorer.flush();
        if (stream.finished()) return rows;
      } else if (const auto* error = std::get_if<InputError>(&loaded->result)) {
        scorer.add(std::move(loaded->input), *error);
      } else {
        scorer.add(std::move(loaded->input), std::move(std::get<Sound>(loaded->result)));
      }
    }
  }

  const test::TempFolder folder_;
  std::vector<std::string> paths_;
  const Model model_{model_bytes(), "small"};
};

TEST_F(PipelineTest, RowsAreTheSameBytesHoweverManyThreads) {
  const std::string alone = score(1, 1, 1);
  size_t at = 0;
  for (const std::string& path : paths_) {
    at = alone.find("\"path\":\"" + path + '"', at);
    ASSERT_NE(at, std::string::npos) << path;
  }
  EXPECT_NE(alone.find("\"code\":\"not_found\""), std::string::npos);
  EXPECT_EQ(score(4, 3, 4), alone);
}

}  // namespace
}  // namespace serene::cli
