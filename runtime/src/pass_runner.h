// Runs forward passes on a device: plans their memory, moves input and output, keeps graphs of what comes
// again.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "kernels/common/aligned_buffer.h"
#include "runtime/src/back_end/back_end.h"
#include "runtime/src/pass.h"

namespace serene::runtime {

// What a pass's plan and graph depend on: all passes of one key make the same launches.
struct PassKey {
  enum class Kind { enhance, score, features, recognise } kind;
  int64_t batch = 1;
  int64_t size = 0;  // samples or frames of a clip
  auto operator<=>(const PassKey&) const = default;
};

class PassRunner {
 public:
  // `back_end` outlives the runner.
  PassRunner(BackEnd& back_end, Precision precision) : back_end_(back_end), precision_(precision) {}

  // Copies `input`, piece behind piece, to the device, calls `forward` with it and with room for `output`,
  // and copies that back. `forward` is called to measure, to run, and to be captured: it does nothing but
  // take memory and run ops.
  using Forward = std::function<void(const Pass& pass, float* input, float* output)>;
  void run(const PassKey& key, std::span<const std::span<const float>> input, std::span<float> output,
           TapSink* taps, const Forward& forward);

  // Tells `observer` of every pass from now on, whose ops are then launched one by one; null for nobody.
  void observe(Observer* observer) { observer_ = observer; }

  // Working memory held now.
  size_t bytes() const { return memory_.bytes(); }

 private:
  struct Plan {
    size_t bytes = 0;
    std::unique_ptr<Graph> graph;
    uint64_t uses = 0, last_use = 0;
  };
  static constexpr size_t kMostPlans = 64;

  Plan& plan_of(const PassKey& key, const std::function<void(Arena&)>& measure);
  // Grows `memory`; what it held is lost.
  void make_room(size_t bytes);
  static void grow(AlignedBuffer& buffer, size_t bytes, Memory& memory);

  BackEnd& back_end_;
  Precision precision_;
  // One for all plans, as one pass runs at a time; graphs hold its addresses.
  AlignedBuffer memory_, staging_;
  std::map<PassKey, Plan> plans_;
  Observer* observer_ = nullptr;
  uint64_t clock_ = 0;
};

}  // namespace serene::runtime
