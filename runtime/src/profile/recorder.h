// Writes down what a stream is asked for, and when it was done.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/common/observer.h"
#include "runtime/src/back_end/timeline.h"

namespace serene::runtime {

enum class SpanKind { step, op, kernel };

// One thing that ran, within what ran around it.
struct Span {
  SpanKind kind = SpanKind::step;
  std::string name;           // of a kernel none: the back end has it
  int64_t parent = -1;        // number of the span around it; parents come before their children
  Work work;                  // ops
  KernelLaunch launch;        // kernels
  double begin = 0, end = 0;  // seconds
};

class Recorder final : public Observer {
 public:
  explicit Recorder(std::unique_ptr<Timeline> timeline) : timeline_(std::move(timeline)) {}

  void begin_step(std::string_view name) override;
  void begin_op(std::string_view name, const Work& work) override;
  void begin_kernel(const KernelLaunch& launch) override;
  void end() noexcept override;

  // Everything since the last call, which must have ended, in the order it began; the first begins at 0.
  // After BackEnd::finish(). Throws Error(device).
  std::vector<Span> take();

 private:
  void begin(Span span);

  std::unique_ptr<Timeline> timeline_;
  std::vector<Span> spans_;
  std::vector<size_t> begin_marks_, end_marks_;  // of each span
  int64_t open_ = -1;                            // the innermost that has not ended
  size_t marks_ = 0;
};

}  // namespace serene::runtime
