/* serene: which emotion is in a recording of speech, with a rough sign of its noise.
 *
 * C interface, compiles as C99. Audio is float in [-1, 1], of clips mono at 16 kHz. Every function that can
 * fail returns a serene_status; the text of the calling thread's last failure is in serene_last_error(). The
 * library never exits, aborts or prints.
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
/* Structs that begin with struct_size get members at their end in later releases. Set the struct to zero,
 * which is the default of every member, then struct_size to its sizeof. The library takes the size of every
 * release: what a shorter struct lacks has its default; of a longer one, what the library does not know must
 * be zero, and the call is SERENE_UNSUPPORTED where it is not. */

/* The only sample rate the models know, in Hz. */
#define SERENE_SAMPLE_RATE 16000

typedef enum serene_status {
  SERENE_OK = 0,
  SERENE_INVALID_ARGUMENT = 1, /* a null pointer, a size or an option out of range */
  SERENE_MODEL_ERROR = 2,      /* the model file cannot be read or breaks its format */
  SERENE_AUDIO_ERROR = 3,      /* no samples, or a sample that is not finite */
  SERENE_DEVICE_ERROR = 4,     /* the device asked for is not there or failed */
  SERENE_OUT_OF_MEMORY = 5,
  /* the model has no part for this call, e.g. scoring with enhancement alone; or a struct uses a member that
   * the library does not have */
  SERENE_UNSUPPORTED = 6,
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
/* The same from memory; the bytes are copied. `name` is used in error messages. */
SERENE_API serene_status serene_model_parse(const void* bytes, size_t size, const char* name,
                                            serene_model** model);
/* Null is allowed. Engines made from the model stay valid. */
SERENE_API void serene_model_close(serene_model* model);

/* 1 if the model holds speech enhancement, else 0, and serene_last_error() says what it lacks. */
SERENE_API int serene_model_can_enhance(const serene_model* model);
/* 1 if the model has outputs, and the parts that they are computed from (serene_engine_run), else 0, and
 * serene_last_error() says what it lacks. */
SERENE_API int serene_model_can_run(const serene_model* model);
/* 1 if one of these outputs is classes (serene_engine_score), else 0, and serene_last_error() says what it
 * lacks. */
SERENE_API int serene_model_can_score(const serene_model* model);
/* K: labels of the first output that is classes, 0 where there is none. */
SERENE_API size_t serene_model_label_count(const serene_model* model);
/* Name of class `index`, null beyond K; lives as long as the model. */
SERENE_API const char* serene_model_label(const serene_model* model, size_t index);
/* Numbers in the output "embedding", 0 where the model has none. */
SERENE_API size_t serene_model_embedding_size(const serene_model* model);
/* Samples the classifier looks at in one go (clips are tiled, padded or cut to it), 0 for any length. */
SERENE_API size_t serene_model_clip_samples(const serene_model* model);
/* Samples of the windows in which longer recordings are scored: of the model's clip, or the most that the
 * model takes at a time; 0 where it takes any length. */
SERENE_API size_t serene_model_window_samples(const serene_model* model);
/* What the model says of a clip, output by output; the primary one is output 0. */
typedef enum serene_output_kind {
  SERENE_OUTPUT_CLASSES = 0, /* a probability for each label */
  SERENE_OUTPUT_SCALAR = 1,  /* one number */
  SERENE_OUTPUT_VECTOR = 2   /* an embedding */
} serene_output_kind;

/* 0 of a model that enhances only. */
SERENE_API size_t serene_model_output_count(const serene_model* model);
/* For example "emotion"; null beyond the last output; lives as long as the model, as labels do. */
SERENE_API const char* serene_model_output_name(const serene_model* model, size_t output);
SERENE_API serene_output_kind serene_model_output_kind(const serene_model* model, size_t output);
/* Numbers a clip; 0 beyond the last output. */
SERENE_API size_t serene_model_output_size(const serene_model* model, size_t output);
/* Of an output that is the probability of speech: a window of a recording below it has none, and a recording
 * of such windows no label (serene_results_reason). 0 of other outputs, and where every window has a label.
 */
SERENE_API double serene_model_output_threshold(const serene_model* model, size_t output);
/* Name of a class of the output; null where it has none of that number. */
SERENE_API const char* serene_model_output_label(const serene_model* model, size_t output, size_t label);
/* Hz of the clips that the model takes; 0 for a null model. */
SERENE_API uint32_t serene_model_sample_rate(const serene_model* model);
/* Hidden states of the speech encoder that the model's heads read (serene_engine_states): 0 is what enters
 * its first layer, l what layer l puts out. How many the file has the weights of; 0 where the model has no
 * encoder, or one that hears anything but the clip itself. */
SERENE_API size_t serene_model_state_count(const serene_model* model);
/* H: numbers of a hidden state a frame; 0 likewise. */
SERENE_API size_t serene_model_state_width(const serene_model* model);
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

/* Sets the members of the first release to their defaults, and struct_size to that release's size. For
 * members that came later, set the struct to zero and struct_size to its sizeof instead. */
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
#define SERENE_CLIP_CUT 4u    /* longer than serene_model_clip_samples: what lies beyond was not looked at */

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

/* Scores n clips by the outputs of a classifier; serene_engine_run gives those of any model. Of a clip longer
 * than serene_model_clip_samples the model sees so much from its beginning, and the clip gets
 * SERENE_CLIP_CUT; serene_engine_score_recording looks at all of it. On failure nothing in the outputs
 * counts. SERENE_UNSUPPORTED where no output of the model is classes. */
SERENE_API serene_status serene_engine_score(serene_engine* engine, const serene_clip* clips, size_t n,
                                             const serene_score_outputs* outputs);
/* Enhances n clips; enhanced[i] receives clips[i].count samples. Long clips go through overlapping windows
 * that are cross-faded. enhanced[i] may be where clips[i].samples is. On failure nothing in the outputs
 * counts. */
SERENE_API serene_status serene_engine_enhance(serene_engine* engine, const serene_clip* clips, size_t n,
                                               float* const* enhanced);

/* What the model says of clips, or of a recording and its windows. Results need neither engine nor model any
 * more; several threads may read them. */
typedef struct serene_results serene_results;

/* All outputs of a model for n clips, of which each is an item of the results (serene_results_values). Clips
 * are looked at as by serene_engine_score, and the values are the same bits. *results is set only on
 * success; free it once. */
SERENE_API serene_status serene_engine_run(serene_engine* engine, const serene_clip* clips, size_t n,
                                           serene_results** results);
/* The same, of some outputs alone, by their numbers (serene_model_output_name), `output_count` of them, at
 * least 1: what is not needed for them is not computed, such as the encoder of NRSER for its level. Their
 * values are the same bits; those of the others are not there (*count 0). */
SERENE_API serene_status serene_engine_run_outputs(serene_engine* engine, const serene_clip* clips, size_t n,
                                                   const size_t* outputs, size_t output_count,
                                                   serene_results** results);

#define SERENE_LAST_STATE SIZE_MAX
/* A hidden state of the encoder for n clips: what a further head, or a search for similar recordings, works
 * on. Each clip is an item of the results, whose one output is "states": (T, H), row after row, where H is
 * serene_model_state_width(). T is the number of the encoder's frames (of 20 ms, of the default model),
 * divided by `group_size` and rounded up: a row is the mean of so many frames, 1 to 1000, the last of a clip
 * of what is left. `state` is below serene_model_state_count(), or SERENE_LAST_STATE. Clips are looked at as
 * by serene_engine_run, and their states are what the model's own heads read, to the same bits.
 * SERENE_UNSUPPORTED where the model has no states. *results is set only on success; free it once. */
SERENE_API serene_status serene_engine_states(serene_engine* engine, const serene_clip* clips, size_t n,
                                              size_t state, size_t group_size, serene_results** results);

/* A recording of any length, at its own rate. */
typedef struct serene_recording {
  uint32_t struct_size; /* sizeof(serene_recording) */
  /* Hz, 1,000 to 768,000. A library that was built without soxr has SERENE_UNSUPPORTED for all but 16,000. */
  uint32_t sample_rate;
  uint32_t channels; /* 1 to 64 */
  /* The value at which a sample is at the top of its coding's range, for SERENE_RECORDING_CLIPPING: 127/128
   * for 8 bits, 32767/32768 for 16. 0 is 0.9999, for all finer ones. */
  float full_scale;
  const float* samples; /* (frames, channels), interleaved, [-1, 1] */
  size_t frames;        /* at least 1 */
} serene_recording;

typedef enum serene_channels {
  SERENE_CHANNELS_MIX = 0, /* the mean of all */
  SERENE_CHANNELS_ONE = 1  /* the one that serene_recording_options names */
} serene_channels;

typedef struct serene_recording_options {
  uint32_t struct_size; /* sizeof(serene_recording_options) */
  uint32_t channels;    /* a serene_channels */
  uint32_t channel;     /* for SERENE_CHANNELS_ONE: which, counted from 0 */
  /* Length of a window, at least 0.01 and at most that of serene_model_window_samples(). 0: that; where it is
   * 0, each stretch of sound is one window. */
  double window_seconds;
  /* From the start of a window to the start of the next, at least 0.01 and at most the window. 0: the window.
   */
  double hop_seconds;
  /* The level that the recording's sound is brought to before it is scored, from -60 to below 0 dB of full
   * scale (RMS); TRNet was trained at -20. 0: as it is. */
  double level;
  /* The least that the highest posterior must be for a label, in [0, 1]; below it serene_results_reason is
   * "confidence". 0: any. */
  double min_confidence;
  /* The least that the output "level", of models that say how much is speech, must be for a window to be
   * judged, in [0, 1]; instead of the model's own threshold (serene_model_output_threshold). 0: the model's
   * own. SERENE_UNSUPPORTED where the model has no such output. */
  double min_level;
} serene_recording_options;

/* Scores a recording as `serene score` does, to the same bits. Its channels are mixed, or one is taken, and
 * brought to 16 kHz. Pauses, of half a second or more without sound, are left out; each stretch between them
 * is cut into windows, the last of which ends with it. A recording that has a side of a conversation in each
 * channel is scored by one call a channel. `options` may be null.
 *
 * The call holds the samples of a few windows besides the caller's, and the outputs of all. The engine may
 * serve other threads between windows. *results is set only on success; free it once. */
SERENE_API serene_status serene_engine_score_recording(serene_engine* engine,
                                                       const serene_recording* recording,
                                                       const serene_recording_options* options,
                                                       serene_results** results);
/* The clips that serene_engine_score_recording scores of a recording, instead of their scores: windows of
 * what has sound, mono, at 16 kHz, at the level of the options. Each is an item of the results, with its
 * start and length, whose one output is "samples"; none where nothing has sound. `options` may be null;
 * min_confidence has no effect. The call holds all windows. *results is set only on success; free it once. */
SERENE_API serene_status serene_model_cut_recording(const serene_model* model,
                                                    const serene_recording* recording,
                                                    const serene_recording_options* options,
                                                    serene_results** results);
/* Null is allowed. */
SERENE_API void serene_results_free(serene_results* results);

/* Items: clips, or the windows that were scored of a recording; 0 where it has no sound. */
SERENE_API size_t serene_results_count(const serene_results* results);
/* The functions below take the number of an item, of clips in the order they were given in, of windows in
 * order of time, from 0; or this for a recording as a whole. */
#define SERENE_WHOLE_RECORDING SIZE_MAX

/* Seconds from the recording's start (0 of a clip), and length in seconds; 0 beyond the last item. */
SERENE_API double serene_results_start(const serene_results* results, size_t item);
SERENE_API double serene_results_seconds(const serene_results* results, size_t item);
/* An output by its name (serene_model_output_name), *count numbers that live as long as the results: of
 * classes a probability for each label, whose sum is 1; of a scalar one. "posterior" names the first output
 * that is classes, too. A recording's values are the mean of its windows', each weighing as its length;
 * windows without speech are left out of it, unless all are.
 *
 * *count is 0 for a recording without sound, for an output that serene_engine_run_outputs was not asked for,
 * and for "posterior" and "coefficient" of a model without them;
 * any other name that is no output is SERENE_INVALID_ARGUMENT. */
SERENE_API serene_status serene_results_values(const serene_results* results, size_t item, const char* output,
                                               const float** values, size_t* count);
/* An output in words: of classes, the label of the most probable one. *text is null where there are none, and
 * of "posterior" where there is a reason for having no label. */
SERENE_API serene_status serene_results_text(const serene_results* results, size_t item, const char* output,
                                             const char** text);

/* Of a clip, SERENE_CLIP_*; of a window, SERENE_CLIP_SHORT; of a recording, these as well. 0 beyond the last
 * item. */
SERENE_API uint32_t serene_results_flags(const serene_results* results, size_t item);
#define SERENE_RECORDING_SILENT SERENE_CLIP_SILENT /* no sample beyond -84 dB of full scale */
#define SERENE_RECORDING_CLIPPING 8u               /* serene_results_clipped_share() is above 0.0001 */
/* scored at less than -35 dB of full scale, where TRNet's labels do not hold */
#define SERENE_RECORDING_QUIET 16u

/* Of a recording, 0 of clips: the share of its samples that are at full scale next to another one of their
 * channel. */
SERENE_API double serene_results_clipped_share(const serene_results* results);
/* Share of the recording that lies in pauses. */
SERENE_API double serene_results_silent_share(const serene_results* results);
/* Why the recording has no label: "silence" (and no outputs), "no_speech" where the model finds no speech in
 * any window (serene_model_output_threshold, serene_recording_options.min_level), "confidence" below
 * serene_recording_options.min_confidence;
 * else "". */
SERENE_API const char* serene_results_reason(const serene_results* results);
/* The same of a window for itself, or of SERENE_WHOLE_RECORDING; "" of a clip. */
SERENE_API const char* serene_results_item_reason(const serene_results* results, size_t item);

#ifdef __cplusplus
}
#endif
#endif /* SERENE_SERENE_H_ */
