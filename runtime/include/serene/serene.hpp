// C++ over serene.h: RAII, spans, exceptions. Header-only, so that the ABI stays C.
#ifndef SERENE_SERENE_HPP_
#define SERENE_SERENE_HPP_

#include <serene/serene.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace serene {

// Thrown by everything below; what() is serene_last_error().
class Failure : public std::runtime_error {
 public:
  Failure(serene_status status, const std::string& what) : std::runtime_error(what), status_(status) {}
  serene_status status() const noexcept { return status_; }

 private:
  serene_status status_;
};

inline void check(serene_status status) {
  if (status != SERENE_OK) throw Failure(status, serene_last_error());
}

// What a model says of a clip under one name.
struct OutputSpec {
  std::string name;
  serene_output_kind kind = SERENE_OUTPUT_SCALAR;
  size_t size = 1;                       // numbers a clip
  std::vector<std::string> labels = {};  // of classes
  double threshold = 0;                  // as serene_model_output_threshold
};

// An immutable model; cheap to move.
class Model {
 public:
  explicit Model(const std::string& path) {
    if (path.find('\0') != path.npos) throw Failure(SERENE_INVALID_ARGUMENT, "a path with a NUL in it");
    serene_model* model = nullptr;
    check(serene_model_open(path.c_str(), &model));
    model_.reset(model);
  }
  Model(std::span<const std::byte> bytes, const std::string& name) {
    serene_model* model = nullptr;
    check(serene_model_parse(bytes.data(), bytes.size(), name.c_str(), &model));
    model_.reset(model);
  }
  bool can_enhance() const { return serene_model_can_enhance(model_.get()) != 0; }
  // Whether Engine::run gives anything, and whether Engine::score does.
  bool can_run() const { return serene_model_can_run(model_.get()) != 0; }
  bool can_score() const { return serene_model_can_score(model_.get()) != 0; }
  std::vector<std::string> labels() const {
    std::vector<std::string> labels;
    for (size_t i = 0; i < serene_model_label_count(model_.get()); ++i) {
      labels.emplace_back(serene_model_label(model_.get(), i));
    }
    return labels;
  }
  size_t embedding_size() const { return serene_model_embedding_size(model_.get()); }
  // Samples the classifier looks at in one go, 0 for any length.
  size_t clip_samples() const { return serene_model_clip_samples(model_.get()); }
  size_t window_samples() const { return serene_model_window_samples(model_.get()); }
  // Names of the outputs, the primary one first.
  std::vector<std::string> outputs() const {
    std::vector<std::string> names;
    for (size_t i = 0; i < serene_model_output_count(model_.get()); ++i)
      names.emplace_back(serene_model_output_name(model_.get(), i));
    return names;
  }
  // The same with all that is known of them.
  std::vector<OutputSpec> output_specs() const {
    std::vector<OutputSpec> specs;
    for (size_t i = 0; i < serene_model_output_count(model_.get()); ++i) {
      OutputSpec& spec = specs.emplace_back(OutputSpec{serene_model_output_name(model_.get(), i),
                                                       serene_model_output_kind(model_.get(), i),
                                                       serene_model_output_size(model_.get(), i)});
      for (size_t k = 0; const char* label = serene_model_output_label(model_.get(), i, k); ++k)
        spec.labels.emplace_back(label);
      spec.threshold = serene_model_output_threshold(model_.get(), i);
    }
    return specs;
  }
  bool has_output(const std::string& name) const {
    for (const std::string& output : outputs()) {
      if (output == name) return true;
    }
    return false;
  }
  // As serene_model_state_count and serene_model_state_width.
  size_t state_count() const { return serene_model_state_count(model_.get()); }
  size_t state_width() const { return serene_model_state_width(model_.get()); }
  std::string description() const { return serene_model_description(model_.get()); }
  const serene_model* get() const { return model_.get(); }

 private:
  struct Close {
    void operator()(serene_model* model) const { serene_model_close(model); }
  };
  std::unique_ptr<serene_model, Close> model_;
};

