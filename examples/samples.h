/* Reads a file of raw samples (float): what the C examples have in common. */
#include <stdio.h>
#include <stdlib.h>

/* NULL if the file cannot be read; the caller frees it. */
static float* read_samples(const char* path, size_t* count) {
  FILE* file = fopen(path, "rb");
  float* samples = NULL;
  size_t capacity = 0;
  *count = 0;
  if (file == NULL) return NULL;
  do {
    float* larger = realloc(samples, (capacity += 65536) * sizeof(float));
    if (larger == NULL) break;
    samples = larger;
    *count += fread(samples + *count, sizeof(float), capacity - *count, file);
  } while (*count == capacity);
  fclose(file);
  return samples;
}
