/* program MODEL: a program as it was compiled with the first release's header, serene/serene.h beside it.
 *
 * It runs with every later library of the same SERENE_ABI_VERSION, and prints what it got: the build of it
 * with today's header prints the same. Neither file is changed once the release is made. */
#include <serene/serene.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 0xa5
#define SAMPLES 48000 /* three seconds */

/* The library must write nothing beyond the struct of this header. */
static struct {
  serene_engine_options options;
  unsigned char guard[256];
} guarded;

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, serene_last_error());
  return 1;
}

int main(int argc, char** argv) {
  serene_model* model = NULL;
  serene_engine* engine = NULL;
  serene_score_outputs outputs;
  serene_clip clip;
  static float samples[SAMPLES], enhanced[SAMPLES];
  float *values, coefficient, *enhanced_clips[1];
  uint32_t flags, noise = 1;
  size_t i, k, e, labels;

  if (argc != 2 || serene_abi_version() != SERENE_ABI_VERSION) return 2;
  memset(guarded.guard, GUARD, sizeof(guarded.guard));
  serene_engine_options_init(&guarded.options);
  for (i = 0; i < sizeof(guarded.guard); ++i) {
    if (guarded.guard[i] != GUARD) {
      fprintf(stderr, "serene_engine_options_init writes beyond the struct, at %u\n", (unsigned)i);
      return 1;
    }
  }
  if (guarded.options.struct_size > sizeof(serene_engine_options)) {
    fprintf(stderr, "serene_engine_options_init sets struct_size to %u\n",
            (unsigned)guarded.options.struct_size);
    return 1;
  }
  guarded.options.device = SERENE_DEVICE_CPU;
  guarded.options.threads = 1;
  if (serene_model_open(argv[1], &model) != SERENE_OK) return failed("model");
  if (serene_engine_create(model, &guarded.options, &engine) != SERENE_OK) return failed("engine");

  for (i = 0; i < SAMPLES; ++i) {
    noise = noise * 1664525u + 1013904223u;
    samples[i] = ((float)(noise >> 8) / 8388608.0f - 1.0f) * 0.25f;
  }
  clip.samples = samples;
  clip.count = SAMPLES / 2;
  labels = serene_model_label_count(model);
  e = serene_model_embedding_size(model);
  values = calloc(2 * labels + 2 * e, sizeof(float));
  if (values == NULL) return 1;
  memset(&outputs, 0, sizeof(outputs));
  outputs.struct_size = sizeof(outputs);
  outputs.posterior = values;
  outputs.log_posterior = values + labels;
  outputs.embedding = values + 2 * labels;
  outputs.calibrated = values + 2 * labels + e;
  outputs.coefficient = &coefficient;
  outputs.flags = &flags;
  if (serene_engine_score(engine, &clip, 1, &outputs) != SERENE_OK) return failed("score");
  clip.count = SAMPLES;
  enhanced_clips[0] = enhanced;
  if (serene_engine_enhance(engine, &clip, 1, enhanced_clips) != SERENE_OK) return failed("enhance");

  for (k = 0; k < labels; ++k) {
    printf("%s %.9g %.9g\n", serene_model_label(model, k), (double)outputs.posterior[k],
           (double)outputs.log_posterior[k]);
  }
  for (k = 0; k < e; ++k) printf("%.9g %.9g\n", (double)outputs.embedding[k], (double)outputs.calibrated[k]);
  printf("coefficient %.9g, flags %u\n", (double)coefficient, flags);
  for (i = 0; i < SAMPLES; i += 1000) printf("%.9g\n", (double)enhanced[i]);

  free(values);
  serene_engine_destroy(engine);
  serene_model_close(model);
  return 0;
}
