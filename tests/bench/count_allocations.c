/* Counts what a program allocates: preloaded into each, it adds to one file a program, mapped before a sandbox could forbid it.
 *
 *   OUTPOST_ALLOCATIONS=DIRECTORY LD_PRELOAD=count_allocations.so PROGRAM
 *
 * DIRECTORY/PROGRAM then holds the number of calls so far, 64 bits, of all processes of that name. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* old, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

static uint64_t before_the_file;
static uint64_t* calls = &before_the_file;

static void count(void) {
  __atomic_fetch_add(calls, 1, __ATOMIC_RELAXED);
}

__attribute__((constructor)) static void map_file(void) {
  const char* directory = getenv("OUTPOST_ALLOCATIONS");
  char path[4096];
  if (!directory) return;
  snprintf(path, sizeof path, "%s/%s", directory, program_invocation_short_name);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0 || ftruncate(fd, sizeof *calls) != 0) return;
  void* place = mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (place != MAP_FAILED) calls = place;
}

void* malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void* calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

void* realloc(void* old, size_t size) {
  count();
  return __libc_realloc(old, size);
}

void* memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** place, size_t alignment, size_t size) {
  *place = memalign(alignment, size);
  return *place ? 0 : ENOMEM;
}
