/* recording_c MODEL SAMPLES RATE CHANNELS: the windows and the posterior of a recording of any length, of raw
 * samples (float, interleaved, [-1, 1]) at its own rate.
 *
 * sox recording.wav -e floating-point -b 32 -t raw samples.f32 makes such a file; soxi recording.wav tells
 * RATE and CHANNELS. */
#include <serene/serene.h>
#include <stdio.h>
#include <stdlib.h>

#include "samples.h"

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, serene_last_error());
  return 1;
}

int main(int argc, char** argv) {
  serene_model* model = NULL;
  serene_engine* engine = NULL;
  serene_results* results = NULL;
  serene_recording recording = {0}; /* zero is the default of all that is not set */
  const float* values;
  const char* label;
  size_t count, i, k;

  if (argc != 5) {
    fprintf(stderr, "usage: %s MODEL SAMPLES RATE CHANNELS\n", argv[0]);
    return 2;
  }
  if (serene_model_open(argv[1], &model) != SERENE_OK) return failed("model");
  if (serene_engine_create(model, NULL, &engine) != SERENE_OK) return failed("engine");

  recording.struct_size = sizeof(recording);
  recording.sample_rate = (uint32_t)atoi(argv[3]);
  recording.channels = (uint32_t)atoi(argv[4]);
  recording.samples = read_samples(argv[2], &count);
  recording.frames = recording.channels == 0 ? 0 : count / recording.channels;
  if (recording.samples == NULL) {
    perror(argv[2]);
    return 1;
  }
  /* NULL: channels are mixed, windows have the model's clip. */
  if (serene_engine_score_recording(engine, &recording, NULL, &results) != SERENE_OK) return failed("score");

  for (i = 0; i < serene_results_count(results); ++i) {
    if (serene_results_text(results, i, "posterior", &label) != SERENE_OK) return failed("label");
    printf("window %.9g %.9g %s\n", serene_results_start(results, i), serene_results_seconds(results, i),
           label);
  }
  if (serene_results_values(results, SERENE_WHOLE_RECORDING, "posterior", &values, &count) != SERENE_OK)
    return failed("posterior");
  for (k = 0; k < count; ++k) printf("%s %.9g\n", serene_model_label(model, k), (double)values[k]);
  if (serene_results_values(results, SERENE_WHOLE_RECORDING, "coefficient", &values, &count) != SERENE_OK)
    return failed("coefficient");
  if (count == 1) printf("coefficient %.9g\n", (double)values[0]);
  printf("silent_share %.9g\n", serene_results_silent_share(results));

  serene_results_free(results);
  free((void*)recording.samples);
  serene_engine_destroy(engine);
  serene_model_close(model);
  return 0;
}
