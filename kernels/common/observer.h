// Whoever watches a stream: what runs on it, in the order in which it is asked for, one thing within another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernels/common/stream.h"
#include "kernels/common/work.h"

namespace serene {

// A kernel as it is started. Its name and its registers are the back end's to know.
struct KernelLaunch {
  const void* kernel = nullptr;
  std::array<uint32_t, 3> grid{}, block{};
  size_t shared_bytes = 0;  // dynamic
};

// Called by the thread that runs the ops. Each beginning has its end, also where an op throws.
class Observer {
 public:
  virtual ~Observer() = default;
  // A part of a network.
  virtual void begin_step(std::string_view name) = 0;
  virtual void begin_op(std::string_view name, const Work& work) = 0;
  virtual void begin_kernel(const KernelLaunch& launch) = 0;
  // Of what began last.
  virtual void end() noexcept = 0;
};

// Tells the observer, where there is one, of what happens from here to the end of the scope, or to end().
class ObserverScope {
 public:
  ObserverScope(Observer* observer, std::string_view step) : observer_(observer) {
    if (observer_ != nullptr) observer_->begin_step(step);
  }
  // `work` is asked only where somebody wants to know.
  template <class Args>
  ObserverScope(const Stream& stream, const char* op, Work (*work)(const Args&), const Args& args)
      : observer_(stream.observer) {
    if (observer_ != nullptr) observer_->begin_op(op, work(args));
  }
  ObserverScope(const Stream& stream, const KernelLaunch& launch) : observer_(stream.observer) {
    if (observer_ != nullptr) observer_->begin_kernel(launch);
  }
  ~ObserverScope() { end(); }
  ObserverScope(const ObserverScope&) = delete;
  ObserverScope& operator=(const ObserverScope&) = delete;

  void end() noexcept {
    if (observer_ != nullptr) observer_->end();
    observer_ = nullptr;
  }

 private:
  Observer* observer_;
};

}  // namespace serene
