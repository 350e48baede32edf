/* Lets each allocation fail in turn, alone and with all that follow it, while the library opens a model,
   makes an engine and uses it. Nothing may end the process; every call returns, says that memory is short or
   that a thread cannot be started, leaks nothing and leaves what it was given usable. Usage:
   serene-test-memory MODEL... */
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <serene/serene.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failing_allocator.h"

enum { kThreads = 2, kLong = 1700, kShort = 900, kClips = 2, kMostLabels = 8, kMany = 4000 };

static const char* path = "";
static serene_model* model;   /* for engines */
static serene_engine* engine; /* for calls */
static float samples[kLong];
static serene_clip clips[kClips] = {{samples, kLong}, {samples, kShort}};

/* What is tried, for the message of a signal. */
static const char* trying = "";
static long failing;

static void tell_signal(int number) {
  char text[200];
  const int size = snprintf(text, sizeof(text), "%s: %s: signal %d with allocation %ld failing\n", path,
                            trying, number, failing);
  (void)!write(STDERR_FILENO, text, (size_t)size);
  _exit(1);
}

static void fail_test(const char* what) {
  fprintf(stderr, "%s: %s: with allocation %ld failing: %s; last error: %s\n", path, trying, failing, what,
          serene_last_error());
  exit(1);
}

static void require(int holds, const char* what) {
  if (!holds) fail_test(what);
}

/* What a call makes, to compare and to free. */
struct Result {
  serene_model* model;
  serene_engine* engine;
  float posterior[kClips * kMostLabels];
  float enhanced[kClips][kLong];
};

static serene_status open_model(struct Result* result) { return serene_model_open(path, &result->model); }

static serene_status create_engine(struct Result* result) {
  serene_engine_options options;
  serene_engine_options_init(&options);
  options.device = SERENE_DEVICE_CPU;
  options.threads = kThreads;
  return serene_engine_create(model, &options, &result->engine);
}

static serene_status score(struct Result* result) {
  serene_score_outputs outputs = {0};
  outputs.struct_size = sizeof(outputs);
  outputs.posterior = result->posterior;
  return serene_engine_score(engine, clips, kClips, &outputs);
}

static serene_status run_clips(struct Result* result) {
  serene_results* results = NULL;
  const size_t labels = serene_model_label_count(model);
  serene_status status = serene_engine_run(engine, clips, kClips, &results);
  for (size_t i = 0; i < kClips && status == SERENE_OK; ++i) {
    const float* values = NULL;
    size_t count = 0;
    status = serene_results_values(results, i, "emotion", &values, &count);
    if (status == SERENE_OK) memcpy(result->posterior + i * labels, values, count * sizeof(float));
  }
  serene_results_free(results);
  return status;
}

static serene_status enhance(struct Result* result) {
  float* const enhanced[kClips] = {result->enhanced[0], result->enhanced[1]};
  return serene_engine_enhance(engine, clips, kClips, enhanced);
}

/* At the model's own rate: soxr does not outlive every failed allocation. */
static serene_status score_recording(struct Result* result) {
  serene_recording recording = {0};
  recording.struct_size = sizeof(recording);
  recording.samples = samples;
  recording.frames = kLong / 2;
  recording.channels = 2;
  recording.sample_rate = SERENE_SAMPLE_RATE;
  serene_results* results = NULL;
  const float* values = NULL;
  size_t count = 0;
  serene_status status = serene_engine_score_recording(engine, &recording, NULL, &results);
  if (status == SERENE_OK)
    status = serene_results_values(results, SERENE_WHOLE_RECORDING, "posterior", &values, &count);
  if (status == SERENE_OK) memcpy(result->posterior, values, count * sizeof(float));
  serene_results_free(results);
  return status;
}

struct Operation {
  const char* name;
  serene_status (*run)(struct Result*);
  int needs_engine;
};

/* One call of the operation, perhaps on a thread. */
struct Call {
  const struct Operation* operation;
  struct Result result;
  long first, count;
  serene_status status;
  long allocations;
  char error[200];
};

static void* run(void* argument) {
  struct Call* call = argument;
  failing_allocator_start(call->first, call->count);
  call->status = call->operation->run(&call->result);
  call->allocations = failing_allocator_stop();
  snprintf(call->error, sizeof(call->error), "%s", serene_last_error());
  return NULL;
}

static void run_on_new_thread(struct Call* call) {
  pthread_t thread;
  require(pthread_create(&thread, NULL, run, call) == 0 && pthread_join(thread, NULL) == 0, "no thread");
}

static void release(struct Call* call) {
  if (call->status != SERENE_OK) return;
  serene_engine_destroy(call->result.engine);
  serene_model_close(call->result.model);
}

