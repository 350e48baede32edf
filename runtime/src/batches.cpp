#include "runtime/src/batches.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/common/error.h"
#include "runtime/src/log.h"

namespace serene::runtime {

void Batches::run(const std::map<int64_t, std::vector<size_t>>& of_length) {
  for (const auto& [length, items] : of_length) add(items);
  collect_last();
}

void Batches::collect_last() {
  if (!under_way_) return;
  Batch batch = std::move(*under_way_);
  under_way_.reset();
  collect_(std::move(batch.pass), batch.items);
}

void Batches::add(std::span<const size_t> items) {
  size_t most = most_;
  while (!items.empty()) {
    const std::span<const size_t> batch = items.first(std::min(most, items.size()));
    try {
      Batch next{start_(batch), batch};
      collect_last();
      under_way_.emplace(std::move(next));
      items = items.subspan(batch.size());
    } catch (const Error& error) {
      // Fewer at a time may fit.
      if (error.kind() != ErrorKind::out_of_memory || batch.size() == 1) throw;
      most = batch.size() / 2;
      log(SERENE_LOG_WARNING, "out of memory for " + std::to_string(batch.size()) +
                                  " clips at a time, trying " + std::to_string(most));
    }
  }
}

}  // namespace serene::runtime
