// SIGINT and SIGTERM as a question: a run ends where it can do so in order. The second one ends it at once.
#pragma once

namespace serene::cli {

class Interrupt {
 public:
  Interrupt();
  // What the signals did before, they do again.
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Throws Stop(128 + the signal) once one came.
  void end_if_any() const;
};

}  // namespace serene::cli
