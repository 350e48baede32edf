#include "runtime/models/nrser/nrser_model.h"

#include <algorithm>

#include "kernels/level_mix/level_mix.h"
#include "runtime/models/common/headed_encoder.h"
#include "runtime/models/common/heads.h"
#include "runtime/models/common/speech_level.h"

namespace serene::runtime {
namespace {

class NrserModel : public Wiring {
 public:
  NrserModel(const models::ModelConfig& config, const Parts& parts)
      : speech_(config, parts), headed_(config, parts), level_(models::head_outputs(config).size()) {}

  const Enhancer* enhancer() const override { return &speech_.enhancer(); }
  int64_t minimum_samples() const override { return headed_.encoder().minimum_samples(); }
  int64_t maximum_samples() const override { return headed_.encoder().maximum_samples(); }
  // Ten segments: attention takes the square of a clip's length.
  int64_t window_samples() const override {
    return std::min(10 * SpeechLevel::kSegment, headed_.encoder().maximum_samples());
  }
  bool ragged() const override { return true; }
  // The level takes neither the encoder nor the heads.
  bool gives_alone(std::span<const size_t> outputs) const override {
    return std::ranges::all_of(outputs, [&](size_t output) { return output == level_; });
  }

  void forward(const Pass& pass, const Waveforms& clips,
               std::span<const View<float, 2>> outputs) const override {
    const Arena::Scope scope(pass.arena);
    const View<float, 2>& level = outputs[level_];
    if (outputs.front().data == nullptr) {
      speech_.forward(pass, clips, speech_.enhance(pass, clips), level);
      return;
    }
    const int64_t n = clips.samples.size(0);
    const View<float, 1> mixed = pass.arena.take<1>({n});
    {
      const Arena::Scope enhanced_scope(pass.arena);
      const Segments enhanced = speech_.enhance(pass, clips);
      speech_.forward(pass, clips, enhanced, level);
      LevelMixArgs mix;
      mix.x = clips.samples;
      mix.clips = clips.clips;
      mix.e = enhanced.samples;
      mix.segments = enhanced.clips;
      mix.level = level;
      mix.y = mixed;
      pass.run([&] { level_mix(mix, pass.stream); });
    }
    pass.tap("mixed.pcm", {mixed.data, {1, 1, 1, n}, {n, n, n, 1}});
    headed_.forward(pass, {mixed, clips.clips}, outputs.first(level_));
  }

  std::vector<std::string> reference_names(const std::string& output) const override {
    if (output == "emotion") return {"log_posterior"};
    if (output == "level") return {"level", "snr.level"};
    return {output};
  }

 private:
  SpeechLevel speech_;
  HeadedEncoder headed_;
  size_t level_;  // which output it is, after those of the heads
};

}  // namespace

std::unique_ptr<Wiring> make_nrser_model(const models::ModelConfig& config, const Parts& parts) {
  return std::make_unique<NrserModel>(config, parts);
}

}  // namespace serene::runtime
