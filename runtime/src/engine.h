// Runs a model over clips. One call at a time.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/src/back_end/back_end.h"
#include "runtime/src/model.h"
#include "runtime/src/pass_runner.h"

namespace serene::runtime {

struct EngineOptions {
  // As in serene.h. executor: in test programs, which are linked with the host executor and its kernels;
  // automatic is that one there where their environment has SERENE_TEST_EXECUTOR.
  enum class Choice { automatic, cpu, cuda, executor } device = Choice::automatic;
  int threads = 0;       // 0: one per core the process may use
  int device_index = 0;  // cuda: which of several
  Precision precision = Precision::fp32;
  size_t graph_bytes =
      size_t{256} << 20;  // of the device's memory for graphs; the one that runs may go beyond
};

// What a model says of a clip.
struct ClipResult {
  std::vector<std::vector<float>> outputs;  // as Model::outputs has them; of classes, log posteriors
  bool short_clip = false;                  // tiled or padded
  bool cut = false;                         // longer than the model's clip: the rest was not looked at
  bool silent = false;                      // every sample is zero
};

// Which hidden state of an encoder is asked for, and how many of its frames make a row.
struct StateChoice {
  int64_t state = -1;      // 0 is what enters the first layer, l what layer l puts out; -1: the last
  int64_t group_size = 1;  // the mean of so many frames is a row; the last of a clip may be of fewer
};

// Of one clip.
struct ClipStates {
  int64_t rows = 0;
  std::vector<float> values;  // (rows, H)
};

class Engine {
 public:
  // Throws Error(device) if the device asked for is not there.
  Engine(std::shared_ptr<const Model> model, const EngineOptions& options);

  // Throws Error(unsupported) if the model cannot score, and Error(audio) naming clip and sample for an empty
  // or non-finite clip.
  //
  // `wanted` are the numbers of the outputs asked for, none: all. Results have no values of the others.
  std::vector<ClipResult> score(std::span<const std::span<const float>> clips,
                                std::span<const size_t> wanted = {});
  // Of one clip as it is, whatever the model's clip rule; `probes` sees the values inside. Throws as score().
  ClipResult score_with(std::span<const float> fitted, ProbeSink& probes);
  // A hidden state of the model's encoder for each clip, which is brought to the model's length as by
  // score(). Throws Error(unsupported) where the model has no encoder of clips, Error(invalid_argument) for a
  // state that it has not, Error(audio) as score().
  std::vector<ClipStates> states(std::span<const std::span<const float>> clips, const StateChoice& choice);
  // enhanced[i] has the size of clip i. Clips beyond kWholeSeconds go through equal windows that overlap by
  // kOverlapSeconds and are cross-faded there. Outputs may lie where inputs do. Throws Error(unsupported) if
  // the model cannot enhance, Error(audio) as score.
  void enhance(std::span<const std::span<const float>> clips, std::span<const std::span<float>> enhanced);
  void enhance(std::span<const float> clip, std::span<float> enhanced) {
    enhance({&clip, 1}, {&enhanced, 1});
  }

  // One pass of a part alone; `probes` sees the values inside of it. Inputs and results are those of the
  // part's network (Network::result_shapes). Throws Error(invalid_argument) for others, and for a part that
  // is not there.
  ValuesByName run_part(const std::string& part, const ValuesByName& inputs, ProbeSink& probes);

  // For a profile: tells `observer` of all that runs from now on, null for nobody. Results are the same bits.
  void observe(Observer* observer) { passes_.observe(observer); }
  BackEnd& back_end() { return *back_end_; }

  const Model& model() const { return *model_; }
  // "cpu avx512, 2 threads"
  const std::string& device() const { return back_end_->name(); }
  size_t workspace_bytes() const { return passes_.most_bytes(); }
  size_t graph_bytes() const { return passes_.graph_bytes(); }

  static constexpr double kWholeSeconds = 16, kOverlapSeconds = 1;
  // Frames in a mean of states(), as in heads.

 private:
  // Which outputs a pass gives, by their numbers.
  using Outputs = std::vector<size_t>;
  Outputs all_outputs() const;
  // Those that have to be computed for the ones wanted.
  Outputs outputs_for(std::span<const size_t> wanted) const;
  // Floats of these outputs of some clips, and each output (batch, size) among them, one after another; of
  // others views without data.
  size_t outputs_size(int64_t batch, const Outputs& given) const;
  std::vector<View<float, 2>> outputs_in(float* out, int64_t batch, const Outputs& given) const;
  void collect(PendingPass&& pass, std::span<ClipResult> results, const Outputs& given,
               std::span<const size_t> wanted = {});
  // Throws Error(audio) where the model needs more samples, or takes fewer.
  void check_length(size_t clip, int64_t samples) const;
  // One pass over the clips of these numbers, of one length when fitted unless the model takes others.
  PendingPass start_score(std::span<const std::span<const float>> clips, std::span<const size_t> indices,
                          const Outputs& given);
  PendingPass start_score(const std::vector<int64_t>& lengths, const Outputs& given, ProbeSink* taps,
                          const PassRunner::Fill& fill);
  // Clips by their fitted lengths; throws Error(audio) where one cannot be looked at.
  std::map<int64_t, std::vector<size_t>> by_length(std::span<const std::span<const float>> clips) const;
  // One pass of the encoder up to a state, over clips of these numbers.
  PendingPass start_states(std::span<const std::span<const float>> clips, std::span<const size_t> indices,
                           const StateChoice& choice);
  // Rows of a state of a clip of so many fitted samples.
  int64_t state_rows(int64_t samples, const StateChoice& choice) const;
  // One pass of the enhancer over parts of one length.
  PendingPass start_enhance(std::span<const std::span<const float>> parts);

  std::unique_ptr<BackEnd> back_end_;
  std::shared_ptr<const Model> model_;      // the caller's
  std::shared_ptr<const Model> on_device_;  // the same in the device's memory
  PassRunner passes_;
};

}  // namespace serene::runtime
