#include "cli/logging.h"

#include <serene/serene.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace serene::cli {
namespace {

void from_library(serene_log_level level, const char* message, void*) {
  spdlog::log(level == SERENE_LOG_WARNING ? spdlog::level::warn : spdlog::level::info, "{}", message);
}

}  // namespace

void set_up_logging(bool quiet) {
  spdlog::drop("serene");
  auto logger = spdlog::stderr_color_mt("serene");
  logger->set_pattern("%n: %^%l%$: %v");
  logger->set_level(quiet ? spdlog::level::err : spdlog::level::warn);
  spdlog::set_default_logger(logger);
  serene_set_log_callback(from_library, nullptr);
}

}  // namespace serene::cli
