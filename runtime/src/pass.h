// What a model's forward pass is handed: memory, stream, and whoever wants to see inside.
#pragma once

#include <string>

#include "kernels/common/observer.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "runtime/src/arena.h"
#include "runtime/src/back_end/back_end.h"
#include "runtime/src/offsets.h"

namespace serene::runtime {

// Receives values from inside a network. Names and layouts are those of the reference tensors; the view may
// be permuted and strided, and is valid during the call only.
class ProbeSink {
 public:
  virtual ~ProbeSink() = default;
  virtual bool wants(const std::string& name) const = 0;
  virtual void put(const std::string& name, const View<const float, 4>& values) = 0;
};

// Wants nothing.
class NoProbes : public ProbeSink {
 public:
  bool wants(const std::string&) const override { return false; }
  void put(const std::string&, const View<const float, 4>&) override {}
};

struct Pass {
  Arena& arena;
  const Stream& stream;
  ProbeSink* taps = nullptr;
  BackEnd* back_end = nullptr;  // never null with taps
  Precision precision = Precision::fp32;
  Offsets* measured = nullptr;         // while the arena measures
  Offsets::Reader* offsets = nullptr;  // afterwards

  // The same in fp32, for what is too little to be worth another precision's rounding.
  Pass in_fp32() const {
    Pass exact = *this;
    exact.precision = Precision::fp32;
    return exact;
  }
  // Runs an op, unless memory is only being measured.
  template <class Op>
  void run(Op&& op) const {
    if (!arena.measuring()) op();
  }
  // Clips of these lengths, one after another, on the host and on the device. A forward pass asks for the
  // same in the same order whenever it runs; the values last as long as its plan.
  Ragged ragged(std::span<const int64_t> lengths) const {
    return arena.measuring() ? measured->add(lengths) : offsets->next(lengths);
  }
  // A part of the network, to whoever watches the stream, up to the end of the scope.
  [[nodiscard]] ObserverScope step(std::string_view name) const {
    return {arena.measuring() ? nullptr : stream.observer, name};
  }
  bool wants(const std::string& name) const { return taps != nullptr && taps->wants(name); }
  void tap(const std::string& name, const View<const float, 4>& values) const {
    if (arena.measuring() || !wants(name)) return;
    back_end->finish();
    taps->put(name, values);
  }
};

// Dimensions of a view in another order.
inline View<const float, 4> permute(const View<const float, 4>& v, const std::array<int, 4>& order) {
  View<const float, 4> p{v.data, {}, {}};
  for (size_t i = 0; i < 4; ++i) {
    p.shape[i] = v.shape[order[i]];
    p.stride[i] = v.stride[order[i]];
  }
  return p;
}

}  // namespace serene::runtime
