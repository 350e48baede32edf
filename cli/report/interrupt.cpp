#include "cli/report/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "cli/base/stop.h"

namespace serene::cli {
namespace {

std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not wait");

extern "C" void note_signal(int number) {
  if (received.exchange(number) != 0) ::_exit(128 + number);
}

struct sigaction before_int, before_term;

// A program started in the background with SIGINT ignored keeps ignoring it.
void install(int number, struct sigaction& before) {
  struct sigaction action {};
  action.sa_handler = note_signal;
  ::sigaction(number, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(number, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  received = 0;
  install(SIGINT, before_int);
  install(SIGTERM, before_term);
}

Interrupt::~Interrupt() {
  ::sigaction(SIGINT, &before_int, nullptr);
  ::sigaction(SIGTERM, &before_term, nullptr);
}

void Interrupt::end_if_any() const {
  const int signal = received;
  if (signal == 0) return;
  throw Stop(128 + signal, std::string("ended by ") + (signal == SIGINT ? "SIGINT" : "SIGTERM"));
}

}  // namespace serene::cli