struct Score {
  std::vector<float> posterior;        // (K)
  std::vector<float> log_posterior;    // (K)
  float coefficient = 0;               // c in [0, 1], NaN where the model has no blend
  uint32_t flags = 0;                  // SERENE_CLIP_*
  std::vector<float> embedding = {};   // (E), h before the bridge
  std::vector<float> calibrated = {};  // (E), h after it
};

// What Engine::run says of clips, output by output.
class Results {
 public:
  explicit Results(serene_results* results) : results_(results) {}

  // Clips.
  size_t count() const { return serene_results_count(results_.get()); }
  // As serene_results_values; live as long as the results.
  std::span<const float> values(size_t clip, const std::string& output) const {
    const float* values = nullptr;
    size_t count = 0;
    check(serene_results_values(results_.get(), clip, output.c_str(), &values, &count));
    return {values, count};
  }
  // Of classes, the most probable one; "" for other outputs.
  std::string label(size_t clip, const std::string& output) const {
    const char* text = nullptr;
    check(serene_results_text(results_.get(), clip, output.c_str(), &text));
    return text == nullptr ? "" : text;
  }
  uint32_t flags(size_t clip) const { return serene_results_flags(results_.get(), clip); }
  const serene_results* get() const { return results_.get(); }

 private:
  struct Free {
    void operator()(serene_results* results) const { serene_results_free(results); }
  };
  std::unique_ptr<serene_results, Free> results_;
};

// What serene_recording and serene_recording_options say besides the samples.
struct RecordingOptions {
  double window = 0;                     // seconds, 0: the model's clip
  double hop = 0;                        // seconds, 0: the window
  std::optional<uint32_t> channel = {};  // counted from 0; without it the mean of all
  float full_scale = 0;                  // as in serene_recording
  double level = 0;                      // dB of full scale that the sound is brought to, 0: as it is
  double min_confidence = 0;             // the least that the highest posterior must be for a label
  double min_level = 0;                  // the least level of what is judged, 0: as the model has it
};

namespace detail {

// A recording and its options for the C interface.
struct RecordingArguments {
  RecordingArguments(std::span<const float> interleaved, uint32_t channels, uint32_t rate,
                     const RecordingOptions& how) {
    if (channels == 0 || interleaved.size() % channels != 0) {
      throw Failure(SERENE_INVALID_ARGUMENT, "the samples are no whole number of frames");
    }
    recording.struct_size = sizeof(recording);
    recording.sample_rate = rate;
    recording.channels = channels;
    recording.full_scale = how.full_scale;
    recording.samples = interleaved.data();
    recording.frames = interleaved.size() / channels;
    options.struct_size = sizeof(options);
    options.channels = how.channel ? SERENE_CHANNELS_ONE : SERENE_CHANNELS_MIX;
    options.channel = how.channel.value_or(0);
    options.window_seconds = how.window;
    options.hop_seconds = how.hop;
    options.level = how.level;
    options.min_confidence = how.min_confidence;
    options.min_level = how.min_level;
  }
  serene_recording recording{};
  serene_recording_options options{};
};

}  // namespace detail

// A hidden state of a clip.
struct States {
  size_t rows = 0, width = 0;
  std::vector<float> values;  // (rows, width)
};

// A stretch of a recording, as it is scored.
struct RecordingClip {
  double start = 0, seconds = 0;
  std::vector<float> samples;  // (N), 16 kHz, mono
};

// A stretch of a recording that was scored.
struct Window {
  double start = 0, seconds = 0;
  std::string label;             // of the most probable class, "" where there is a reason
  std::vector<float> posterior;  // (K)
  float coefficient = 0;         // c in [0, 1], NaN where the model has no blend
  uint32_t flags = 0;            // SERENE_CLIP_SHORT
  std::string reason = {};       // why it has no label
  // All outputs of the model by name, as serene_results_values.
  std::map<std::string, std::vector<float>> outputs = {};
};

