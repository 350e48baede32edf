/* score_c MODEL CLIP: the posterior of a clip of raw samples (float, 16 kHz, mono, [-1, 1]).
 *
 * sox recording.wav -r 16000 -c 1 -e floating-point -b 32 -t raw clip.f32 makes such a file.
 */
#include <math.h>
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
  serene_clip clip;
  serene_score_outputs outputs = {0};
  float coefficient;
  float *samples, *posterior;
  size_t k;

  if (argc != 3) {
    fprintf(stderr, "usage: %s MODEL CLIP\n", argv[0]);
    return 2;
  }
  if (serene_model_open(argv[1], &model) != SERENE_OK) return failed("model");
  if (serene_engine_create(model, NULL, &engine) != SERENE_OK) return failed("engine");

  samples = read_samples(argv[2], &clip.count);
  posterior = calloc(serene_model_label_count(model), sizeof(float)); /* (K) */
  if (samples == NULL || posterior == NULL) {
    perror(argv[2]);
    return 1;
  }
  clip.samples = samples;
  outputs.struct_size = sizeof(outputs);
  outputs.posterior = posterior;
  outputs.coefficient = &coefficient; /* the outputs left null are not written */
  if (serene_engine_score(engine, &clip, 1, &outputs) != SERENE_OK) return failed("score");

  for (k = 0; k < serene_model_label_count(model); ++k) {
    printf("%s %.9g\n", serene_model_label(model, k), (double)posterior[k]);
  }
  /* NaN of a model that does not enhance, as the default is. */
  if (!isnan(coefficient)) printf("coefficient %.9g\n", (double)coefficient);

  free(posterior);
  free(samples);
  serene_engine_destroy(engine);
  serene_model_close(model);
  return 0;
}
