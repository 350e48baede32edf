// ldmatrix and mma: the last lane of a warp to arrive computes for all. Fragment layouts as in the PTX
// ISA, 9.7.14.
#include <bit>
#include <cstring>

#include "tests/executor/block.h"
#include "tests/executor/calls.h"
#include "tests/executor/check/access.h"
#include "tests/executor/check/symbolise.h"

namespace serene::executor {
namespace {

constexpr uint32_t kFullWarp = 0xFFFFFFFF;

struct LoadPost {
  uint32_t* registers;
  int count;
  bool transposed;
  const uint16_t* row;
};

void compute_load(Block&, Gathering& warp) {
  const auto post = [&](int lane) { return static_cast<LoadPost*>(warp.lanes[lane].post); };
  for (int lane = 0; lane < 32; ++lane) {
    LoadPost& mine = *post(lane);
    for (int matrix = 0; matrix < mine.count; ++matrix) {
      const auto at = [&](int row, int column) -> uint32_t { return post(8 * matrix + row)->row[column]; };
      const int major = lane / 4, minor = 2 * (lane % 4);
      mine.registers[matrix] = mine.transposed ? at(minor, major) | at(minor + 1, major) << 16
                                               : at(major, minor) | at(major, minor + 1) << 16;
    }
  }
}

struct MmaPost {
  float* d;
  const uint32_t *a, *b;
  const float* c;
};

float low_bf16(uint32_t pair) { return std::bit_cast<float>(pair << 16); }
float high_bf16(uint32_t pair) { return std::bit_cast<float>(pair & 0xFFFF0000u); }
// The tensor core does not see the low 13 bits of a TF32 operand.
float tf32(uint32_t bits) { return std::bit_cast<float>(bits & 0xFFFFE000u); }

// d (16, 8) = a (16, K) b (K, 8) + c. Sums run over k in order, in float: a GPU adds in another order and
// with more bits in between, so results agree to rounding only.
template <int K>
void multiply(Gathering& warp, const float (&a)[16][K], const float (&b)[K][8]) {
  float d[16][8];
  const auto post = [&](int lane) { return static_cast<MmaPost*>(warp.lanes[lane].post); };
  for (int lane = 0; lane < 32; ++lane) {
    const int row = lane / 4, column = 2 * (lane % 4);
    for (int i = 0; i < 4; ++i) d[row + i / 2 * 8][column + i % 2] = post(lane)->c[i];
  }
  for (int row = 0; row < 16; ++row) {
    for (int k = 0; k < K; ++k) {
      for (int column = 0; column < 8; ++column) d[row][column] += a[row][k] * b[k][column];
    }
  }
  for (int lane = 0; lane < 32; ++lane) {
    const int row = lane / 4, column = 2 * (lane % 4);
    for (int i = 0; i < 4; ++i) post(lane)->d[i] = d[row + i / 2 * 8][column + i % 2];
  }
}

void compute_mma_bf16(Block&, Gathering& warp) {
  float a[16][16], b[16][8];
  for (int lane = 0; lane < 32; ++lane) {
    const MmaPost& post = *static_cast<MmaPost*>(warp.lanes[lane].post);
    const int group = lane / 4, pair = 2 * (lane % 4);
    for (int i = 0; i < 4; ++i) {
      const int row = group + i % 2 * 8, k = pair + i / 2 * 8;
      a[row][k] = low_bf16(post.a[i]);
      a[row][k + 1] = high_bf16(post.a[i]);
    }
    for (int i = 0; i < 2; ++i) {
      b[pair + i * 8][group] = low_bf16(post.b[i]);
      b[pair + i * 8 + 1][group] = high_bf16(post.b[i]);
    }
  }
  multiply(warp, a, b);
}

void compute_mma_tf32(Block&, Gathering& warp) {
  float a[16][8], b[8][8];
  for (int lane = 0; lane < 32; ++lane) {
    const MmaPost& post = *static_cast<MmaPost*>(warp.lanes[lane].post);
    const int group = lane / 4, k = lane % 4;
    for (int i = 0; i < 4; ++i) a[group + i % 2 * 8][k + i / 2 * 4] = tf32(post.a[i]);
    for (int i = 0; i < 2; ++i) b[k + i * 4][group] = tf32(post.b[i]);
  }
  multiply(warp, a, b);
}

}  // namespace

void load_matrices(uint32_t* registers, int count, bool transposed, const void* row, Where where) {
  Block* block = Block::current();
  // Lanes beyond give addresses that are not used.
  const bool used = static_cast<int>(block->thread() % 32) < 8 * count;
  if (used) {
    const auto address = reinterpret_cast<uintptr_t>(row);
    if (!block->shared().contains(address))
      block->fail_here("gives ldmatrix (" + place_text(where) + ") a row that is not in shared memory");
    if (address % 16 != 0)
      block->fail_here("gives ldmatrix (" + place_text(where) + ") a row that is not aligned to 16 bytes");
    check_access(row, 16, Use::read, site_of(__builtin_return_address(0)));
  }
  LoadPost post{registers, count, transposed, static_cast<const uint16_t*>(row)};
  block->collective("ldmatrix", kFullWarp, &post, compute_load, where);
}

void mma_bf16(float* d, const uint32_t* a, const uint32_t* b, const float* c, Where where) {
  MmaPost post{d, a, b, c};
  Block::current()->collective("mma", kFullWarp, &post, compute_mma_bf16, where);
}

void mma_tf32(float* d, const uint32_t* a, const uint32_t* b, const float* c, Where where) {
  MmaPost post{d, a, b, c};
  Block::current()->collective("mma", kFullWarp, &post, compute_mma_tf32, where);
}

}  // namespace serene::executor
