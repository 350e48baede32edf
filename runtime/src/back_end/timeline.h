// When things began and ended, by a device's own clock.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace serene::runtime {

// Each call marks the moment at which all that the stream was asked for before it is done.
class Timeline {
 public:
  virtual ~Timeline() = default;
  // What follows up to its end() goes by this name in tools that watch the program from outside.
  virtual void begin(const std::string& name) = 0;
  virtual void end() noexcept = 0;
  // Seconds from the first mark to each, in the order of the calls; starts anew. After BackEnd::finish().
  // Throws Error(device).
  virtual std::vector<double> take() = 0;
};

// Of devices that are done when a call returns.
class HostTimeline final : public Timeline {
 public:
  void begin(const std::string&) override { marks_.push_back(Clock::now()); }
  void end() noexcept override { marks_.push_back(Clock::now()); }
  std::vector<double> take() override;

 private:
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> marks_;
};

}  // namespace serene::runtime
