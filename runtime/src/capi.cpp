// The C interface but for recordings (capi_recording.cpp) and what results say (capi_results.cpp).
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "kernels/common/error.h"
#include "runtime/models/common/model_file.h"
#include "runtime/src/capi_guard.h"
#include "runtime/src/capi_handles.h"
#include "runtime/src/capi_results.h"
#include "runtime/src/capi_struct.h"
#include "runtime/src/clip_score.h"
#include "runtime/src/fit.h"
#include "runtime/src/last_error.h"
#include "runtime/src/log.h"
#include "runtime/src/output_values.h"
#include "serene/serene.h"

#define SERENE_TEXT_(x) #x
#define SERENE_TEXT(x) SERENE_TEXT_(x)

namespace {

using serene::Error;
using serene::ErrorKind;
using serene::capi::guarded;
using serene::capi::require;

}  // namespace

namespace serene::capi {

serene_status status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_argument:
      return SERENE_INVALID_ARGUMENT;
    case ErrorKind::model:
      return SERENE_MODEL_ERROR;
    case ErrorKind::audio:
      return SERENE_AUDIO_ERROR;
    case ErrorKind::device:
      return SERENE_DEVICE_ERROR;
    case ErrorKind::out_of_memory:
      return SERENE_OUT_OF_MEMORY;
    case ErrorKind::unsupported:
      return SERENE_UNSUPPORTED;
    case ErrorKind::internal:
      return SERENE_INTERNAL;
  }
  return SERENE_INTERNAL;
}

serene_status fail(serene_status status, const char* text) noexcept {
  serene::runtime::set_last_error(text);
  return status;
}

}  // namespace serene::capi

namespace {

// The structs' sizes in the first release.
constexpr size_t kFirstEngineOptions = offsetof(serene_engine_options, precision) + sizeof(uint32_t);
constexpr size_t kFirstScoreOutputs = offsetof(serene_score_outputs, flags) + sizeof(uint32_t*);

// Null where the model has none.
const serene::models::OutputSpec* classes_of(const serene_model* model) {
  if (model == nullptr) return nullptr;
  const auto classes = model->model->first_classes();
  return classes ? &model->model->outputs[*classes] : nullptr;
}

// Null beyond the last.
const serene::models::OutputSpec* output_of(const serene_model* model, size_t output) {
  return output < serene_model_output_count(model) ? &model->model->outputs[output] : nullptr;
}

// Null where the model has none whose states can be asked for.
const serene::runtime::Encoder* encoder_of(const serene_model* model) {
  return model == nullptr ? nullptr : model->model->wiring().encoder();
}

// Throws Error(unsupported) where serene_engine_score has nothing to say.
void require_classes(const serene::runtime::Model& model) {
  model.require_score();
  if (model.first_classes()) return;
  throw Error(ErrorKind::unsupported, model.name + ": the model has no classes; use serene_engine_run");
}

std::span<const float> clip_of(const serene_clip& clip, size_t index) {
  if (clip.samples == nullptr && clip.count > 0) {
    throw Error(ErrorKind::invalid_argument, "clip " + std::to_string(index) + ": samples is null");
  }
  return {clip.samples, clip.count};
}

std::vector<std::span<const float>> clips_of(const serene_clip* clips, size_t n) {
  std::vector<std::span<const float>> spans;
  for (size_t i = 0; i < n; ++i) spans.push_back(clip_of(clips[i], i));
  return spans;
}

// Of a ClipResult or a ClipScore.
template <class Clip>
uint32_t flags_of(const Clip& clip) {
  return (clip.short_clip ? SERENE_CLIP_SHORT : 0) | (clip.silent ? SERENE_CLIP_SILENT : 0) |
         (clip.cut ? SERENE_CLIP_CUT : 0);
}

// Of the outputs of these numbers, none: of all.
std::unique_ptr<serene_results> run(serene_engine& engine, std::span<const serene_clip> clips,
                                    std::span<const size_t> outputs) {
  const std::vector<std::span<const float>> spans = clips_of(clips.data(), clips.size());
  const serene::runtime::Model& model = engine.engine.model();
  auto results = std::make_unique<serene_results>(model);
  std::vector<serene::runtime::ClipResult> run;
  {
    const std::lock_guard lock(engine.mutex);
    run = engine.engine.score(spans, outputs);
  }
  for (size_t i = 0; i < clips.size(); ++i) {
    const double seconds = static_cast<double>(clips[i].count) / SERENE_SAMPLE_RATE;
    results->items.push_back({serene::runtime::output_values(model.outputs, std::move(run[i].outputs)),
                              flags_of(run[i]), 0, seconds});
  }
  return results;
}

}  // namespace

