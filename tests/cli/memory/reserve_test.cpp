#include "cli/memory/reserve.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cli/memory/shortage.h"

namespace serene::cli {
namespace {

constexpr size_t kAll = Reserve::kCell * Reserve::kCells;

TEST(Reserve, BlocksAreAlignedApartAndItsOwn) {
  const auto reserve = std::make_unique<Reserve>();
  std::vector<std::byte*> blocks;
  const size_t sizes[] = {0, 1, Reserve::kCell, Reserve::kCell + 1, 5000, 16};
  for (const size_t size : sizes) {
    auto* block = static_cast<std::byte*>(reserve->take(size));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(std::max_align_t), 0u);
    EXPECT_TRUE(reserve->owns(block));
    EXPECT_GE(reserve->size_of(block), size);
    std::memset(block, static_cast<int>(blocks.size()) + 1, size);
    blocks.push_back(block);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t at = 0; at < sizes[i]; ++at) ASSERT_EQ(blocks[i][at], std::byte(i + 1));
  }
  for (std::byte* block : blocks) reserve->give_back(block);
}

TEST(Reserve, MemoryOfOthersIsNotItsOwn) {
  const auto reserve = std::make_unique<Reserve>();
  int local = 0;
  EXPECT_FALSE(reserve->owns(&local));
  EXPECT_FALSE(reserve->owns(nullptr));
  auto* first = static_cast<std::byte*>(reserve->take(kAll));
  ASSERT_NE(first, nullptr);
  EXPECT_FALSE(reserve->owns(first - 1));
  EXPECT_TRUE(reserve->owns(first + kAll - 1));
  EXPECT_FALSE(reserve->owns(first + kAll));
}

TEST(Reserve, GivesAllThatItHasAndTakesItBack) {
  const auto reserve = std::make_unique<Reserve>();
  EXPECT_EQ(reserve->take(kAll + 1), nullptr);
  EXPECT_EQ(reserve->take(SIZE_MAX), nullptr);
  for (int round = 0; round < 2; ++round) {
    std::vector<void*> blocks;
    while (void* block = reserve->take(3 * Reserve::kCell)) blocks.push_back(block);
    EXPECT_EQ(blocks.size(), Reserve::kCells / 3);
    for (void* block : blocks) reserve->give_back(block);
  }
  // What was given back in pieces is one again.
  void* all = reserve->take(kAll);
  EXPECT_NE(all, nullptr);
  EXPECT_EQ(reserve->take(1), nullptr);
  reserve->give_back(all);
}

TEST(Reserve, AHoleIsFilledByWhatFits) {
  const auto reserve = std::make_unique<Reserve>();
  void* before = reserve->take(Reserve::kCell);
  void* hole = reserve->take(2 * Reserve::kCell);
  void* behind = reserve->take(Reserve::kCell);
  reserve->give_back(hole);
  void* larger = reserve->take(3 * Reserve::kCell);
  EXPECT_GT(larger, behind);
  EXPECT_EQ(reserve->take(2 * Reserve::kCell), hole);
  EXPECT_NE(before, hole);
}

TEST(Reserve, IsLowOnceHalfIsInUse) {
  const auto reserve = std::make_unique<Reserve>();
  EXPECT_FALSE(reserve->is_low());
  void* less = reserve->take(kAll / 2 - Reserve::kCell);
  EXPECT_FALSE(reserve->is_low());
  void* more = reserve->take(1);
  EXPECT_TRUE(reserve->is_low());
  reserve->give_back(less);
  EXPECT_FALSE(reserve->is_low());
  reserve->give_back(more);
}

TEST(Shortage, EndsARunInOrder) {
  EXPECT_NO_THROW(end_if_memory_is_low());
  EXPECT_EQ(stopped_by_shortage([] { return 7; }), 7);
  const auto exit_code_of = [](const auto& body) {
    try {
      body();
    } catch (const Stop& stop) {
      EXPECT_STREQ(stop.what(), "out of memory");
      return stop.exit_code();
    }
    return kExitOk;
  };
  void* half = reserve.take(kAll / 2);
  EXPECT_EQ(exit_code_of([] { end_if_memory_is_low(); }), kExitMemory);
  reserve.give_back(half);
  EXPECT_EQ(exit_code_of([] { end_if_memory_is_low(); }), kExitOk);
  EXPECT_EQ(exit_code_of([] { stopped_by_shortage([] { throw std::bad_alloc(); }); }), kExitMemory);
  EXPECT_THROW(stopped_by_shortage([] { throw std::runtime_error("another"); }), std::runtime_error);
}

TEST(Reserve, ServesThreadsAtATime) {
  const auto reserve = std::make_unique<Reserve>();
  std::vector<std::thread> threads;
  std::vector<int> spoilt(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 2000; ++i) {
        const size_t size = 1 + i % 700;
        auto* block = static_cast<unsigned char*>(reserve->take(size));
        if (block == nullptr) {
          ++spoilt[t];
          continue;
        }
        std::memset(block, t + 1, size);
        for (size_t at = 0; at < size; ++at) spoilt[t] += block[at] != t + 1;
        reserve->give_back(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(spoilt, std::vector<int>(4));
  EXPECT_NE(reserve->take(kAll), nullptr);
}

}  // namespace
}  // namespace serene::cli
