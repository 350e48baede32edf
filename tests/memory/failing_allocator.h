/* malloc and its kin, of which chosen calls fail. Loaded before the C library, by LD_PRELOAD or as the first
   library of a program; C++'s operator new comes to it through malloc.

   A program that cannot call it is steered by the environment: SERENE_FAIL_FIRST=n SERENE_FAIL_COUNT=k lets
   the calls n to n + k - 1 fail, counted from the start of the process; SERENE_COUNT_CALLS=FILE writes their
   number there at its end. */
#ifndef SERENE_TESTS_MEMORY_FAILING_ALLOCATOR_H
#define SERENE_TESTS_MEMORY_FAILING_ALLOCATOR_H

/* Counts anew from 0, and lets calls number `first` to first + count - 1 fail. */
void failing_allocator_start(long first, long count);
/* No further call fails. How many there were since the start. */
long failing_allocator_stop(void);
/* Blocks of memory that are in use. */
long failing_allocator_blocks(void);

#endif