/* The system's answer to a thread that it has no memory for is that of one thread too many. */
static int is_right(const struct Call* call) {
  if (call->status == SERENE_OUT_OF_MEMORY) return strcmp(call->error, "out of memory") == 0;
  return call->status == SERENE_DEVICE_ERROR && strstr(call->error, "cannot start thread") != NULL;
}

static void make_engine(void) {
  struct Result made = {0};
  require(create_engine(&made) == SERENE_OK, "cannot make an engine");
  engine = made.engine;
}

static struct Call wanted; /* what the operation gives while memory lasts */
static struct Call call;

static int same_result(void) {
  return memcmp(call.result.posterior, wanted.result.posterior, sizeof(call.result.posterior)) == 0 &&
         memcmp(call.result.enhanced, wanted.result.enhanced, sizeof(call.result.enhanced)) == 0;
}

/* False once the operation has fewer allocations than `first`. */
static int fails_well(const struct Operation* operation, long first, long count, int on_new_thread) {
  failing = first;
  if (operation->needs_engine) make_engine();
  const long blocks = failing_allocator_blocks();
  memset(&call, 0, sizeof(call));
  call.operation = operation;
  call.first = first;
  call.count = count;
  on_new_thread ? run_on_new_thread(&call) : run(&call);
  const int reached = call.allocations > first;
  require(reached || call.status == SERENE_OK, "fails without a failed allocation");
  require(call.status == SERENE_OK || is_right(&call), call.error);
  require(call.status != SERENE_OK || same_result(), "the result differs");
  release(&call);
  if (!operation->needs_engine) {
    require(failing_allocator_blocks() == blocks, "memory is lost");
  } else if (call.status != SERENE_OK) {
    memset(&call.result, 0, sizeof(call.result));
    require(operation->run(&call.result) == SERENE_OK, "the engine is spoilt");
    require(same_result(), "the engine gives another result");
  }
  serene_engine_destroy(engine);
  engine = NULL;
  return reached;
}

/* Every `step`th allocation. Returns how many allocations there are. */
static long try_all(const struct Operation* operation, long count, long step, int on_new_thread) {
  long first = 0;
  while (fails_well(operation, first, count, on_new_thread)) first += step;
  return first;
}

/* A call with memory enough. */
static void run_well(const struct Operation* operation, struct Call* well, int on_new_thread) {
  if (operation->needs_engine) make_engine();
  memset(well, 0, sizeof(*well));
  well->operation = operation;
  well->first = well->count = LONG_MAX;
  on_new_thread ? run_on_new_thread(well) : run(well);
  require(well->status == SERENE_OK, well->error);
  release(well);
  serene_engine_destroy(engine);
  engine = NULL;
}

static void try_operation(const struct Operation* operation) {
  trying = operation->name;
  /* The first threads of a process take memory that stays. */
  run_well(operation, &call, 1);
  run_well(operation, &wanted, 0);
  const long step = wanted.allocations > kMany ? 13 : 1;
  const long each = try_all(operation, 1, step, 0);
  const long all = try_all(operation, LONG_MAX, 3 * step, 0);
  const long on_thread = try_all(operation, LONG_MAX, 7, 1);
  require(each >= wanted.allocations && all >= wanted.allocations && on_thread >= wanted.allocations,
          "not every allocation was tried");
  printf("%s: %s: %ld allocations, %s failed\n", path, operation->name, wanted.allocations,
         step == 1 ? "each" : "each 13th");
}

int main(int argc, char** argv) {
  static const struct Operation kOpen = {"open", open_model, 0}, kCreate = {"create", create_engine, 0},
                                kScore = {"score", score, 1}, kRun = {"run", run_clips, 1},
                                kScoreRecording = {"score_recording", score_recording, 1},
                                kEnhance = {"enhance", enhance, 1};
  signal(SIGABRT, tell_signal);
  signal(SIGSEGV, tell_signal);
  for (int i = 0; i < kLong; ++i) samples[i] = 0.3f * sinf(0.05f * (float)i);
  /* So does the first exception. */
  require(serene_model_open("", &model) == SERENE_MODEL_ERROR, "opens what is not there");
  for (int i = 1; i < argc; ++i) {
    path = argv[i];
    trying = "preparing";
    require(serene_model_open(path, &model) == SERENE_OK, "cannot open");
    require(serene_model_label_count(model) <= kMostLabels, "too many labels");
    try_operation(&kOpen);
    try_operation(&kCreate);
    if (serene_model_can_score(model)) {
      try_operation(&kScore);
      try_operation(&kRun);
      try_operation(&kScoreRecording);
    }
    if (serene_model_can_enhance(model)) try_operation(&kEnhance);
    serene_model_close(model);
  }
  return argc > 1 ? 0 : 2;
}
