// The C interface: every exception ends here and becomes a status and a line of text.
#include <cfenv>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "kernels/common/error.h"
#include "runtime/src/engine.h"
#include "runtime/src/fit.h"
#include "runtime/src/last_error.h"
#include "runtime/src/log.h"
#include "runtime/src/model.h"
#include "serene/serene.h"
#include "weights/model_file.h"

#define SERENE_TEXT_(x) #x
#define SERENE_TEXT(x) SERENE_TEXT_(x)

struct serene_model {
  std::shared_ptr<const serene::runtime::Model> model;
};

struct serene_engine {
  mutable std::mutex mutex;
  serene::runtime::Engine engine;
  serene_engine(std::shared_ptr<const serene::runtime::Model> model,
                const serene::runtime::EngineOptions& options)
      : engine(std::move(model), options) {}
};

namespace {

using serene::Error;
using serene::ErrorKind;

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

// Rounding belongs to the result: the caller's stays with the caller.
class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() {
    std::fegetenv(&callers_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatingPoint() { std::fesetenv(&callers_); }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  std::fenv_t callers_;
};

template <class Body>
serene_status guarded(Body&& body) noexcept {
  serene::runtime::prepare_thread();
  try {
    const DefaultFloatingPoint environment;
    body();
    return SERENE_OK;
  } catch (const Error& error) {
    return fail(status_of(error.kind()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(SERENE_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return fail(SERENE_INTERNAL, error.what());
  } catch (...) {
    return fail(SERENE_INTERNAL, "unknown failure");
  }
}

void require(bool ok, const char* what) {
  if (!ok) throw Error(ErrorKind::invalid_argument, what);
}

std::span<const float> clip_of(const serene_clip& clip, size_t index) {
  if (clip.samples == nullptr && clip.count > 0) {
    throw Error(ErrorKind::invalid_argument, "clip " + std::to_string(index) + ": samples is null");
  }
  return {clip.samples, clip.count};
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
    *model = new serene_model{std::make_shared<serene::runtime::Model>(serene::weights::read_model(path))};
  });
}

serene_status serene_model_parse(const void* bytes, size_t size, const char* name, serene_model** model) {
  return guarded([&] {
    require((bytes != nullptr || size == 0) && model != nullptr,
            "serene_model_parse: bytes or model is null");
    const std::span<const std::byte> span(static_cast<const std::byte*>(bytes), size);
    *model = new serene_model{std::make_shared<serene::runtime::Model>(
        serene::weights::parse_model(span, name == nullptr ? "model" : name))};
  });
}

void serene_model_close(serene_model* model) { delete model; }

int serene_model_can_enhance(const serene_model* model) {
  return model != nullptr && model->model->se.has_value();
}
int serene_model_can_score(const serene_model* model) {
  return model != nullptr && model->model->can_score();
}

size_t serene_model_label_count(const serene_model* model) {
  return model == nullptr || !model->model->config.ser ? 0 : model->model->config.ser->labels.size();
}

const char* serene_model_label(const serene_model* model, size_t index) {
  return index < serene_model_label_count(model) ? model->model->config.ser->labels[index].c_str() : nullptr;
}

size_t serene_model_embedding_size(const serene_model* model) {
  return model == nullptr || !model->model->ser ? 0
                                                : static_cast<size_t>(model->model->ser->embedding_size());
}

size_t serene_model_clip_samples(const serene_model* model) {
  if (model == nullptr || !model->model->config.ser) return 0;
  return static_cast<size_t>(serene::runtime::fit_samples(model->model->config.ser->fit));
}

const char* serene_model_description(const serene_model* model) {
  return model == nullptr ? "" : model->model->description.c_str();
}

void serene_engine_options_init(serene_engine_options* options) {
  if (options == nullptr) return;
  *options = {};
  options->struct_size = sizeof(*options);
  options->device = SERENE_DEVICE_AUTO;
}

serene_status serene_engine_create(const serene_model* model, const serene_engine_options* options,
                                   serene_engine** engine) {
  return guarded([&] {
    require(model != nullptr && engine != nullptr, "serene_engine_create: model or engine is null");
    serene::runtime::EngineOptions chosen;
    if (options != nullptr) {
      require(options->struct_size == sizeof(*options), "serene_engine_create: options.struct_size is wrong");
      require(options->device <= SERENE_DEVICE_EXECUTOR, "serene_engine_create: options.device is unknown");
      require(options->threads >= 0 && options->threads <= 1024,
              "serene_engine_create: options.threads is not in [0, 1024]");
      using Choice = serene::runtime::EngineOptions::Choice;
      static_assert(static_cast<int>(Choice::automatic) == SERENE_DEVICE_AUTO &&
                    static_cast<int>(Choice::cpu) == SERENE_DEVICE_CPU &&
                    static_cast<int>(Choice::cuda) == SERENE_DEVICE_CUDA &&
                    static_cast<int>(Choice::executor) == SERENE_DEVICE_EXECUTOR);
      chosen.device = static_cast<Choice>(options->device);
      chosen.threads = options->threads;
      chosen.device_index = options->device_index;
      require(options->precision <= SERENE_PRECISION_BF16,
              "serene_engine_create: options.precision is unknown");
      static_assert(static_cast<int>(serene::Precision::fp32) == SERENE_PRECISION_FP32 &&
                    static_cast<int>(serene::Precision::tf32) == SERENE_PRECISION_TF32 &&
                    static_cast<int>(serene::Precision::bf16) == SERENE_PRECISION_BF16);
      chosen.precision = static_cast<serene::Precision>(options->precision);
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
    require(outputs->struct_size == sizeof(*outputs), "serene_engine_score: outputs.struct_size is wrong");
    std::vector<std::span<const float>> spans;
    for (size_t i = 0; i < n; ++i) spans.push_back(clip_of(clips[i], i));
    const std::lock_guard lock(engine->mutex);
    const std::vector<serene::runtime::ClipScore> scores = engine->engine.score(spans);
    for (size_t i = 0; i < n; ++i) {
      const serene::runtime::ClipScore& score = scores[i];
      const size_t k = score.log_posterior.size(), e = score.embedding.size();
      for (size_t j = 0; j < k; ++j) {
        if (outputs->log_posterior != nullptr) outputs->log_posterior[i * k + j] = score.log_posterior[j];
        if (outputs->posterior != nullptr) outputs->posterior[i * k + j] = std::exp(score.log_posterior[j]);
      }
      if (outputs->coefficient != nullptr) outputs->coefficient[i] = score.coefficient;
      if (outputs->embedding != nullptr)
        std::memcpy(outputs->embedding + i * e, score.embedding.data(), e * sizeof(float));
      if (outputs->calibrated != nullptr)
        std::memcpy(outputs->calibrated + i * e, score.calibrated.data(), e * sizeof(float));
      if (outputs->flags != nullptr) {
        outputs->flags[i] =
            (score.short_clip ? SERENE_CLIP_SHORT : 0) | (score.silent ? SERENE_CLIP_SILENT : 0);
      }
    }
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
