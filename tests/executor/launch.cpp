#include "tests/executor/launch.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "kernels/common/error.h"
#include "kernels/common/observer.h"
#include "tests/executor/block.h"
#include "tests/executor/check/symbolise.h"
#include "tests/executor/kernel_shared.h"
#include "tests/executor/memory.h"
#include "tests/executor/record.h"

namespace serene::executor {
namespace {

uint64_t environment_seed() {
  const char* text = std::getenv("SERENE_EXECUTOR_SEED");
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

uint64_t mix(uint64_t a, uint64_t b) { return (a ^ (b + 1)) * 0xD6E8FEB86659FD93u + b; }

// Stacks and shared memory are kept from launch to launch.
Block& block_of_this_thread() {
  thread_local Block block;
  return block;
}

[[noreturn]] void fail(const KernelCall& call, const std::string& text) {
  throw Error(ErrorKind::internal, "executor: " + function_name(call.kernel) + ": " + text);
}

// Of what a GPU refuses.
void check_launch(const KernelCall& call, size_t most) {
  const dim3 &g = call.grid, &b = call.block;
  const uint64_t threads = uint64_t{b.x} * b.y * b.z;
  if (threads < 1 || threads > 1024 || b.x > 1024 || b.y > 1024 || b.z > 64)
    fail(call, "blocks of " + std::to_string(threads) + " threads, wanted 1 to 1024");
  if (g.x < 1 || g.y < 1 || g.z < 1 || g.x > 0x7FFFFFFF || g.y > 65535 || g.z > 65535)
    fail(call, "grid (" + std::to_string(g.x) + "," + std::to_string(g.y) + "," + std::to_string(g.z) +
                   "), wanted 1 to 2147483647, 65535, 65535");
  const size_t statics = static_shared_bytes(call.kernel, call.shared_bytes), dynamic = call.shared_bytes;
  if (statics > kStaticLimit)
    fail(call,
         std::to_string(statics) + " bytes of static shared memory, at most " + std::to_string(kStaticLimit));
  const std::string both = std::to_string(statics) + " bytes of static and " + std::to_string(dynamic) +
                           " of dynamic shared memory";
  if (statics + dynamic > most) fail(call, both + ", and a block may have " + std::to_string(most));
  if (const size_t allowed = allowed_dynamic_shared(call.kernel, most); dynamic > allowed) {
    fail(call, both + ", of which it is allowed " + std::to_string(allowed));
  }
}

}  // namespace

void run_grid(const KernelCall& call, const Stream& stream) {
  check_launch(call, stream.most_shared);
  const dim3 &grid = call.grid, &block = call.block;
  const ObserverScope observed(
      stream, {call.kernel, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, call.shared_bytes});
  if (taken(call, stream)) return;
  // The race detector's cells for global memory are one for the process.
  static std::mutex checked_mutex;
  std::unique_lock<std::mutex> lock(checked_mutex, std::defer_lock);
  if (call.checked) lock.lock();

  const auto count = static_cast<int64_t>(grid.x) * grid.y * grid.z;
  const uint64_t seed = environment_seed();
  // An odd step through the powers of two is a permutation; indices beyond the grid are passed over.
  int64_t span = 1;
  while (span < count) span *= 2;
  const auto step = static_cast<int64_t>(mix(seed, 1) | 1), first = static_cast<int64_t>(mix(seed, 2));

  std::mutex error_mutex;
  std::string error;
  std::atomic<bool> failed{false};
  const auto run = [&](int64_t i, int) {
    const int64_t linear = static_cast<int64_t>(
        (static_cast<uint64_t>(first) + static_cast<uint64_t>(i) * static_cast<uint64_t>(step)) &
        static_cast<uint64_t>(span - 1));
    if (linear >= count || failed.load(std::memory_order_relaxed)) return;
    const auto u = static_cast<uint64_t>(linear);
    const dim3 index(static_cast<unsigned>(u % grid.x), static_cast<unsigned>(u / grid.x % grid.y),
                     static_cast<unsigned>(u / grid.x / grid.y));
    std::string text;
    try {
      text = block_of_this_thread().run(call, index, mix(seed, u));
    } catch (const std::exception& e) {  // no memory; a pool's tasks must not throw
      text = e.what();
    }
    if (text.empty()) return;
    failed = true;
    const std::lock_guard guard(error_mutex);
    error = "block (" + std::to_string(index.x) + "," + std::to_string(index.y) + "," +
            std::to_string(index.z) + "): " + text;
  };
  if (call.checked || stream.pool == nullptr) {
    block_of_this_thread().begin_launch();
    for (int64_t i = 0; i < span; ++i) run(i, 0);
  } else {
    stream.pool->parallel_for(span, run);
  }
  // A checked kernel has been stopped before it could.
  if (error.empty() && !call.checked) error = Regions::all().damaged_band();
  if (!error.empty()) fail(call, error);
}

void run_grid(void (*run)(const void*), const void* arguments, size_t argument_bytes, const void* kernel,
              dim3 grid, dim3 block, size_t shared_bytes, bool checked, const Stream& stream) {
  KernelCall call;
  call.run = run;
  call.arguments = arguments;
  call.argument_bytes = argument_bytes;
  call.kernel = kernel;
  call.grid = grid;
  call.block = block;
  call.shared_bytes = shared_bytes;
  call.static_bytes = static_shared_bytes(kernel);
  call.checked = checked;
  run_grid(call, stream);
}

}  // namespace serene::executor
