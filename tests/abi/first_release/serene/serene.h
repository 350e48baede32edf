/* serene: which emotion is in a recording, and how noisy is it.
 *
 * C interface, compiles as C99. Audio is mono, 16 kHz, float in [-1, 1]. Every function that can fail returns
 * a serene_status; the text of the calling thread's last failure is in serene_last_error(). The library never
 * exits, aborts or prints.
 *
 * Threads: a serene_model is immutable and may be shared. A serene_engine runs one call at a time; calls from
 * several threads are serialised by the engine. Results are the same bits for the same clip, whatever else is
 * in its batch and however many threads the engine has.
 */
#ifndef SERENE_SERENE_H_
#define SERENE_SERENE_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SERENE_API __attribute__((visibility("default")))
#else
#define SERENE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a function or a struct changes so that an old caller would break; the library's soname has
 * it. */
#define SERENE_ABI_VERSION 1
/* The only sample rate the models know, in Hz. */
#define SERENE_SAMPLE_RATE 16000

typedef enum serene_status {
  SERENE_OK = 0,
  SERENE_INVALID_ARGUMENT = 1, /* a null pointer, a size or an option out of range */
  SERENE_MODEL_ERROR = 2,      /* the model file cannot be read or breaks its format */
  SERENE_AUDIO_ERROR = 3,      /* no samples, or a sample that is not finite */
  SERENE_DEVICE_ERROR = 4,     /* the device asked for is not there or failed */
  SERENE_OUT_OF_MEMORY = 5,
  SERENE_UNSUPPORTED = 6, /* the model has no part for this call, e.g. scoring with enhancement alone */
  SERENE_INTERNAL = 7
} serene_status;

typedef enum serene_device {
  SERENE_DEVICE_AUTO = 0,
  SERENE_DEVICE_CPU = 1,
  SERENE_DEVICE_CUDA = 2
} serene_device;

typedef enum serene_log_level { SERENE_LOG_INFO = 0, SERENE_LOG_WARNING = 1 } serene_log_level;

typedef struct serene_model serene_model;
typedef struct serene_engine serene_engine;

/* SERENE_ABI_VERSION of the library that is loaded. */
SERENE_API uint32_t serene_abi_version(void);
/* "1.2.3" of the library that is loaded; static storage. */
SERENE_API const char* serene_version(void);
/* One line on the calling thread's last failure, "" if there was none; valid until its next failing call. */
SERENE_API const char* serene_last_error(void);

typedef void (*serene_log_callback)(serene_log_level level, const char* message, void* user);
/* Where the library's few messages go; a null callback (the start) discards them. It may be called by any
 * thread that calls the library, by one at a time, and must not call the library itself. Once this function
 * returns, the former callback is not called again. */
SERENE_API void serene_set_log_callback(serene_log_callback callback, void* user);

/* Reads and validates a model file (weights/FORMAT.md). *model is set only on success; close it once. */
SERENE_API serene_status serene_model_open(const char* path, serene_model** model);
/* The same from memory; the bytes are copied. `name` stands in error messages. */
SERENE_API serene_status serene_model_parse(const void* bytes, size_t size, const char* name,
                                            serene_model** model);
/* Null is allowed. Engines made from the model stay valid. */
SERENE_API void serene_model_close(serene_model* model);

/* 1 if the model holds speech enhancement, else 0. */
SERENE_API int serene_model_can_enhance(const serene_model* model);
/* 1 if the model holds a classifier and whatever it needs before it, else 0. */
SERENE_API int serene_model_can_score(const serene_model* model);
/* K, 0 without a classifier. */
SERENE_API size_t serene_model_label_count(const serene_model* model);
/* Name of class `index`, null beyond K; lives as long as the model. */
SERENE_API const char* serene_model_label(const serene_model* model, size_t index);
/* Length of an embedding, 0 without a classifier. */
SERENE_API size_t serene_model_embedding_size(const serene_model* model);
/* Samples the classifier looks at in one go (clips are tiled, padded or cut to it), 0 for any length. */
SERENE_API size_t serene_model_clip_samples(const serene_model* model);
/* The configuration as in the file, with parameter counts and the file's sha256, as JSON. */
SERENE_API const char* serene_model_description(const serene_model* model);

/* How matrices are multiplied; sums, statistics and softmax are fp32 in each. */
typedef enum serene_precision {
  SERENE_PRECISION_FP32 = 0,
  SERENE_PRECISION_TF32 = 1, /* a GPU's: factors rounded to 10 bits */
  SERENE_PRECISION_BF16 =
      2 /* factors rounded to 7 bits; slower than fp32 on a CPU without instructions for it */
} serene_precision;

typedef struct serene_engine_options {
  uint32_t struct_size; /* sizeof(serene_engine_options) */
  uint32_t device;      /* a serene_device */
  int32_t device_index; /* which GPU */
  int32_t threads;      /* CPU threads, 0: one per core the process may use */
  uint32_t precision;   /* a serene_precision; SERENE_UNSUPPORTED where the device lacks it */
} serene_engine_options;

/* Fills in struct_size and the defaults. */
SERENE_API void serene_engine_options_init(serene_engine_options* options);
/* `options` may be null. The engine keeps what it needs of the model. */
SERENE_API serene_status serene_engine_create(const serene_model* model, const serene_engine_options* options,
                                              serene_engine** engine);
SERENE_API void serene_engine_destroy(serene_engine* engine);
/* One line on where the engine runs, e.g. "cpu avx512, 2 threads"; lives as long as the engine. */
SERENE_API const char* serene_engine_device(const serene_engine* engine);
/* Most bytes of working memory any call has taken so far, weights excluded. */
SERENE_API size_t serene_engine_workspace_bytes(const serene_engine* engine);

typedef struct serene_clip {
  const float* samples; /* (count), 16 kHz, [-1, 1] */
  size_t count;         /* at least 1 */
} serene_clip;

/* What the engine noticed about a clip. */
#define SERENE_CLIP_SHORT 1u  /* shorter than serene_model_clip_samples: tiled or padded */
#define SERENE_CLIP_SILENT 2u /* every sample is zero */

/* Where the results go, for n clips, K labels, embeddings of E; any pointer may be null. */
typedef struct serene_score_outputs {
  uint32_t struct_size; /* sizeof(serene_score_outputs) */
  float* posterior;     /* (n, K), rows sum to 1 */
  float* log_posterior; /* (n, K) */
  float* coefficient;   /* (n), c in [0, 1], higher for cleaner sound; NaN where the model has no blend */
  float* embedding;     /* (n, E), h before the bridge */
  float* calibrated;    /* (n, E), h after the bridge; equal to h where the model has none */
  uint32_t* flags;      /* (n), SERENE_CLIP_* */
} serene_score_outputs;

/* Scores n clips of any lengths. A clip longer than serene_model_clip_samples is cut to it: score windows for
 * more. On failure nothing in the outputs counts. */
SERENE_API serene_status serene_engine_score(serene_engine* engine, const serene_clip* clips, size_t n,
                                             const serene_score_outputs* outputs);
/* Enhances n clips; enhanced[i] receives clips[i].count samples. Long clips go through overlapping windows
 * that are cross-faded. enhanced[i] may be where clips[i].samples is. On failure nothing in the outputs
 * counts. */
SERENE_API serene_status serene_engine_enhance(serene_engine* engine, const serene_clip* clips, size_t n,
                                               float* const* enhanced);

#ifdef __cplusplus
}
#endif
#endif /* SERENE_SERENE_H_ */
