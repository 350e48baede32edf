// A message as one line of JSON.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace serene::cli {

// {"time": "2026-11-21T22:30:48.123Z", "level": ..., "message": ...} with `fields` after them, and a line
// end. Never throws on text that is not UTF-8.
std::string log_line(std::string_view level, std::string_view message,
                     std::chrono::system_clock::time_point time, const nlohmann::ordered_json& fields);
std::string log_line(std::string_view level, std::string_view message,
                     std::chrono::system_clock::time_point time);
// Every such line begins with it, and nothing that a library prints does.
inline constexpr std::string_view kLogLineHead = "{\"time\":\"";

}  // namespace serene::cli
