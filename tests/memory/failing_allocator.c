#include "failing_allocator.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The GNU C library's own. */
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* block);

static atomic_long calls, blocks;
static atomic_long first = LONG_MAX, end = LONG_MAX;

void failing_allocator_start(long from, long count) {
  atomic_store(&calls, 0);
  atomic_store(&end, count > LONG_MAX - from ? LONG_MAX : from + count);
  atomic_store(&first, from);
}

long failing_allocator_stop(void) {
  atomic_store(&first, LONG_MAX);
  return atomic_load(&calls);
}

long failing_allocator_blocks(void) { return atomic_load(&blocks); }

static long number_in(const char* name, long otherwise) {
  const char* text = getenv(name);
  return text == NULL ? otherwise : strtol(text, NULL, 10);
}

/* Allocations that the loader makes before come first in the count, and do not fail. */
__attribute__((constructor)) static void steer_by_environment(void) {
  const long from = number_in("SERENE_FAIL_FIRST", LONG_MAX);
  const long count = number_in("SERENE_FAIL_COUNT", 1);
  if (from != LONG_MAX) failing_allocator_start(from, count);
}

__attribute__((destructor)) static void tell_count(void) {
  const long count = failing_allocator_stop();
  const char* path = getenv("SERENE_COUNT_CALLS");
  FILE* file = path == NULL ? NULL : fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%ld\n", count);
  fclose(file);
}

static int fails(void) {
  const long call = atomic_fetch_add(&calls, 1);
  if (call < atomic_load(&first) || call >= atomic_load(&end)) return 0;
  errno = ENOMEM;
  return 1;
}

static void* counted(void* block) {
  if (block != NULL) atomic_fetch_add(&blocks, 1);
  return block;
}

void* malloc(size_t size) { return fails() ? NULL : counted(__libc_malloc(size)); }

void* calloc(size_t count, size_t size) { return fails() ? NULL : counted(__libc_calloc(count, size)); }

void free(void* block) {
  if (block != NULL) atomic_fetch_sub(&blocks, 1);
  __libc_free(block);
}

void* realloc(void* block, size_t size) {
  if (block == NULL) return malloc(size);
  if (size == 0) {
    free(block);
    return NULL;
  }
  return fails() ? NULL : __libc_realloc(block, size);
}

void* memalign(size_t alignment, size_t size) {
  return fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** block, size_t alignment, size_t size) {
  const int before = errno;
  void* memory = memalign(alignment, size);
  errno = before;
  if (memory == NULL) return ENOMEM;
  *block = memory;
  return 0;
}