extern "C" {

uint32_t serene_abi_version(void) { return SERENE_ABI_VERSION; }
const char* serene_version(void) { return SERENE_TEXT(SERENE_VERSION); }
const char* serene_last_error(void) { return serene::runtime::last_error(); }

void serene_set_log_callback(serene_log_callback callback, void* user) {
  serene::runtime::set_log(callback, user);
}

serene_status serene_model_open(const char* path, serene_model** model) {
  return guarded([&] {
    require(path != nullptr && model != nullptr, "serene_model_open: path or model is null");
    *model = new serene_model{std::make_shared<serene::runtime::Model>(serene::models::read_model(path))};
  });
}

serene_status serene_model_parse(const void* bytes, size_t size, const char* name, serene_model** model) {
  return guarded([&] {
    require((bytes != nullptr || size == 0) && model != nullptr,
            "serene_model_parse: bytes or model is null");
    const std::span<const std::byte> span(static_cast<const std::byte*>(bytes), size);
    *model = new serene_model{std::make_shared<serene::runtime::Model>(
        serene::models::parse_model(span, name == nullptr ? "model" : name))};
  });
}

void serene_model_close(serene_model* model) { delete model; }

int serene_model_can_enhance(const serene_model* model) {
  return guarded([&] {
           require(model != nullptr, "serene_model_can_enhance: model is null");
           model->model->require_enhance();
         }) == SERENE_OK;
}
int serene_model_can_run(const serene_model* model) {
  return guarded([&] {
           require(model != nullptr, "serene_model_can_run: model is null");
           model->model->require_score();
         }) == SERENE_OK;
}
int serene_model_can_score(const serene_model* model) {
  return guarded([&] {
           require(model != nullptr, "serene_model_can_score: model is null");
           require_classes(*model->model);
         }) == SERENE_OK;
}

size_t serene_model_label_count(const serene_model* model) {
  const auto* classes = classes_of(model);
  return classes == nullptr ? 0 : classes->labels.size();
}

const char* serene_model_label(const serene_model* model, size_t index) {
  return index < serene_model_label_count(model) ? classes_of(model)->labels[index].c_str() : nullptr;
}

size_t serene_model_embedding_size(const serene_model* model) {
  if (model == nullptr) return 0;
  const auto embedding = model->model->output("embedding");
  return embedding ? static_cast<size_t>(model->model->outputs[*embedding].size) : 0;
}

size_t serene_model_clip_samples(const serene_model* model) {
  return model == nullptr ? 0 : static_cast<size_t>(serene::runtime::fit_samples(model->model->config.clip));
}

size_t serene_model_window_samples(const serene_model* model) {
  return model == nullptr ? 0 : static_cast<size_t>(model->model->window_samples());
}

size_t serene_model_output_count(const serene_model* model) {
  return model == nullptr ? 0 : model->model->outputs.size();
}

const char* serene_model_output_name(const serene_model* model, size_t output) {
  const auto* spec = output_of(model, output);
  return spec == nullptr ? nullptr : spec->name.c_str();
}

serene_output_kind serene_model_output_kind(const serene_model* model, size_t output) {
  const auto* spec = output_of(model, output);
  using serene::models::OutputKind;
  static_assert(static_cast<int>(OutputKind::classes) == SERENE_OUTPUT_CLASSES &&
                static_cast<int>(OutputKind::scalar) == SERENE_OUTPUT_SCALAR &&
                static_cast<int>(OutputKind::vector) == SERENE_OUTPUT_VECTOR);
  return spec == nullptr ? SERENE_OUTPUT_SCALAR : static_cast<serene_output_kind>(spec->kind);
}

size_t serene_model_output_size(const serene_model* model, size_t output) {
  const auto* spec = output_of(model, output);
  return spec == nullptr ? 0 : static_cast<size_t>(spec->size);
}

double serene_model_output_threshold(const serene_model* model, size_t output) {
  const auto* spec = output_of(model, output);
  return spec == nullptr ? 0 : spec->speech_threshold;
}

const char* serene_model_output_label(const serene_model* model, size_t output, size_t label) {
  const auto* spec = output_of(model, output);
  return spec == nullptr || label >= spec->labels.size() ? nullptr : spec->labels[label].c_str();
}

uint32_t serene_model_sample_rate(const serene_model* model) {
  return model == nullptr ? 0 : static_cast<uint32_t>(serene::models::kSampleRate);
}

size_t serene_model_state_count(const serene_model* model) {
  const auto* encoder = encoder_of(model);
  return encoder == nullptr ? 0 : static_cast<size_t>(encoder->last_state() + 1);
}

size_t serene_model_state_width(const serene_model* model) {
  const auto* encoder = encoder_of(model);
  return encoder == nullptr ? 0 : static_cast<size_t>(encoder->width());
}

const char* serene_model_description(const serene_model* model) {
  return model == nullptr ? "" : model->model->description.c_str();
}

void serene_engine_options_init(serene_engine_options* options) {
  if (options == nullptr) return;
  // Nothing beyond: a program of the first release has no room there.
  std::memset(options, 0, kFirstEngineOptions);
  options->struct_size = kFirstEngineOptions;
  options->device = SERENE_DEVICE_AUTO;
}

serene_status serene_engine_create(const serene_model* model, const serene_engine_options* options,
                                   serene_engine** engine) {
  return guarded([&] {
    require(model != nullptr && engine != nullptr, "serene_engine_create: model or engine is null");
    serene::runtime::EngineOptions chosen;
    if (options != nullptr) {
      const serene_engine_options given =
          serene::capi::callers_struct(options, kFirstEngineOptions, "serene_engine_create: options");
      require(given.device <= SERENE_DEVICE_CUDA, "serene_engine_create: options.device is unknown");
      require(given.threads >= 0 && given.threads <= 1024,
              "serene_engine_create: options.threads is not in [0, 1024]");
      using Choice = serene::runtime::EngineOptions::Choice;
      static_assert(static_cast<int>(Choice::automatic) == SERENE_DEVICE_AUTO &&
                    static_cast<int>(Choice::cpu) == SERENE_DEVICE_CPU &&
                    static_cast<int>(Choice::cuda) == SERENE_DEVICE_CUDA);
      chosen.device = static_cast<Choice>(given.device);
      chosen.threads = given.threads;
      chosen.device_index = given.device_index;
      require(given.precision <= SERENE_PRECISION_BF16, "serene_engine_create: options.precision is unknown");
      static_assert(static_cast<int>(serene::Precision::fp32) == SERENE_PRECISION_FP32 &&
                    static_cast<int>(serene::Precision::tf32) == SERENE_PRECISION_TF32 &&
                    static_cast<int>(serene::Precision::bf16) == SERENE_PRECISION_BF16);
      chosen.precision = static_cast<serene::Precision>(given.precision);
    }
    *engine = new serene_engine(model->model, chosen);
  });
}

void serene_engine_destroy(serene_engine* engine) { delete engine; }

const char* serene_engine_device(const serene_engine* engine) {
  return engine == nullptr ? "" : engine->engine.device().c_str();
}

size_t serene_engine_workspace_bytes(const serene_engine* engine) {
  if (engine == nullptr) return 0;
  const std::lock_guard lock(engine->mutex);  // a call in another thread may be making room
  return engine->engine.workspace_bytes();
}

serene_status serene_engine_score(serene_engine* engine, const serene_clip* clips, size_t n,
                                  const serene_score_outputs* outputs) {
  return guarded([&] {
    require(engine != nullptr && outputs != nullptr && (clips != nullptr || n == 0),
            "serene_engine_score: engine, clips or outputs is null");
    const serene_score_outputs to =
        serene::capi::callers_struct(outputs, kFirstScoreOutputs, "serene_engine_score: outputs");
    const std::vector<std::span<const float>> spans = clips_of(clips, n);
    const std::lock_guard lock(engine->mutex);
    require_classes(engine->engine.model());
    const std::vector<serene::runtime::ClipScore> scores =
        serene::runtime::score_clips(engine->engine, spans);
    for (size_t i = 0; i < n; ++i) {
      const serene::runtime::ClipScore& score = scores[i];
      const size_t k = score.log_posterior.size(), e = score.embedding.size();
      for (size_t j = 0; j < k; ++j) {
        if (to.log_posterior != nullptr) to.log_posterior[i * k + j] = score.log_posterior[j];
        if (to.posterior != nullptr) to.posterior[i * k + j] = score.posterior(j);
      }
      if (to.coefficient != nullptr) to.coefficient[i] = score.coefficient;
      if (to.embedding != nullptr)
        std::memcpy(to.embedding + i * e, score.embedding.data(), e * sizeof(float));
      if (to.calibrated != nullptr)
        std::memcpy(to.calibrated + i * e, score.calibrated.data(), e * sizeof(float));
      if (to.flags != nullptr) to.flags[i] = flags_of(score);
    }
  });
}

serene_status serene_engine_run(serene_engine* engine, const serene_clip* clips, size_t n,
                                serene_results** results) {
  return guarded([&] {
    require(engine != nullptr && results != nullptr && (clips != nullptr || n == 0),
            "serene_engine_run: engine, clips or results is null");
    *results = run(*engine, {clips, n}, {}).release();
  });
}

serene_status serene_engine_run_outputs(serene_engine* engine, const serene_clip* clips, size_t n,
                                        const size_t* outputs, size_t output_count,
                                        serene_results** results) {
  return guarded([&] {
    require(engine != nullptr && outputs != nullptr && results != nullptr && (clips != nullptr || n == 0),
            "serene_engine_run_outputs: engine, clips, outputs or results is null");
    require(output_count > 0, "serene_engine_run_outputs: no outputs");
    for (size_t i = 0; i < output_count; ++i) {
      require(outputs[i] < engine->engine.model().outputs.size(),
              "serene_engine_run_outputs: an output is not the model's");
    }
    *results = run(*engine, {clips, n}, {outputs, output_count}).release();
  });
}

serene_status serene_engine_states(serene_engine* engine, const serene_clip* clips, size_t n, size_t state,
                                   size_t group_size, serene_results** results) {
  return guarded([&] {
    require(engine != nullptr && results != nullptr && (clips != nullptr || n == 0),
            "serene_engine_states: engine, clips or results is null");
    const std::vector<std::span<const float>> spans = clips_of(clips, n);
    const auto whole = [](size_t value) { return static_cast<int64_t>(std::min<size_t>(value, INT64_MAX)); };
    serene::runtime::StateChoice choice;
    if (state != SERENE_LAST_STATE) choice.state = whole(state);
    choice.group_size = whole(group_size);
    auto made = std::make_unique<serene_results>("states");
    std::vector<serene::runtime::ClipStates> states;
    {
      const std::lock_guard lock(engine->mutex);
      states = engine->engine.states(spans, choice);
    }
    for (size_t i = 0; i < n; ++i) {
      made->items.push_back({.outputs = {std::move(states[i].values)},
                             .seconds = static_cast<double>(clips[i].count) / SERENE_SAMPLE_RATE});
    }
    *results = made.release();
  });
}

serene_status serene_engine_enhance(serene_engine* engine, const serene_clip* clips, size_t n,
                                    float* const* enhanced) {
  return guarded([&] {
    require(engine != nullptr && ((clips != nullptr && enhanced != nullptr) || n == 0),
            "serene_engine_enhance: engine, clips or enhanced is null");
    std::vector<std::span<const float>> spans;
    std::vector<std::span<float>> results;
    for (size_t i = 0; i < n; ++i) {
      spans.push_back(clip_of(clips[i], i));
      require(enhanced[i] != nullptr || spans.back().empty(),
              "serene_engine_enhance: a pointer of enhanced is null");
      results.emplace_back(enhanced[i], clips[i].count);
    }
    const std::lock_guard lock(engine->mutex);
    engine->engine.enhance(spans, results);
  });
}

}  // extern "C"
