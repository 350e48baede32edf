/* The library is loaded at run time, as by Python, and memory runs out on a thread that has not called it
   before. Usage: serene-test-memory-loaded LIBRARY MODEL */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <serene/serene.h>
#include <stdio.h>
#include <string.h>

#include "failing_allocator.h"

/* The thread's variables are allocated first, of the library and of the C++ library. Without them glibc ends
   the process. */
enum { kVariables = 2, kTried = 200 };

static serene_status (*open_model)(const char*, serene_model**);
static void (*close_model)(serene_model*);
static const char* (*last_error)(void);
static const char* path;
static long failing;

static void* open_without_memory(void* failed) {
  serene_model* model = NULL;
  failing_allocator_start(failing, LONG_MAX);
  const serene_status status = open_model(path, &model);
  failing_allocator_stop();
  *(int*)failed = status != SERENE_OUT_OF_MEMORY || strcmp(last_error(), "out of memory") != 0;
  if (*(int*)failed) fprintf(stderr, "allocation %ld: status %d: %s\n", failing, status, last_error());
  if (status == SERENE_OK) close_model(model);
  return NULL;
}

int main(int argc, char** argv) {
  void* library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (library == NULL) return 2;
  *(void**)&open_model = dlsym(library, "serene_model_open");
  *(void**)&close_model = dlsym(library, "serene_model_close");
  *(void**)&last_error = dlsym(library, "serene_last_error");
  path = argv[2];
  for (failing = kVariables; failing < kTried; ++failing) {
    pthread_t thread;
    int failed = 1;
    if (pthread_create(&thread, NULL, open_without_memory, &failed) != 0) return 2;
    if (pthread_join(thread, NULL) != 0 || failed) return 1;
  }
  return 0;
}
