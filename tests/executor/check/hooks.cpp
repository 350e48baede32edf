// The functions that GCC calls from code compiled with -fsanitize=thread,alignment,bounds. The sanitizers'
// run times, which are meant for real threads, are not linked; these take their place.
//
// An error cannot be thrown from here, because GCC takes the hooks not to throw: it ends the block's fibers
// instead (Block::fail) and launch() throws.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/executor/block.h"
#include "tests/executor/check/access.h"
#include "tests/executor/check/symbolise.h"

namespace serene::executor {
namespace {

inline void hook(const void* address, size_t bytes, Use use, const void* from) {
  Block* block = Block::current();
  if (block == nullptr || !block->checked()) return;
  // Most accesses are to the thread's own variables.
  if (block->on_own_stack(reinterpret_cast<uintptr_t>(address))) return;
  check_access(address, bytes, use, site_of(from));
}

// What -fsanitize=alignment and bounds pass along; the layout is the compiler's.
struct SourceLocation {
  const char* file;
  uint32_t line, column;
};

std::string text(const SourceLocation& at) {
  const std::string file = at.file == nullptr ? "?" : at.file;
  return file.substr(file.rfind('/') + 1) + ":" + std::to_string(at.line);
}

struct TypeMismatch {
  SourceLocation at;
  const void* type;
  unsigned char log_alignment, kind;
};

struct OutOfBounds {
  SourceLocation at;
  const void *array_type, *index_type;
};

void type_mismatch(const TypeMismatch& what, uintptr_t pointer) {
  Block* block = Block::current();
  if (block == nullptr) return;
  block->fail_here("makes a misaligned access at " + text(what.at) + ": the address is a multiple of " +
                   std::to_string(pointer & (~pointer + 1)) + ", wanted " +
                   std::to_string(1u << what.log_alignment));
}

void out_of_bounds(const OutOfBounds& what, uintptr_t index) {
  Block* block = Block::current();
  if (block == nullptr) return;
  block->fail_here("makes an out-of-bounds access at " + text(what.at) + ": index " +
                   std::to_string(static_cast<intptr_t>(index)) + " of an array");
}

}  // namespace
}  // namespace serene::executor

using serene::executor::hook;
using serene::executor::Use;

#define SERENE_HOOK(name, bytes, use) \
  void __tsan_##name(void* address) { hook(address, bytes, use, __builtin_return_address(0)); }

#pragma GCC diagnostic ignored "-Wmissing-declarations"
extern "C" {
SERENE_HOOK(read1, 1, Use::read)
SERENE_HOOK(read2, 2, Use::read)
SERENE_HOOK(read4, 4, Use::read)
SERENE_HOOK(read8, 8, Use::read)
SERENE_HOOK(read16, 16, Use::read)
SERENE_HOOK(unaligned_read2, 2, Use::read)
SERENE_HOOK(unaligned_read4, 4, Use::read)
SERENE_HOOK(unaligned_read8, 8, Use::read)
SERENE_HOOK(unaligned_read16, 16, Use::read)
SERENE_HOOK(volatile_read1, 1, Use::read)
SERENE_HOOK(volatile_read2, 2, Use::read)
SERENE_HOOK(volatile_read4, 4, Use::read)
SERENE_HOOK(volatile_read8, 8, Use::read)
SERENE_HOOK(volatile_read16, 16, Use::read)
SERENE_HOOK(write1, 1, Use::write)
SERENE_HOOK(write2, 2, Use::write)
SERENE_HOOK(write4, 4, Use::write)
SERENE_HOOK(write8, 8, Use::write)
SERENE_HOOK(write16, 16, Use::write)
SERENE_HOOK(unaligned_write2, 2, Use::write)
SERENE_HOOK(unaligned_write4, 4, Use::write)
SERENE_HOOK(unaligned_write8, 8, Use::write)
SERENE_HOOK(unaligned_write16, 16, Use::write)
SERENE_HOOK(volatile_write1, 1, Use::write)
SERENE_HOOK(volatile_write2, 2, Use::write)
SERENE_HOOK(volatile_write4, 4, Use::write)
SERENE_HOOK(volatile_write8, 8, Use::write)
SERENE_HOOK(volatile_write16, 16, Use::write)

void __tsan_read_range(void* address, size_t bytes) {
  hook(address, bytes, Use::read, __builtin_return_address(0));
}
void __tsan_write_range(void* address, size_t bytes) {
  hook(address, bytes, Use::write, __builtin_return_address(0));
}
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

void __ubsan_handle_type_mismatch_v1(serene::executor::TypeMismatch* what, uintptr_t pointer) {
  serene::executor::type_mismatch(*what, pointer);
}
void __ubsan_handle_type_mismatch_v1_abort(serene::executor::TypeMismatch* what, uintptr_t pointer) {
  serene::executor::type_mismatch(*what, pointer);
}
void __ubsan_handle_out_of_bounds(serene::executor::OutOfBounds* what, uintptr_t index) {
  serene::executor::out_of_bounds(*what, index);
}
void __ubsan_handle_out_of_bounds_abort(serene::executor::OutOfBounds* what, uintptr_t index) {
  serene::executor::out_of_bounds(*what, index);
}
}
