#include "runtime/src/log.h"

#include <mutex>

namespace serene::runtime {
namespace {

struct Sink {
  std::mutex mutex;
  serene_log_callback callback = nullptr;
  void* user = nullptr;
};

Sink& sink() {
  static Sink instance;
  return instance;
}

}  // namespace

void set_log(serene_log_callback callback, void* user) {
  const std::lock_guard lock(sink().mutex);
  sink().callback = callback;
  sink().user = user;
}

void log(serene_log_level level, const std::string& message) {
  const std::lock_guard lock(sink().mutex);
  if (sink().callback != nullptr) sink().callback(level, message.c_str(), sink().user);
}

}  // namespace serene::runtime
