// Runs a model over clips. One call at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/src/back_end/back_end.h"
#include "runtime/src/model.h"
#include "runtime/src/pass_runner.h"

namespace serene::runtime {

struct EngineOptions {
  // As in serene.h. executor: in programs linked with the host executor and its kernels.
  enum class Choice { automatic, cpu, cuda, executor } device = Choice::automatic;
  int threads = 0;       // 0: one per core the process may use
  int device_index = 0;  // cuda: which of several
  Precision precision = Precision::fp32;
  size_t graph_bytes =
      size_t{256} << 20;  // of the device's memory for graphs; the one that runs may go beyond
};

struct ClipScore {
  std::vector<float> log_posterior;  // (K)
  std::vector<float> embedding;      // (E)
  std::vector<float> calibrated;     // (E)
  float coefficient = 0;             // NaN without a blend
  bool short_clip = false;           // tiled or padded
  bool silent = false;               // every sample is zero
};

class Engine {
 public:
  // Throws Error(device) if the device asked for is not there.
  Engine(std::shared_ptr<const Model> model, const EngineOptions& options);

  // Throws Error(unsupported) if the model cannot score, Error(audio) naming clip and sample for an empty or
  // non-finite clip.
  std::vector<ClipScore> score(std::span<const std::span<const float>> clips);
  // enhanced[i] has the size of clip i. Clips beyond kWholeSeconds go through equal windows that overlap by
  // kOverlapSeconds and are cross-faded there. Outputs may lie where inputs do. Throws Error(unsupported) if
  // the model cannot enhance, Error(audio) as score.
  void enhance(std::span<const std::span<const float>> clips, std::span<const std::span<float>> enhanced);
  void enhance(std::span<const float> clip, std::span<float> enhanced) {
    enhance({&clip, 1}, {&enhanced, 1});
  }

  // One pass with taps for reference checks; sizes as in Cmgan and Trnet.
  void run_cmgan(std::span<const float> pcm, std::span<float> enhanced, TapSink* taps);
  void run_trnet_features(std::span<const float> pcm, std::span<float> fbank);
  ClipScore run_trnet(std::span<const float> noisy_fbank, std::span<const float> enhanced_fbank,
                      int64_t frames, TapSink* taps);

  // For a profile: tells `observer` of all that runs from now on, null for nobody. Results are the same bits.
  void observe(Observer* observer) { passes_.observe(observer); }
  BackEnd& back_end() { return *back_end_; }

  const Model& model() const { return *model_; }
  // "cpu avx512, 2 threads"
  const std::string& device() const { return back_end_->name(); }
  size_t workspace_bytes() const { return passes_.most_bytes(); }
  size_t graph_bytes() const { return passes_.graph_bytes(); }

  static constexpr double kWholeSeconds = 16, kOverlapSeconds = 1;

 private:
  // A recogniser's outputs for some clips, one behind the other.
  Trnet::Outputs outputs_in(float* out, int64_t batch) const;
  size_t outputs_size(int64_t batch) const;
  void collect(PassRunner::Running&& pass, std::span<ClipScore> scores);
  // One pass over the clips of these numbers, of one length when fitted.
  PassRunner::Running start_score(std::span<const std::span<const float>> clips,
                                  std::span<const size_t> indices);
  // One pass of the enhancer over parts of one length.
  PassRunner::Running start_enhance(std::span<const std::span<const float>> parts, TapSink* taps);

  std::unique_ptr<BackEnd> back_end_;
  std::shared_ptr<const Model> model_;      // the caller's
  std::shared_ptr<const Model> on_device_;  // the same in the device's memory
  PassRunner passes_;
};

}  // namespace serene::runtime
