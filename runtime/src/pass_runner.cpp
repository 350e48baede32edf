#include "runtime/src/pass_runner.h"

#include <algorithm>

namespace serene::runtime {

PassRunner::Plan& PassRunner::plan_of(const PassKey& key, const std::function<void(Arena&)>& measure) {
  const auto known = plans_.find(key);
  if (known != plans_.end()) return known->second;
  if (plans_.size() == kMostPlans) {
    plans_.erase(std::min_element(plans_.begin(), plans_.end(), [](const auto& a, const auto& b) {
      return a.second.last_use < b.second.last_use;
    }));
  }
  Arena arena;
  measure(arena);
  Plan& plan = plans_[key];
  plan.bytes = arena.peak();
  return plan;
}

void PassRunner::grow(AlignedBuffer& buffer, size_t bytes, Memory& memory) {
  if (bytes <= buffer.bytes()) return;
  buffer = AlignedBuffer();  // never both at once
  buffer = AlignedBuffer(bytes, memory);
}

void PassRunner::make_room(size_t bytes) {
  if (bytes <= memory_.bytes()) return;
  for (auto& [key, plan] : plans_) plan.graph.reset();
  grow(memory_, bytes, back_end_.working());
}

void PassRunner::run(const PassKey& key, std::span<const std::span<const float>> input,
                     std::span<float> output, TapSink* taps, const Forward& forward) {
  size_t input_size = 0;
  for (const std::span<const float> piece : input) input_size += piece.size();
  Stream stream = back_end_.stream();
  stream.observer = observer_;
  View<float, 1> in, out;
  const auto take = [&](Arena& arena) {
    in = arena.take<1>({static_cast<int64_t>(input_size)});
    out = arena.take<1>({static_cast<int64_t>(output.size())});
  };
  const auto pass = [&](Arena& arena) {
    take(arena);
    forward(Pass{arena, stream, taps, &back_end_, precision_}, in.data, out.data);
  };

  // Taps may take memory of their own, and the host reads them where they are.
  AlignedBuffer visible;
  Plan watched;
  Plan& plan = taps == nullptr ? plan_of(key, pass) : watched;
  if (taps != nullptr) {
    Arena measured;
    pass(measured);
    visible = AlignedBuffer(measured.peak(), back_end_.visible());
  } else {
    make_room(plan.bytes);
  }
  plan.last_use = ++clock_;
  const AlignedBuffer& memory = taps == nullptr ? memory_ : visible;
  const auto arena_of = [&] { return Arena(static_cast<std::byte*>(memory.data()), memory.bytes()); };

  grow(staging_, std::max(input_size, output.size()) * sizeof(float), back_end_.staging());
  float* end = staging_.floats();
  for (const std::span<const float> piece : input) end = std::copy(piece.begin(), piece.end(), end);
  Arena arena = arena_of();
  // A kernel that reads what nobody wrote, or what was given back, shall show.
  if (stream.device == Device::executor) arena.poison();
  take(arena);
  {
    const Observed upload(observer_, "upload");
    back_end_.upload(in.data, staging_.data(), input_size * sizeof(float));
  }
  // What comes once is launched; what comes again is kept.
  const bool as_graph = taps == nullptr && observer_ == nullptr;
  if (as_graph && plan.graph == nullptr && ++plan.uses == 2) {
    plan.graph = back_end_.capture([&] {
      Arena again = arena_of();
      pass(again);
    });
  }
  if (as_graph && plan.graph != nullptr) {
    back_end_.launch(*plan.graph);
  } else {
    forward(Pass{arena, stream, taps, &back_end_, precision_}, in.data, out.data);
  }
  {
    const Observed download(observer_, "download");
    back_end_.download(staging_.data(), out.data, output.size_bytes());
  }
  back_end_.finish();
  std::copy_n(staging_.floats(), output.size(), output.begin());
}

}  // namespace serene::runtime
