#include "cli/memory/last_words.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <new>

#include "cli/base/exit_codes.h"

namespace serene::cli {
namespace {

constinit std::atomic<int> json_descriptor = -1;
constinit std::terminate_handler handler_before = nullptr;

void end_or_abort() noexcept {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    end_out_of_memory();
  } catch (...) {
  }
  if (handler_before != nullptr) handler_before();
  std::abort();
}

}  // namespace

int say_out_of_memory() noexcept {
  char line[128] = "serene: error: out of memory\n";
  const int json = json_descriptor;
  if (json >= 0) {
    using std::chrono::system_clock;
    const auto now = system_clock::now();
    const std::time_t seconds = system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(now));
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - system_clock::from_time_t(seconds));
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char time[32];
    std::strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(line, sizeof(line),
                  "{\"time\":\"%s.%03dZ\",\"level\":\"error\",\"message\":\"out of memory\"}\n", time,
                  static_cast<int>(milliseconds.count()));
  }
  (void)!::write(json >= 0 ? json : STDERR_FILENO, line, std::strlen(line));
  return kExitMemory;
}

void end_out_of_memory() noexcept {
  static constinit std::atomic_flag said;
  // Of several threads that come here, the first speaks.
  if (!said.test_and_set()) ::_exit(say_out_of_memory());
  for (;;) ::pause();
}

void catch_uncaught() noexcept { handler_before = std::set_terminate(end_or_abort); }

void say_as_json_to(int descriptor) noexcept { json_descriptor = descriptor; }

}  // namespace serene::cli
