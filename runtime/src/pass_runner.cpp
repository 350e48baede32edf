#include "runtime/src/pass_runner.h"

#include <algorithm>

#include "kernels/common/error.h"

namespace serene::runtime {

PassRunner::PassRunner(BackEnd& back_end, Precision precision, size_t graph_bytes)
    : back_end_(back_end), precision_(precision), most_graph_bytes_(graph_bytes) {
  for (Slot& slot : slots_) slot.done = back_end_.moment();
}

PassRunner::Running::~Running() {
  if (slot_ == nullptr) return;
  // Nobody asked for the output; whatever went wrong is told by what went wrong.
  try {
    runner_->back_end_.wait(*slot_->done);
  } catch (...) {
  }
  slot_->busy = false;
}

PassRunner::Plan& PassRunner::plan_of(const PassKey& key, const std::function<void(Arena&)>& measure) {
  const auto known = plans_.find(key);
  if (known != plans_.end()) return known->second;
  if (plans_.size() == kMostPlans) {
    back_end_.finish();  // its graph may be running
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

void PassRunner::make_room(size_t bytes) {
  if (bytes <= memory_.bytes()) return;
  back_end_.finish();
  for (auto& [key, plan] : plans_) plan.graph.reset();
  memory_ = AlignedBuffer();  // never both at once
  memory_ = AlignedBuffer(bytes, back_end_.working());
  most_bytes_ = std::max(most_bytes_, memory_.bytes());
}

void PassRunner::make_room(Slot& slot, size_t bytes) {
  // Nobody uses them: the slot is free.
  if (slot.staging.bytes() < bytes) {
    slot.staging = AlignedBuffer();
    slot.staging = AlignedBuffer(bytes, back_end_.staging());
  }
  if (slot.device.bytes() < bytes) {
    slot.device = AlignedBuffer();
    slot.device = AlignedBuffer(bytes, back_end_.working());
  }
}

size_t PassRunner::graph_bytes() const {
  size_t bytes = 0;
  for (const auto& [key, plan] : plans_) bytes += plan.graph == nullptr ? 0 : plan.graph->bytes();
  return bytes;
}

void PassRunner::bound_graphs(const Plan& kept) {
  for (size_t bytes = graph_bytes(); bytes > most_graph_bytes_;) {
    Plan* oldest = nullptr;
    for (auto& [key, plan] : plans_) {
      if (plan.graph == nullptr || &plan == &kept) continue;
      if (oldest == nullptr || plan.last_use < oldest->last_use) oldest = &plan;
    }
    if (oldest == nullptr) return;
    back_end_.finish();  // it may be running
    bytes -= oldest->graph->bytes();
    oldest->graph.reset();
    oldest->uses = 0;
  }
}

PassRunner::Slot& PassRunner::free_slot() {
  for (Slot& slot : slots_) {
    if (!slot.busy) return slot;
  }
  throw Error(ErrorKind::internal, "pass: more are running than there is room for");
}

PassRunner::Running PassRunner::start(const PassKey& key, size_t input_size, const Fill& fill,
                                      size_t output_size, TapSink* taps, const Forward& forward) {
  Stream stream = back_end_.stream();
  stream.observer = observer_;
  View<float, 1> in, out;
  const auto take = [&](Arena& arena) {
    in = arena.take<1>({static_cast<int64_t>(input_size)});
    out = arena.take<1>({static_cast<int64_t>(output_size)});
  };
  const auto pass = [&](Arena& arena) {
    take(arena);
    forward(Pass{arena, stream, taps, &back_end_, precision_}, in.data, out.data);
  };

  Slot& slot = free_slot();
  make_room(slot, std::max(input_size, output_size) * sizeof(float));
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

  // What comes once is launched; what comes again is kept.
  const bool as_graph = taps == nullptr && observer_ == nullptr;
  if (as_graph && plan.graph == nullptr && ++plan.uses == 2) {
    plan.graph = back_end_.capture([&] {
      Arena again = arena_of();
      pass(again);
    });
    bound_graphs(plan);
  }

  fill({slot.staging.floats(), input_size});
  slot.busy = true;
  Running running(*this, slot, output_size);
  try {
    Arena arena = arena_of();
    // A kernel that reads what nobody wrote, or what was given back, shall show.
    if (back_end_.poisons()) arena.poison();
    take(arena);
    {
      const Observed upload(observer_, "upload");
      back_end_.upload(slot.device.data(), slot.staging.data(), input_size * sizeof(float));
      back_end_.copy(in.data, slot.device.data(), input_size * sizeof(float));
    }
    if (as_graph && plan.graph != nullptr) {
      back_end_.launch(*plan.graph);
    } else {
      forward(Pass{arena, stream, taps, &back_end_, precision_}, in.data, out.data);
    }
    {
      const Observed download(observer_, "download");
      back_end_.copy(slot.device.data(), out.data, output_size * sizeof(float));
      back_end_.download(slot.staging.data(), slot.device.data(), output_size * sizeof(float));
      // Copies have an order of their own, which marks between launches do not see.
      if (observer_ != nullptr) back_end_.finish();
    }
    back_end_.mark(*slot.done);
    if (taps != nullptr) back_end_.finish();
  } catch (...) {
    // Some of it may be under way, in memory that is about to be used again.
    try {
      back_end_.finish();
    } catch (...) {
    }
    throw;
  }
  return running;
}

void PassRunner::collect(Running&& pass, std::span<float> output) {
  Slot& slot = *pass.slot_;
  if (output.size() != pass.size_)
    throw Error(ErrorKind::internal, "pass: the output has another size than was started");
  back_end_.wait(*slot.done);
  std::copy_n(slot.staging.floats(), output.size(), output.begin());
  pass.slot_ = nullptr;
  slot.busy = false;
}

}  // namespace serene::runtime
