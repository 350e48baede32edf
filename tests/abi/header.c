/* serene.h alone, before any other header, and every function's address has its declared type. */
#include <serene/serene.h>

int main(void) {
  serene_engine_options options;
  serene_score_outputs outputs = {sizeof(serene_score_outputs), NULL, NULL, NULL, NULL, NULL, NULL};
  serene_clip clip = {NULL, 0};
  serene_recording recording = {0};
  serene_recording_options recording_options = {0};
  serene_results* results = NULL;
  serene_status (*score)(serene_engine*, const serene_clip*, size_t, const serene_score_outputs*) =
      serene_engine_score;
  serene_status (*score_recording)(serene_engine*, const serene_recording*, const serene_recording_options*,
                                   serene_results**) = serene_engine_score_recording;
  serene_status (*run)(serene_engine*, const serene_clip*, size_t, serene_results**) = serene_engine_run;
  serene_status (*run_outputs)(serene_engine*, const serene_clip*, size_t, const size_t*, size_t,
                               serene_results**) = serene_engine_run_outputs;
  serene_status (*states)(serene_engine*, const serene_clip*, size_t, size_t, size_t, serene_results**) =
      serene_engine_states;
  serene_status (*cut)(const serene_model*, const serene_recording*, const serene_recording_options*,
                       serene_results**) = serene_model_cut_recording;
  size_t (*state_sizes[])(const serene_model*) = {serene_model_state_count, serene_model_state_width};
  int (*can_run)(const serene_model*) = serene_model_can_run;
  size_t (*window_samples)(const serene_model*) = serene_model_window_samples;
  serene_status (*values)(const serene_results*, size_t, const char*, const float**, size_t*) =
      serene_results_values;
  serene_status (*text)(const serene_results*, size_t, const char*, const char**) = serene_results_text;
  uint32_t (*flags)(const serene_results*, size_t) = serene_results_flags;
  double (*shares[])(const serene_results*) = {serene_results_clipped_share, serene_results_silent_share};
  double (*places[])(const serene_results*, size_t) = {serene_results_start, serene_results_seconds};
  const char* (*reason)(const serene_results*) = serene_results_reason;
  const char* (*item_reason)(const serene_results*, size_t) = serene_results_item_reason;
  double (*threshold)(const serene_model*, size_t) = serene_model_output_threshold;
  serene_engine_options_init(&options);
  if (score_recording(NULL, &recording, &recording_options, &results) == SERENE_OK) return 1;
  if (run(NULL, &clip, 0, &results) == SERENE_OK || can_run(NULL) || window_samples(NULL) != 0) return 1;
  if (run_outputs(NULL, &clip, 0, NULL, 0, &results) == SERENE_OK) return 1;
  if (states(NULL, &clip, 0, SERENE_LAST_STATE, 1, &results) == SERENE_OK) return 1;
  if (cut(NULL, &recording, &recording_options, &results) == SERENE_OK) return 1;
  if (state_sizes[0](NULL) + state_sizes[1](NULL) != 0) return 1;
  if (values(results, SERENE_WHOLE_RECORDING, "posterior", NULL, NULL) == SERENE_OK) return 1;
  if (text(results, serene_results_count(results), "posterior", NULL) == SERENE_OK) return 1;
  if (shares[0](results) + shares[1](results) + places[0](results, 0) + places[1](results, 0) > 0) return 1;
  if (flags(results, 0) & (SERENE_RECORDING_SILENT | SERENE_RECORDING_CLIPPING)) return 1;
  if (reason(results)[0] != 0 || item_reason(results, 0)[0] != 0 || threshold(NULL, 0) != 0) return 1;
  serene_results_free(results);
  return score(NULL, &clip, 0, &outputs) == SERENE_OK;
}
