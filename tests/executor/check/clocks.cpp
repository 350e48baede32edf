#include <algorithm>

#include "tests/executor/check/shadow.h"

namespace serene::executor {

void Clocks::begin_block(uint32_t threads) {
  threads_ = threads;
  meetings_ = 1;  // the past before the block; 0 is never
  known_.assign(size_t{threads} * threads, 0);
  for (uint32_t t = 0; t < threads; ++t) row(t)[t] = 1;  // 0 is the past before the block
}

void Clocks::meet(const std::vector<uint32_t>& members) {
  merged_.assign(threads_, 0);
  for (const uint32_t member : members) {
    for (uint32_t t = 0; t < threads_; ++t) merged_[t] = std::max(merged_[t], row(member)[t]);
  }
  for (const uint32_t member : members) {
    std::copy(merged_.begin(), merged_.end(), row(member));
    ++row(member)[member];
  }
}

void Clocks::meet_all() {
  ++meetings_;
  // No thread knows more of another than that one itself, so the maximum is the diagonal.
  merged_.resize(threads_);
  for (uint32_t t = 0; t < threads_; ++t) merged_[t] = own(t);
  for (uint32_t t = 0; t < threads_; ++t) {
    std::copy(merged_.begin(), merged_.end(), row(t));
    ++row(t)[t];
  }
}

void Clocks::release(uint32_t thread, std::vector<uint32_t>& board) {
  board.resize(threads_, 0);
  for (uint32_t t = 0; t < threads_; ++t) board[t] = std::max(board[t], row(thread)[t]);
  ++row(thread)[thread];
}

void Clocks::acquire(uint32_t thread, const std::vector<uint32_t>& board) {
  for (uint32_t t = 0; t < std::min<size_t>(threads_, board.size()); ++t)
    row(thread)[t] = std::max(row(thread)[t], board[t]);
}

}  // namespace serene::executor
