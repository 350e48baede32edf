#include "runtime/src/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/common/error.h"

namespace serene::runtime {
namespace {

// The same taking and giving back, measured and for real.
std::vector<std::byte*> take_some(Arena& arena) {
  std::vector<std::byte*> taken;
  taken.push_back(arena.take_bytes(1));
  {
    const Arena::Scope scope(arena);
    taken.push_back(arena.take_bytes(200));
    taken.push_back(reinterpret_cast<std::byte*>(arena.take<2>({3, 5}).data));
  }
  taken.push_back(arena.take_bytes(64));
  return taken;
}

TEST(Arena, MeasuresTheHighWaterMark) {
  Arena plan;
  take_some(plan);
  EXPECT_EQ(plan.peak(), 64u + 256u + 64u);

  AlignedBuffer memory(plan.peak());
  Arena arena(static_cast<std::byte*>(memory.data()), memory.bytes());
  const std::vector<std::byte*> taken = take_some(arena);
  const auto* base = static_cast<std::byte*>(memory.data());
  EXPECT_EQ(taken[0] - base, 0);
  EXPECT_EQ(taken[1] - base, 64);
  EXPECT_EQ(taken[2] - base, 320);
  EXPECT_EQ(taken[3] - base, 64);  // where the scope began
}

TEST(Arena, RefusesMoreThanPlanned) {
  AlignedBuffer memory(128);
  Arena arena(static_cast<std::byte*>(memory.data()), memory.bytes());
  arena.take_bytes(100);
  EXPECT_THROW(arena.take_bytes(1), Error);
}

TEST(Arena, PoisonsWhatIsTakenAndWhatIsGivenBack) {
  AlignedBuffer memory(192);
  std::fill_n(memory.floats(), 48, 1.0f);
  Arena arena(static_cast<std::byte*>(memory.data()), memory.bytes());
  const View<float, 1> kept = arena.take<1>({16});
  arena.poison();
  EXPECT_EQ(kept.data[15], 1.0f);
  View<float, 1> scoped;
  {
    const Arena::Scope scope(arena);
    scoped = arena.take<1>({32});
    EXPECT_TRUE(std::isnan(scoped.data[0]) && std::isnan(scoped.data[31]));
    std::fill_n(scoped.data, 32, 2.0f);
  }
  EXPECT_TRUE(std::isnan(scoped.data[0]) && std::isnan(scoped.data[31]));
  EXPECT_EQ(kept.data[15], 1.0f);
}

}  // namespace
}  // namespace serene::runtime
