// How programs print what others wrote: for the libraries that format their messages.
#pragma once

#include <spdlog/pattern_formatter.h>

#include <CLI/App.hpp>
#include <cstring>
#include <memory>
#include <string>

#include "weights/printable.h"

namespace serene::weights {

// A message of spdlog's, as printable() has it.
class PrintablePayload : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    constexpr size_t kLongest = 16 << 10;  // names of files are up to 4096 bytes, causes 4000
    const std::string text = printable({message.payload.data(), message.payload.size()}, kLongest);
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PrintablePayload>();
  }
};

// A pattern of spdlog's with %* for the message.
inline std::unique_ptr<spdlog::formatter> printable_formatter(const std::string& pattern) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintablePayload>('*').set_pattern(pattern);
  return formatter;
}

// CLI11's message on wrong arguments, which it repeats.
inline std::string printable_failure(const CLI::App* app, const CLI::Error& error) {
  return printable(error.what()) + CLI::FailureMessage::simple(app, error).substr(std::strlen(error.what()));
}

}  // namespace serene::weights
