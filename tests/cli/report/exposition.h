// A reader of Prometheus' text exposition format, as strict as node_exporter's, written apart from what it
// reads.
#pragma once

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace serene::test {

// Sample to value, the sample as it is written: name{label="value",...}. Throws std::runtime_error with the
// line that breaks a rule: a sample without HELP and TYPE right before its family, a family in two places, a
// sample twice, a counter below 0, a timestamp.
inline std::map<std::string, double> read_exposition(const std::string& text) {
  static const std::regex kHelp(R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*)");
  static const std::regex kType(R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge))");
  static const std::regex kSample(
      R"re((([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?:[a-zA-Z_]\w*="[^"\\\n]*",?)*\})?) ([-+.0-9eE]+))re");
  if (text.empty() || text.back() != '\n') throw std::runtime_error("no line end at the end");
  std::map<std::string, double> samples;
  std::set<std::string> families;
  std::string helped, family, type;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kHelp)) {
      if (!families.insert(match[1]).second) throw std::runtime_error("a second time: " + line);
      helped = match[1];
    } else if (std::regex_match(line, match, kType)) {
      if (match[1] != helped) throw std::runtime_error("without HELP before: " + line);
      family = match[1];
      type = match[2];
    } else if (std::regex_match(line, match, kSample)) {
      if (match[2] != family) throw std::runtime_error("not in its family: " + line);
      if (type == "counter" && !family.ends_with("_total")) throw std::runtime_error("not _total: " + line);
      const double value = std::stod(match[3]);
      if (type == "counter" && value < 0) throw std::runtime_error("below 0: " + line);
      if (!samples.emplace(match[1], value).second) throw std::runtime_error("twice: " + line);
    } else {
      throw std::runtime_error("no exposition format: " + line);
    }
  }
  return samples;
}

}  // namespace serene::test
