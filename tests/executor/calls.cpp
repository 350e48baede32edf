#include "tests/executor/calls.h"

#include "tests/executor/block.h"

namespace serene::executor {
namespace {

struct ShufflePost {
  Shuffle kind;
  int operand, width;
  uint64_t value, result;
};

void compute_shuffle(Block& block, Gathering& warp) {
  for (int lane = 0; lane < 32; ++lane) {
    auto* post = static_cast<ShufflePost*>(warp.lanes[lane].post);
    if (post == nullptr) continue;
    const int first = lane & ~(post->width - 1), last = first + post->width - 1;
    int source = lane;
    switch (post->kind) {
      case Shuffle::index:
        source = first + (post->operand & (post->width - 1));
        break;
      case Shuffle::up:
        source = lane - post->operand < first ? lane : lane - post->operand;
        break;
      case Shuffle::down:
        source = lane + post->operand > last ? lane : lane + post->operand;
        break;
      case Shuffle::exclusive_or:
        // Lanes of segments before may be read, not of those after.
        source = (lane ^ post->operand) > last ? lane : lane ^ post->operand;
        break;
    }
    const auto* from = static_cast<const ShufflePost*>(warp.lanes[source].post);
    if (from == nullptr) {
      block.fail(block.thread_text(warp.lanes[lane].thread) + " reads lane " + std::to_string(source) +
                 " in a shuffle (" + place_text(warp.where) + "), which is not in the mask");
    }
    post->result = from->value;
  }
}

struct BallotPost {
  bool predicate;
  uint32_t result;
};

void compute_ballot(Block&, Gathering& warp) {
  uint32_t result = 0;
  for (int lane = 0; lane < 32; ++lane) {
    const auto* post = static_cast<const BallotPost*>(warp.lanes[lane].post);
    if (post != nullptr && post->predicate) result |= 1u << lane;
  }
  for (const Lane& lane : warp.lanes) {
    if (lane.post != nullptr) static_cast<BallotPost*>(lane.post)->result = result;
  }
}

// The only one of the warp's collectives that orders memory.
void compute_sync(Block& block, Gathering& warp) {
  if (!block.checked()) return;
  std::vector<uint32_t> members;
  for (const Lane& lane : warp.lanes) {
    if (lane.post != nullptr) members.push_back(lane.thread);
  }
  block.races().clocks().meet(members);
}

}  // namespace

uint3 thread_index() {
  const Block* block = Block::current();
  return block->thread_index(block->thread());
}
uint3 block_index() { return Block::current()->index(); }
uint3 block_size() { return Block::current()->call().block; }
uint3 grid_size() { return Block::current()->call().grid; }

void sync_threads(Where where) { Block::current()->barrier("__syncthreads", false, where); }
int sync_threads_or(int predicate, Where where) {
  return Block::current()->barrier("__syncthreads_or", predicate != 0, where).any ? 1 : 0;
}
int sync_threads_and(int predicate, Where where) {
  return Block::current()->barrier("__syncthreads_and", predicate != 0, where).all ? 1 : 0;
}
int sync_threads_count(int predicate, Where where) {
  return Block::current()->barrier("__syncthreads_count", predicate != 0, where).sum;
}
void named_barrier(int id, int threads, bool wait, Where where) {
  Block::current()->named_barrier(id, threads, wait, where);
}

void sync_warp(uint32_t mask, Where where) {
  char here;  // any address: those who came are those who posted
  Block::current()->collective("__syncwarp", mask, &here, compute_sync, where);
}

void fence() { Block::current()->races().fence(); }

uint64_t shuffle(Shuffle kind, uint32_t mask, uint64_t value, int lane_or_distance, int width, Where where) {
  Block* block = Block::current();
  if (width < 1 || width > 32 || (width & (width - 1)) != 0)
    block->fail_here("shuffles with width " + std::to_string(width) + " (" + place_text(where) + ")");
  ShufflePost post{kind, lane_or_distance, width, value, 0};
  block->collective("a shuffle", mask, &post, compute_shuffle, where);
  return post.result;
}

uint32_t ballot(uint32_t mask, bool predicate, Where where) {
  BallotPost post{predicate, 0};
  Block::current()->collective("a vote", mask, &post, compute_ballot, where);
  return post.result;
}

void* shared_array(const void* key, const char* name, size_t bytes) {
  Block* block = Block::current();
  std::string error;
  void* array = block->shared().array(key, name, bytes, error);
  if (array == nullptr) block->fail(error);
  return array;
}

void* dynamic_shared() {
  Block* block = Block::current();
  std::string error;
  void* array = block->shared().dynamic(error);
  if (array == nullptr) block->fail(error);
  return array;
}

}  // namespace serene::executor
