#include "tests/executor/block.h"

#include <algorithm>
#include <cstring>

namespace serene::executor {
namespace {

// SplitMix64: good enough to shuffle, and one state word.
uint64_t next_random(uint64_t& state) {
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

bool same_place(const Where& a, const Where& b) {
  if (a.line() != b.line()) return false;
  return a.file_name() == b.file_name() || std::strcmp(a.file_name(), b.file_name()) == 0;
}

std::string triple(uint3 v) {
  return "(" + std::to_string(v.x) + "," + std::to_string(v.y) + "," + std::to_string(v.z) + ")";
}

}  // namespace

std::string place_text(const Where& where) {
  const char* slash = std::strrchr(where.file_name(), '/');
  return std::string(slash == nullptr ? where.file_name() : slash + 1) + ":" + std::to_string(where.line());
}

Block::Block() : shared_cells_(map_cells(SharedMemory::kArena)) {}
Block::~Block() { unmap_cells(shared_cells_, SharedMemory::kArena); }

void Block::begin_launch() {
  history_.clear();
  races_.begin_launch();
}

std::string Block::run(const KernelCall& call, dim3 index, uint64_t seed) {
  call_ = &call;
  index_ = index;
  if (checked()) history_.push_back(index);
  size_ = call.block.x * call.block.y * call.block.z;
  ended_ = 0;
  random_ = seed;
  error_.clear();
  stacks_.reserve(size_);
  if (threads_.size() < size_) threads_.resize(size_);
  ready_.resize(size_);
  uint3 thread_index{};
  for (uint32_t t = 0; t < size_; ++t) {
    threads_[t].index = thread_index;
    if (++thread_index.x == call.block.x) {
      thread_index.x = 0;
      if (++thread_index.y == call.block.y) {
        thread_index.y = 0;
        ++thread_index.z;
      }
    }
    threads_[t].state = State::ready;
    threads_[t].copies.clear();
    threads_[t].context.prepare(stacks_.stack(t), FiberStacks::kBytes, &Block::entry);
    ready_[t] = t;
  }
  barrier_ = ThreadBarrier{};
  for (NamedBarrier& barrier : named_) barrier = NamedBarrier{};
  gatherings_.resize((size_ + 31) / 32);
  for (auto& gatherings : gatherings_) gatherings.clear();
  transaction_barriers_.clear();
  shared_.begin_block(call.static_bytes, call.shared_bytes);
  if (checked()) races_.begin_block(size_);

  current_ = this;
  while (error_.empty() && ended_ < size_) {
    if (ready_.empty() && !wake_by_condition()) {
      error_ = deadlock_text();
      break;
    }
    if (!error_.empty()) break;
    running_ = take_ready();
    Context::switch_to(outside_, threads_[running_].context);
  }
  current_ = nullptr;
  if (error_.empty()) error_ = shared_.damaged_band();
  return error_;
}

void Block::entry() {
  Block* block = current_;
  block->call_->run(block->call_->arguments);
  Thread& thread = block->threads_[block->running_];
  if (thread.copies.pending() > 0) {
    block->fail_here("leaves the kernel with " + std::to_string(thread.copies.pending()) +
                     " cp.async copies that were not waited for");
  }
  thread.state = State::ended;
  ++block->ended_;
  block->switch_away();
  __builtin_unreachable();
}

uint32_t Block::take_ready() {
  // Multiplication instead of a remainder: this is run at every switch.
  const size_t at = static_cast<size_t>((next_random(random_) >> 32) * ready_.size() >> 32);
  const uint32_t thread = ready_[at];
  ready_[at] = ready_.back();
  ready_.pop_back();
  return thread;
}

void Block::switch_away() {
  Thread& from = threads_[running_];
  if (ready_.empty()) {
    Context::switch_to(from.context, outside_);
    return;
  }
  const uint32_t next = take_ready();
  if (next == running_) return;
  running_ = next;
  Context::switch_to(from.context, threads_[next].context);
}

void Block::wait(const char* what, Where where) {
  Thread& thread = threads_[running_];
  thread.state = State::waiting;
  thread.what = what;
  thread.where = where;
  switch_away();
}

void Block::wake(uint32_t thread) {
  threads_[thread].state = State::ready;
  ready_.push_back(thread);
}

void Block::wait_until(const char* what, Where where, bool (*ready)(Block&, void*), void* state) {
  threads_[running_].condition = ready;
  threads_[running_].condition_state = state;
  wait(what, where);
  threads_[running_].condition = nullptr;
}

bool Block::wake_by_condition() {
  bool any = false;
  for (uint32_t t = 0; t < size_; ++t) {
    Thread& thread = threads_[t];
    if (thread.state != State::waiting || thread.condition == nullptr) continue;
    running_ = t;  // whose error it is, and whose clocks move
    if (!thread.condition(*this, thread.condition_state)) continue;
    wake(t);
    any = true;
  }
  return any;
}

void Block::fail(std::string text) {
  error_ = std::move(text);
  // The fibers' stacks are given up as they are; device code owns nothing.
  Context::switch_to(threads_[running_].context, outside_);
  __builtin_unreachable();
}

void Block::fail_here(const std::string& text) { fail(thread_text(running_) + " " + text); }

Block::Votes Block::barrier(const char* what, bool predicate, Where where) {
  ThreadBarrier& barrier = barrier_;
  if (barrier.waiting.empty()) {
    barrier.what = what;
    barrier.where = where;
    barrier.votes = Votes{};
  } else if (barrier.what != what || !same_place(barrier.where, where)) {
    fail("diverged barrier: " + threads_text(barrier.waiting) + " wait at " + barrier.what + " (" +
         place_text(barrier.where) + "), but " + thread_text(running_) + " comes to " + what + " (" +
         place_text(where) + ")");
  }
  barrier.votes.sum += predicate ? 1 : 0;
  barrier.votes.any |= predicate;
  barrier.votes.all &= predicate;
  barrier.waiting.push_back(running_);
  if (barrier.waiting.size() == size_) {
    barrier.result = barrier.votes;
    if (checked()) races_.clocks().meet_all();
    for (const uint32_t thread : barrier.waiting) wake(thread);
    barrier.waiting.clear();
    // Also the last to arrive goes back to the end of the queue: none has a better place than the others.
    switch_away();
  } else {
    wait(what, where);
  }
  // A second barrier cannot have ended before this thread has come to it.
  return barrier.result;
}

void Block::named_barrier(int id, int threads, bool waits, Where where) {
  const char* what = waits ? "named_barrier_sync" : "named_barrier_arrive";
  if (id < 1 || id > 15 || threads < 32 || threads % 32 != 0 || threads > 1024) {
    fail_here(std::string(what) + " (" + place_text(where) + "): barrier " + std::to_string(id) + " of " +
              std::to_string(threads) + " threads; wanted 1 to 15 and a multiple of 32");
  }
  NamedBarrier& barrier = named_[id];
  if (barrier.arrived > 0 && barrier.wanted != threads) {
    fail_here(std::string(what) + " (" + place_text(where) + "): barrier " + std::to_string(id) + " of " +
              std::to_string(threads) + " threads, others came with " + std::to_string(barrier.wanted));
  }
  barrier.wanted = threads;
  ++barrier.arrived;
  if (checked()) races_.clocks().release(running_, barrier.board);
  if (waits) barrier.waiting.push_back(running_);
  if (barrier.arrived == threads) {
    for (const uint32_t thread : barrier.waiting) {
      if (checked()) races_.clocks().acquire(thread, barrier.board);
      if (thread != running_) wake(thread);
    }
    barrier = NamedBarrier{};
  } else if (waits) {
    wait(what, where);
  }
}

void Block::collective(const char* what, uint32_t mask, void* post, void (*compute)(Block&, Gathering&),
                       Where where) {
  const uint32_t warp = running_ / 32, lane = running_ % 32;
  const uint32_t lanes = std::min(32u, size_ - warp * 32);
  const uint32_t existing = lanes == 32 ? ~0u : (1u << lanes) - 1;
  const auto at = [&] { return std::string(what) + " (" + place_text(where) + ")"; };
  if (!(mask >> lane & 1)) fail_here("comes to " + at() + ", but is not in its mask");
  if (mask & ~existing)
    fail_here("comes to " + at() + ", whose mask names lanes that the block does not have");

  std::vector<Gathering>& all = gatherings_[warp];
  Gathering* gathering = nullptr;
  const Gathering* diverged = nullptr;
  for (Gathering& other : all) {
    if (other.mask == mask && other.what == what && same_place(other.where, where)) {
      gathering = &other;
    } else if ((other.mask >> lane & 1) && (other.arrived & mask)) {
      // Somebody there waits for this thread, and this thread would wait for him here. Parts of a warp that
      // are at different places otherwise do no harm: they may meet later.
      diverged = &other;
    }
  }
  if (gathering == nullptr && diverged != nullptr) {
    std::vector<uint32_t> waiting;
    for (uint32_t i = 0; i < 32; ++i) {
      if (diverged->arrived >> i & 1) waiting.push_back(warp * 32 + i);
    }
    fail("diverged warp: " + threads_text(waiting) + " wait at " + diverged->what + " (" +
         place_text(diverged->where) + "), but " + thread_text(running_) + " comes to " + at());
  }
  if (gathering == nullptr) {
    gathering = &all.emplace_back();
    gathering->what = what;
    gathering->where = where;
    gathering->mask = mask;
  }
  gathering->lanes[lane] = {running_, post};
  gathering->arrived |= 1u << lane;
  if (gathering->arrived != mask) return wait(what, where);
  if (compute != nullptr) compute(*this, *gathering);
  for (uint32_t i = 0; i < 32; ++i) {
    if ((mask >> i & 1) && i != lane) wake(warp * 32 + i);
  }
  *gathering = all.back();
  all.pop_back();
}

std::string Block::thread_text(uint32_t thread) const { return "thread " + triple(thread_index(thread)); }

std::string Block::block_text(uint32_t generation) const {
  const uint32_t i = generation - races_.launch_begin();
  return "block " + (i < history_.size() ? triple(history_[i]) : std::string("?"));
}

std::string Block::threads_text(const std::vector<uint32_t>& threads) const {
  std::vector<uint32_t> sorted = threads;
  std::sort(sorted.begin(), sorted.end());
  std::string text = sorted.size() == 1 ? "thread " : "threads ";
  // Runs of neighbours, "0-31, 64".
  for (size_t i = 0; i < sorted.size();) {
    size_t end = i + 1;
    while (end < sorted.size() && sorted[end] == sorted[end - 1] + 1) ++end;
    if (i > 0) text += ", ";
    text += std::to_string(sorted[i]);
    if (end - i > 1) text += "-" + std::to_string(sorted[end - 1]);
    i = end;
  }
  return text;
}

std::string Block::deadlock_text() const {
  std::string text = "barrier that not all threads reach: ";
  std::vector<uint32_t> ended;
  std::vector<bool> told(size_, false);
  for (uint32_t t = 0; t < size_; ++t) {
    if (threads_[t].state == State::ended) ended.push_back(t);
    if (threads_[t].state != State::waiting || told[t]) continue;
    std::vector<uint32_t> together;
    for (uint32_t u = t; u < size_; ++u) {
      const Thread& other = threads_[u];
      if (other.state != State::waiting || other.what != threads_[t].what ||
          !same_place(other.where, threads_[t].where))
        continue;
      together.push_back(u);
      told[u] = true;
    }
    text += threads_text(together) + (together.size() == 1 ? " waits at " : " wait at ") + threads_[t].what +
            " (" + place_text(threads_[t].where) + "); ";
  }
  if (ended.empty()) return text + "none has left the kernel";
  return text + threads_text(ended) + (ended.size() == 1 ? " has" : " have") + " left the kernel";
}

int Block::stack_owner(uintptr_t address) const {
  if (on_own_stack(address)) return 1;
  if (!stacks_.near(address)) return 0;  // the kernel's arguments, mostly
  for (uint32_t t = 0; t < size_; ++t) {
    if (address - reinterpret_cast<uintptr_t>(stacks_.stack(t)) < FiberStacks::kBytes) return 2;
  }
  return 0;
}

}  // namespace serene::executor
