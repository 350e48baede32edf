#include "cli/report/logging.h"

#include <serene/serene.h>
#include <spdlog/details/os.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/Option.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/report/log_line.h"
#include "cli/report/standard_error_lines.h"
#include "weights/program_text.h"

namespace serene::cli {
namespace {

// The reader of standard error while --log-json holds; null without it.
std::unique_ptr<StandardErrorLines> json_lines;
bool quiet_log = false;

void from_library(serene_log_level level, const char* message, void*) {
  spdlog::log(level == SERENE_LOG_WARNING ? spdlog::level::warn : spdlog::level::info, "{}", message);
}

class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto level = spdlog::level::to_string_view(message.level);
    const std::string line = log_line({level.data(), level.size()},
                                      {message.payload.data(), message.payload.size()}, message.time);
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

}  // namespace

void set_up_logging(bool quiet) {
  quiet_log = quiet;
  // Of the descriptor: the stream is one of our own.
  const bool colors = ::isatty(STDERR_FILENO) == 1 && spdlog::details::os::is_color_terminal();
  spdlog::sink_ptr sink;
  if (logs_json()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(colors ? spdlog::color_mode::always
                                                                        : spdlog::color_mode::never);
  }
  const auto logger = std::make_shared<spdlog::logger>("serene", std::move(sink));
  if (logs_json()) {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    logger->set_formatter(weights::printable_formatter("%n: %^%l%$: %*"));
  }
  logger->set_level(quiet ? spdlog::level::err : spdlog::level::warn);
  // In the place of the one before, and not until this one is whole: there is a logger at any time.
  spdlog::set_default_logger(logger);
  serene_set_log_callback(from_library, nullptr);
}

void add_log_json_option(CLI::App& command) {
  command.add_flag_callback("--log-json", use_json_log,
                            "Messages and summary as JSON, an object on each line; no progress bar");
}

void use_json_log() {
  if (logs_json()) return;
  json_lines = std::make_unique<StandardErrorLines>(
      [](const std::string& line) { return log_line("warning", line, std::chrono::system_clock::now()); });
  set_up_logging(quiet_log);
}

void end_json_log() { json_lines.reset(); }

bool logs_json() { return json_lines != nullptr; }

void log_always(const std::string& message, const nlohmann::ordered_json& fields) {
  const std::string line = logs_json() ? log_line("info", message, std::chrono::system_clock::now(), fields)
                                       : "serene: " + weights::printable(message) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace serene::cli
