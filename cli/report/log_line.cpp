#include "cli/report/log_line.h"

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

#include <nlohmann/json.hpp>

namespace serene::cli {

std::string log_line(std::string_view level, std::string_view message,
                     std::chrono::system_clock::time_point time, const nlohmann::ordered_json& fields) {
  using Json = nlohmann::ordered_json;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds).count();
  Json line;
  line["time"] = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                             fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), milliseconds);
  line["level"] = level;
  line["message"] = message;
  line.update(fields);
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string log_line(std::string_view level, std::string_view message,
                     std::chrono::system_clock::time_point time) {
  return log_line(level, message, time, nlohmann::ordered_json::object());
}

}  // namespace serene::cli
