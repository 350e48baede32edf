/* serene.h alone, before any other header, and every function's address has its declared type. */
#include <serene/serene.h>

int main(void) {
  serene_engine_options options;
  serene_score_outputs outputs = {sizeof(serene_score_outputs), NULL, NULL, NULL, NULL, NULL, NULL};
  serene_clip clip = {NULL, 0};
  serene_status (*score)(serene_engine*, const serene_clip*, size_t, const serene_score_outputs*) =
      serene_engine_score;
  serene_engine_options_init(&options);
  return score(NULL, &clip, 0, &outputs) == SERENE_OK;
}
