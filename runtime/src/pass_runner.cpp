#include "runtime/src/pass_runner.h"

#include <algorithm>

#include "kernels/common/error.h"

namespace serene::runtime {
namespace {

constexpr size_t kLine = AlignedBuffer::kAlignment;

// Of the offsets in memory, whole lines.
size_t room_for(const Offsets& offsets) {
  return (offsets.size() * sizeof(int64_t) + kLine - 1) / kLine * kLine;
}

}  // namespace

PassRunner::PassRunner(BackEnd& back_end, Precision precision, size_t graph_bytes)
    : back_end_(back_end), precision_(precision), most_graph_bytes_(graph_bytes) {
  for (Slot& slot : slots_) slot.done = back_end_.event();
}

PassRunner::PendingPass::~PendingPass() {
  if (slot_ == nullptr) return;
  // Nobody asked for the output; whatever went wrong is told by what went wrong.
  try {
    runner_->back_end_.wait(*slot_->done);
  } catch (...) {
  }
  slot_->busy = false;
}

void PassRunner::measure(Plan& plan, const Measure& pass) {
  Arena arena;
  pass(arena, plan.offsets);
  plan.bytes = arena.peak() + room_for(plan.offsets);
}

PassRunner::Plan& PassRunner::plan_of(const PassKey& key, const Measure& pass) {
  const auto known = plans_.find(key);
  if (known != plans_.end()) return known->second;
  if (plans_.size() == kMostPlans) {
    back_end_.finish();  // its graph may be running
    plans_.erase(std::min_element(plans_.begin(), plans_.end(), [](const auto& a, const auto& b) {
      return a.second.last_use < b.second.last_use;
    }));
  }
  Plan plan;
  measure(plan, pass);
  return plans_[key] = std::move(plan);
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

PendingPass PassRunner::start(const PassKey& key, size_t input_size, const Fill& fill, size_t output_size,
                              ProbeSink* taps, const Forward& forward) {
  Stream stream = back_end_.stream();
  stream.observer = observer_;
  // A pass has at the bottom of its memory: offsets of its clips, input, output. Offsets and input come by
  // one copy.
  struct Ends {
    View<float, 1> in, out;
  };
  const auto take = [&](Arena& arena) -> Ends {
    return {arena.take<1>({static_cast<int64_t>(input_size)}),
            arena.take<1>({static_cast<int64_t>(output_size)})};
  };
  const Measure measured = [&](Arena& arena, Offsets& offsets) {
    const Ends ends = take(arena);
    forward(Pass{arena, stream, taps, &back_end_, precision_, &offsets}, ends.in.data, ends.out.data);
  };

  // Taps may take memory of their own, and the host reads them where they are.
  AlignedBuffer visible;
  Plan watched;
  Plan& plan = taps == nullptr ? plan_of(key, measured) : watched;
  if (taps != nullptr) measure(plan, measured);
  plan.last_use = ++clock_;
  const size_t offset_bytes = room_for(plan.offsets);
  const size_t input_bytes = offset_bytes + input_size * sizeof(float);
  Slot& slot = free_slot();
  // The lesser first: what a batch leaves behind that is too large would be in the way of a smaller one.
  make_room(slot, std::max(input_bytes, output_size * sizeof(float)));
  if (taps != nullptr) {
    visible = AlignedBuffer(plan.bytes, back_end_.visible());
  } else {
    make_room(plan.bytes);
  }
  auto* const base = static_cast<std::byte*>((taps == nullptr ? memory_ : visible).data());
  const auto arena_of = [&] { return Arena(base + offset_bytes, plan.bytes - offset_bytes); };
  auto* const offsets_on_device = reinterpret_cast<int64_t*>(base);
  const auto run = [&](Arena& arena) {
    const Ends ends = take(arena);
    // On the CPU kernels read the plan's own offsets.
    Offsets::Reader reader(plan.offsets, stream.device == Device::cpu ? nullptr : offsets_on_device);
    forward(Pass{arena, stream, taps, &back_end_, precision_, nullptr, &reader}, ends.in.data, ends.out.data);
  };

  // The first run of a key launches its kernels one by one, the second captures them in a graph.
  const bool as_graph = taps == nullptr && observer_ == nullptr;
  if (as_graph && plan.graph == nullptr && ++plan.uses == 2) {
    plan.graph = back_end_.capture([&] {
      Arena again = arena_of();
      run(again);
    });
    bound_graphs(plan);
  }

  auto* const staged = static_cast<std::byte*>(slot.staging.data());
  plan.offsets.write({reinterpret_cast<int64_t*>(staged), plan.offsets.size()});
  fill({reinterpret_cast<float*>(staged + offset_bytes), input_size});
  slot.busy = true;
  PendingPass running(*this, slot, output_size);
  try {
    Arena arena = arena_of();
    // A kernel that reads what nobody wrote, or what was given back, shall show.
    if (back_end_.poisons()) arena.poison();
    Arena ends_of = arena_of();
    const Ends ends = take(ends_of);
    {
      const ObserverScope upload(observer_, "upload");
      back_end_.upload(slot.device.data(), staged, input_bytes);
      back_end_.copy(base, slot.device.data(), input_bytes);
    }
    if (as_graph && plan.graph != nullptr) {
      back_end_.launch(*plan.graph);
    } else {
      run(arena);
    }
    {
      const ObserverScope download(observer_, "download");
      back_end_.copy(slot.device.data(), ends.out.data, output_size * sizeof(float));
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

void PassRunner::collect(PendingPass&& pass, std::span<float> output) {
  Slot& slot = *pass.slot_;
  if (output.size() != pass.size_)
    throw Error(ErrorKind::internal, "pass: the output has another size than was started");
  back_end_.wait(*slot.done);
  std::copy_n(slot.staging.floats(), output.size(), output.begin());
  pass.slot_ = nullptr;
  slot.busy = false;
}

}  // namespace serene::runtime
