#include "runtime/src/profile/recorder.h"

#include <utility>

namespace serene::runtime {

void Recorder::begin(Span span) {
  span.parent = open_;
  open_ = static_cast<int64_t>(spans_.size());
  // What the range is called where there is no name yet; tools know kernels by themselves.
  const std::string name = span.name;
  spans_.push_back(std::move(span));
  begin_marks_.push_back(marks_++);
  end_marks_.push_back(0);
  // Last, so that none of this is in the span's own time.
  timeline_->begin(name);
}

void Recorder::begin_step(std::string_view name) {
  Span span;
  span.name = name;
  begin(std::move(span));
}

void Recorder::begin_op(std::string_view name, const Work& work) {
  Span span;
  span.kind = SpanKind::op;
  span.name = name;
  span.work = work;
  begin(std::move(span));
}

void Recorder::begin_kernel(const KernelLaunch& launch) {
  Span span;
  span.kind = SpanKind::kernel;
  span.launch = launch;
  begin(std::move(span));
}

void Recorder::end() noexcept {
  timeline_->end();
  end_marks_[open_] = marks_++;
  open_ = spans_[open_].parent;
}

std::vector<Span> Recorder::take() {
  const std::vector<double> seconds = timeline_->take();
  for (size_t i = 0; i < spans_.size(); ++i) {
    spans_[i].begin = seconds[begin_marks_[i]];
    spans_[i].end = seconds[end_marks_[i]];
  }
  begin_marks_.clear();
  end_marks_.clear();
  marks_ = 0;
  return std::exchange(spans_, {});
}

}  // namespace serene::runtime