// A recording as a whole.
struct RecordingScore {
  std::string label;             // of the most probable class, "" where there is a reason
  std::vector<float> posterior;  // (K), the windows' mean; empty where nothing has sound
  float coefficient = 0;         // the same; NaN also without a posterior
  std::string reason;            // why there is no label, as serene_results_reason
  uint32_t flags = 0;            // SERENE_CLIP_SHORT, SERENE_RECORDING_*
  double seconds = 0;
  double silent_share = 0;      // in pauses, which are not scored
  double clipped_share = 0;     // at full scale
  std::vector<Window> windows;  // in order of time
  // All outputs of the model by name, the windows' means; empty where nothing has sound.
  std::map<std::string, std::vector<float>> outputs = {};
};

// As serene_model_cut_recording.
inline std::vector<RecordingClip> cut_recording(const Model& model, std::span<const float> interleaved,
                                                uint32_t channels, uint32_t rate,
                                                const RecordingOptions& options = {}) {
  const detail::RecordingArguments given(interleaved, channels, rate, options);
  serene_results* made = nullptr;
  check(serene_model_cut_recording(model.get(), &given.recording, &given.options, &made));
  const Results results(made);
  std::vector<RecordingClip> clips;
  for (size_t i = 0; i < results.count(); ++i) {
    const std::span<const float> samples = results.values(i, "samples");
    clips.push_back(
        {serene_results_start(made, i), serene_results_seconds(made, i), {samples.begin(), samples.end()}});
  }
  return clips;
}

