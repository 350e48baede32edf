// Feeds a device with work in batches, the next always asked for before the last is waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "runtime/src/pass_runner.h"

namespace serene::runtime {

class Batches {
 public:
  // Both get the numbers of a batch's items.
  using Start = std::function<PendingPass(std::span<const size_t> items)>;
  using Collect = std::function<void(PendingPass&& pass, std::span<const size_t> items)>;

  // `most` items go together, and half as many wherever a start throws Error(out_of_memory); that of a single
  // item comes out.
  Batches(size_t most, Start start, Collect collect)
      : most_(most), start_(std::move(start)), collect_(std::move(collect)) {}

  // All items, by length: those of one length can go together in any number.
  void run(const std::map<int64_t, std::vector<size_t>>& of_length);

 private:
  struct Batch {
    PendingPass pass;
    std::span<const size_t> items;
  };

  // The last of the items may be under way when it returns.
  void add(std::span<const size_t> items);
  void collect_last();

  size_t most_;
  Start start_;
  Collect collect_;
  std::optional<Batch> under_way_;
};

}  // namespace serene::runtime
