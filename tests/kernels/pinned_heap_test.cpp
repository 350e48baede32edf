// The heap of test programs that run on a GPU, over the emulated CUDA runtime.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "kernels/common/aligned_buffer.h"
#include "tests/support/cuda_emulation/emulation.h"

namespace serene::test {
namespace {

// Bytes that are pinned while `allocate` runs.
template <class Allocate>
size_t pinned_by(Allocate&& allocate) {
  const size_t before = cuda().used;
  allocate();
  return cuda().used - before;
}

TEST(PinnedHeap, WhatIsNewIsPinned) {
  // Larger than a region: it is pinned by itself.
  constexpr size_t kLarge = size_t{65} << 20;
  std::vector<char> chars;
  EXPECT_GE(pinned_by([&] { chars.resize(kLarge); }), kLarge);
  AlignedBuffer buffer;
  EXPECT_GE(pinned_by([&] { buffer = AlignedBuffer(3 * kLarge); }), 3 * kLarge) << "weights and workspaces";
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % AlignedBuffer::kAlignment, 0u);
  EXPECT_EQ(cuda().calls["cudaMallocManaged"], 0);
}

TEST(PinnedHeap, SmallBlocksShareRegionsAndAreUsedAgain) {
  const size_t pinned = pinned_by([] {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (int i = 0; i < 1000; ++i) {
      blocks.emplace_back(new char[1000]);
      std::memset(blocks.back().get(), i, 1000);
    }
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(blocks[i][999], static_cast<char>(i));
  });
  EXPECT_LE(pinned, size_t{64} << 20);
  const int calls = cuda().calls["cudaMallocHost"];
  for (int i = 0; i < 100000; ++i) std::make_unique<std::array<char, 3000>>();
  EXPECT_EQ(cuda().calls["cudaMallocHost"], calls);
}

TEST(PinnedHeap, BlocksAreAlignedAndApart) {
  struct alignas(4096) Page {
    char bytes[4096];
  };
  std::vector<std::unique_ptr<Page>> pages;
  for (int i = 0; i < 10; ++i) {
    pages.push_back(std::make_unique<Page>());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pages.back().get()) % 4096, 0u);
    std::memset(pages.back().get(), i, sizeof(Page));
    const auto small = std::make_unique<char[]>(1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(small.get()) % 16, 0u);
  }
  for (int i = 0; i < 10; ++i) {
    for (const char byte : pages[i]->bytes) ASSERT_EQ(byte, static_cast<char>(i));
  }
}

TEST(PinnedHeap, NoMemoryIsBadAlloc) {
  const size_t before = cuda().memory;
  cuda().memory = cuda().used + (size_t{64} << 20);
  EXPECT_THROW(static_cast<void>(std::vector<char>(size_t{256} << 20)), std::bad_alloc);
  cuda().memory = before;
  EXPECT_EQ(std::vector<char>(size_t{256} << 20, 'a')[1000], 'a');
}

}  // namespace
}  // namespace serene::test
