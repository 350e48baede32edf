// Runs forward passes on a device: plans their memory, moves input and output beside other passes' kernels,
// keeps graphs of passes that run twice and more.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "kernels/common/aligned_buffer.h"
#include "runtime/src/back_end/back_end.h"
#include "runtime/src/pass.h"

namespace serene::runtime {

// What a pass's plan and graph depend on: all passes of one key make the same launches.
struct PassKey {
  enum class Kind { enhance, score, states, part } kind;
  std::vector<int64_t> lengths = {};  // of the clips, in samples
  std::vector<size_t> outputs = {};   // that are computed of them, by their numbers
  int64_t state = 0, group_size = 1;  // of states: which one, and the frames in a mean
  auto operator<=>(const PassKey&) const = default;
};

class PassRunner {
 private:
  // The two ends of a pass's copies, so that one pass's can be under way while another computes.
  struct Slot {
    AlignedBuffer staging, device;
    std::unique_ptr<Event> done;  // the output is in staging
    bool busy = false;
  };

 public:
  // A pass that was started. Given up where it ends without collect().
  class PendingPass {
   public:
    PendingPass(PendingPass&& other) noexcept
        : runner_(other.runner_), slot_(other.slot_), size_(other.size_) {
      other.slot_ = nullptr;
    }
    PendingPass& operator=(PendingPass&&) = delete;
    ~PendingPass();

   private:
    friend PassRunner;
    PendingPass(PassRunner& runner, Slot& slot, size_t size) : runner_(&runner), slot_(&slot), size_(size) {}
    PassRunner* runner_;
    Slot* slot_;
    size_t size_;  // floats of the output
  };

  // `back_end` outlives the runner. Graphs beyond `graph_bytes` together are given up, the one that was used
  // longest ago first.
  PassRunner(BackEnd& back_end, Precision precision, size_t graph_bytes);

  // Passes that may run at a time.
  static constexpr size_t kSlots = 2;

  // Has `fill` write the input, copies it to the device, calls `forward` with it and with room for the
  // output, and copies that back, all without waiting where the device allows it. `forward` is called to
  // measure, to run, and to be captured: it does nothing but take memory and run ops. With taps it has run
  // when this returns.
  using Fill = std::function<void(std::span<float> input)>;
  using Forward = std::function<void(const Pass& pass, float* input, float* output)>;
  PendingPass start(const PassKey& key, size_t input_size, const Fill& fill, size_t output_size,
                    ProbeSink* taps, const Forward& forward);
  // Waits for the pass; `output` has its size.
  void collect(PendingPass&& pass, std::span<float> output);

  // Tells `observer` of every pass from now on, whose ops are then launched one by one; null for nobody.
  void observe(Observer* observer) { observer_ = observer; }

  // The most working memory that kernels had so far.
  size_t most_bytes() const { return most_bytes_; }
  size_t graph_bytes() const;

 private:
  struct Plan {
    size_t bytes = 0;
    Offsets offsets;
    std::unique_ptr<Graph> graph;
    uint64_t uses = 0, last_use = 0;
  };
  static constexpr size_t kMostPlans = 1024;

  // Runs a pass with an arena that measures.
  using Measure = std::function<void(Arena& arena, Offsets& offsets)>;
  static void measure(Plan& plan, const Measure& pass);
  Plan& plan_of(const PassKey& key, const Measure& pass);
  // Grows what is too small; what it held is lost. Waits for the passes that use it.
  void make_room(size_t bytes);
  void make_room(Slot& slot, size_t bytes);
  void bound_graphs(const Plan& kept);
  Slot& free_slot();

  BackEnd& back_end_;
  Precision precision_;
  size_t most_graph_bytes_;
  // One for all plans, as the device runs one pass at a time; graphs hold its addresses.
  AlignedBuffer memory_;
  size_t most_bytes_ = 0;
  std::array<Slot, kSlots> slots_;
  std::map<PassKey, Plan> plans_;
  Observer* observer_ = nullptr;
  uint64_t clock_ = 0;
};

using PendingPass = PassRunner::PendingPass;

}  // namespace serene::runtime