class Engine {
 public:
  // `device_index` says which GPU, of several.
  explicit Engine(const Model& model, serene_device device = SERENE_DEVICE_AUTO, int threads = 0,
                  int device_index = 0, serene_precision precision = SERENE_PRECISION_FP32)
      : labels_(serene_model_label_count(model.get())),
        embedding_(serene_model_embedding_size(model.get())),
        state_width_(serene_model_state_width(model.get())),
        outputs_(model.outputs()) {
    serene_engine_options options;
    serene_engine_options_init(&options);
    options.device = device;
    options.threads = threads;
    options.device_index = device_index;
    options.precision = precision;
    serene_engine* engine = nullptr;
    check(serene_engine_create(model.get(), &options, &engine));
    engine_.reset(engine);
  }
  std::vector<Score> score(std::span<const serene_clip> clips) {
    const size_t n = clips.size();
    std::vector<float> posterior(n * labels_), log_posterior(n * labels_), coefficient(n);
    std::vector<float> embedding(n * embedding_), calibrated(n * embedding_);
    std::vector<uint32_t> flags(n);
    serene_score_outputs outputs{};
    outputs.struct_size = sizeof(outputs);
    outputs.posterior = posterior.data();
    outputs.log_posterior = log_posterior.data();
    outputs.coefficient = coefficient.data();
    outputs.embedding = embedding.data();
    outputs.calibrated = calibrated.data();
    outputs.flags = flags.data();
    check(serene_engine_score(engine_.get(), clips.data(), n, &outputs));
    std::vector<Score> scores(n);
    for (size_t i = 0; i < n; ++i) {
      scores[i].posterior = row(posterior, i, labels_);
      scores[i].log_posterior = row(log_posterior, i, labels_);
      scores[i].embedding = row(embedding, i, embedding_);
      scores[i].calibrated = row(calibrated, i, embedding_);
      scores[i].coefficient = coefficient[i];
      scores[i].flags = flags[i];
    }
    return scores;
  }
  Results run(std::span<const serene_clip> clips) {
    serene_results* results = nullptr;
    check(serene_engine_run(engine_.get(), clips.data(), clips.size(), &results));
    return Results(results);
  }
  // Of these outputs alone, numbers in Model::outputs(): what they do not need is not computed.
  Results run(std::span<const serene_clip> clips, std::span<const size_t> outputs) {
    serene_results* results = nullptr;
    check(serene_engine_run_outputs(engine_.get(), clips.data(), clips.size(), outputs.data(), outputs.size(),
                                    &results));
    return Results(results);
  }
  // As serene_engine_states.
  std::vector<States> states(std::span<const serene_clip> clips, size_t state = SERENE_LAST_STATE,
                             size_t group_size = 1) {
    serene_results* made = nullptr;
    check(serene_engine_states(engine_.get(), clips.data(), clips.size(), state, group_size, &made));
    const Results results(made);
    std::vector<States> all;
    for (size_t i = 0; i < results.count(); ++i) {
      const std::span<const float> values = results.values(i, "states");
      all.push_back({values.size() / state_width_, state_width_, {values.begin(), values.end()}});
    }
    return all;
  }
  // interleaved: (frames, channels), at `rate` Hz.
  RecordingScore score_recording(std::span<const float> interleaved, uint32_t channels, uint32_t rate,
                                 const RecordingOptions& options = {}) {
    const detail::RecordingArguments given(interleaved, channels, rate, options);
    serene_results* made = nullptr;
    check(serene_engine_score_recording(engine_.get(), &given.recording, &given.options, &made));
    const Results results(made);
    RecordingScore score;
    score.label = results.label(SERENE_WHOLE_RECORDING, "posterior");
    score.posterior = values_of(results, SERENE_WHOLE_RECORDING, "posterior");
    score.coefficient = coefficient_of(results, SERENE_WHOLE_RECORDING);
    score.reason = serene_results_reason(made);
    score.flags = serene_results_flags(made, SERENE_WHOLE_RECORDING);
    score.seconds = serene_results_seconds(made, SERENE_WHOLE_RECORDING);
    score.silent_share = serene_results_silent_share(made);
    score.clipped_share = serene_results_clipped_share(made);
    if (serene_results_count(made) > 0) score.outputs = outputs_of(results, SERENE_WHOLE_RECORDING);
    for (size_t i = 0; i < serene_results_count(made); ++i) {
      score.windows.push_back({serene_results_start(made, i), serene_results_seconds(made, i),
                               results.label(i, "posterior"), values_of(results, i, "posterior"),
                               coefficient_of(results, i), results.flags(i),
                               serene_results_item_reason(made, i), outputs_of(results, i)});
    }
    return score;
  }
  std::vector<float> enhance(std::span<const float> samples) {
    std::vector<float> enhanced(samples.size());
    const serene_clip clip{samples.data(), samples.size()};
    float* out = enhanced.data();
    check(serene_engine_enhance(engine_.get(), &clip, 1, &out));
    return enhanced;
  }
  std::string device() const { return serene_engine_device(engine_.get()); }
  size_t workspace_bytes() const { return serene_engine_workspace_bytes(engine_.get()); }
  serene_engine* get() const { return engine_.get(); }

 private:
  static std::vector<float> row(const std::vector<float>& rows, size_t index, size_t width) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(index * width);
    return {begin, begin + static_cast<std::ptrdiff_t>(width)};
  }
  static std::vector<float> values_of(const Results& results, size_t item, const char* output) {
    const std::span<const float> values = results.values(item, output);
    return {values.begin(), values.end()};
  }
  std::map<std::string, std::vector<float>> outputs_of(const Results& results, size_t item) const {
    std::map<std::string, std::vector<float>> outputs;
    for (const std::string& name : outputs_) outputs[name] = values_of(results, item, name.c_str());
    return outputs;
  }
  static float coefficient_of(const Results& results, size_t item) {
    const std::span<const float> values = results.values(item, "coefficient");
    return values.empty() ? std::numeric_limits<float>::quiet_NaN() : values.front();
  }
  struct Destroy {
    void operator()(serene_engine* engine) const { serene_engine_destroy(engine); }
  };
  size_t labels_, embedding_, state_width_;
  std::vector<std::string> outputs_;
  std::unique_ptr<serene_engine, Destroy> engine_;
};

}  // namespace serene
#endif  // SERENE_SERENE_HPP_
